import type { RecordedPacket } from '../../src/adapters/capture/format/pcap-writer.ts';
import { dnsAnswer, dnsQuery } from './dns-messages.ts';
import { ipPacket, udpDatagram, type Address } from './packets.ts';
import { captureOf, START_US, Wire } from './tcp-wire.ts';

/** A recording of one test against the small shop: the pricing service fails, and everybody above it. */

export const HOSTS = {
  '10.9.0.2': 'gateway',
  '10.9.0.3:80': 'checkout',
  '10.9.0.3': 'checkout',
  '10.9.0.4': 'pricing',
  '10.9.0.6': 'accounts',
} as const;

const NAME_SERVER: Address = { ip: '10.9.0.53', port: 53 };
const ASKED = {
  'gateway.shop.svc.cluster.local': '10.9.0.2',
  checkout: '10.9.0.3',
  'pricing.shop.svc': '10.9.0.4',
  accounts: '10.9.0.6',
} as const;

export interface ShopRecording {
  readonly asksNames?: boolean;
}

export function shopRecording({ asksNames = false }: ShopRecording = {}): Uint8Array {
  const packets = [
    ...(asksNames
      ? Object.entries(ASKED).flatMap(([name, ip], place) => asked(name, ip, place))
      : []),
    ...call(['10.9.0.1', '10.9.0.2'], 100, 'GET /checkout HTTP/1.1\r\n\r\n', {
      ms: 60,
      status: 500,
    }),
    ...call(['10.9.0.2', '10.9.0.6'], 106, 'GET /me HTTP/1.1\r\n\r\n', { ms: 2, status: 200 }),
    ...call(['10.9.0.2', '10.9.0.3'], 120, 'POST /orders HTTP/1.1\r\nContent-Length: 0\r\n\r\n', {
      ms: 30,
      status: 500,
    }),
    ...call(['10.9.0.3', '10.9.0.4'], 126, 'GET /prices/7 HTTP/1.1\r\n\r\n', {
      ms: 12,
      status: 500,
      says: 'division by zero',
    }),
  ];
  return captureOf(packets.toSorted((a, b) => a.atUs - b.atUs));
}

function call(
  [client, server]: readonly [string, string],
  startMs: number,
  request: string,
  answer: { readonly ms: number; readonly status: number; readonly says?: string },
): readonly RecordedPacket[] {
  const ends = { client: { ip: client, port: 40_000 + startMs }, server: { ip: server, port: 80 } };
  const body = answer.says === undefined ? '' : JSON.stringify({ message: answer.says });
  return new Wire({ ...ends, startMs })
    .open()
    .client(request)
    .wait(answer.ms)
    .server(
      `HTTP/1.1 ${answer.status} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    .close().packets;
}

function asked(name: string, ip: string, place: number): readonly RecordedPacket[] {
  const from: Address = { ip: '10.9.0.1', port: 50_000 + place };
  const atUs = START_US + place * 10_000;
  return [
    { bytes: datagram(from, NAME_SERVER, dnsQuery({ name })), atUs },
    { bytes: datagram(NAME_SERVER, from, dnsAnswer({ name, addresses: [ip] })), atUs: atUs + 400 },
  ];
}

function datagram(from: Address, to: Address, message: Uint8Array): Uint8Array {
  return ipPacket(from.ip, to.ip, 17, udpDatagram(from, to, message));
}
