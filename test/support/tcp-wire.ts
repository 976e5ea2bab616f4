import {
  CaptureDecoder,
  type CaptureDecoderOptions,
} from '../../src/adapters/capture/capture-decoder.ts';
import { CaptureReader } from '../../src/adapters/capture/format/capture-reader.ts';
import {
  pcapHeader,
  pcapRecord,
  type RecordedPacket,
} from '../../src/adapters/capture/format/pcap-writer.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import { joinBytes, LINK_RAW, tcpPacket, type Address } from './packets.ts';

/** TCP conversations written down as a recorder sees them, and the calls that are read out of them. */

export const START_US = 1_700_000_000_000_000;
export const CLIENT: Address = { ip: '10.0.0.9', port: 40_000 };
export const SERVER: Address = { ip: '10.0.0.2', port: 8080 };

interface End {
  readonly address: Address;
  next: number;
}

export interface WireOptions {
  readonly client?: Address;
  readonly server?: Address;
  /** First sequence numbers. */
  readonly clientIsn?: number;
  readonly serverIsn?: number;
  readonly startMs?: number;
}

/** What of a packet is not as it would follow. */
export interface ByHand {
  readonly payload?: string | Uint8Array;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly window?: number;
}

/** Every step is one packet, a millisecond after the one before unless `wait` says otherwise. */
export class Wire {
  readonly packets: RecordedPacket[] = [];
  readonly #ends: Readonly<Record<'client' | 'server', End>>;
  #atUs: number;

  constructor(options: WireOptions = {}) {
    this.#ends = {
      client: { address: options.client ?? CLIENT, next: options.clientIsn ?? 1_000 },
      server: { address: options.server ?? SERVER, next: options.serverIsn ?? 7_000 },
    };
    this.#atUs = START_US + (options.startMs ?? 0) * 1_000;
  }

  wait(ms: number): this {
    this.#atUs += ms * 1_000 - 1_000;
    return this;
  }

  /** One packet by hand. */
  send(side: 'client' | 'server', flags: string, by: ByHand = {}): this {
    const from = this.#ends[side];
    const to = this.#ends[side === 'client' ? 'server' : 'client'];
    const payload = bytesOf(by.payload ?? '');
    const bytes = tcpPacket({
      sequence: from.next,
      acknowledgement: flags.includes('A') ? to.next : 0,
      ...by,
      from: from.address,
      to: to.address,
      flags,
      payload,
    });
    if (by.sequence === undefined) from.next += payload.length + (/[SF]/u.test(flags) ? 1 : 0);
    this.packets.push({ bytes, atUs: this.#atUs });
    this.#atUs += 1_000;
    return this;
  }

  open(): this {
    return this.send('client', 'S').send('server', 'SA').send('client', 'A');
  }

  client(payload: string | Uint8Array): this {
    return this.send('client', 'PA', { payload });
  }

  server(payload: string | Uint8Array): this {
    return this.send('server', 'PA', { payload });
  }

  /** Each side ends, the client first. */
  close(): this {
    return this.send('client', 'FA').send('server', 'FA').send('client', 'A');
  }

  get nextOf(): { readonly client: number; readonly server: number } {
    return { client: this.#ends.client.next, server: this.#ends.server.next };
  }
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

export function captureOf(packets: readonly RecordedPacket[], snapLength?: number): Uint8Array {
  const options = { linkType: LINK_RAW, ...(snapLength === undefined ? {} : { snapLength }) };
  return joinBytes(pcapHeader(options), ...packets.map((packet) => pcapRecord(packet, options)));
}

export interface Decoded {
  readonly calls: readonly Call[];
  readonly decoder: CaptureDecoder;
  readonly reader: CaptureReader;
}

/** The calls of a whole file, by start. */
export function decodeFile(
  file: Uint8Array,
  options: Partial<CaptureDecoderOptions> = {},
): Decoded {
  const calls: Call[] = [];
  const decoder = new CaptureDecoder({ ...options, onCall: (call) => calls.push(call) });
  const reader = new CaptureReader((packet) => decoder.packet(packet));
  reader.push(file);
  reader.end();
  decoder.end();
  return { calls: calls.toSorted((a, b) => a.startedAtUs - b.startedAtUs), decoder, reader };
}

export function callsIn(
  packets: readonly RecordedPacket[],
  options: Partial<CaptureDecoderOptions> = {},
): readonly Call[] {
  return decodeFile(captureOf(packets), options).calls;
}

/** What a reader looks at first, on one line. */
function line(call: Call): string {
  const why = call.errorType === null ? '' : ` ${call.errorType}`;
  const status = call.status === null ? '' : ` ${call.status}`;
  return `${call.protocol} ${call.operation}${status} ${call.outcome}${why}${call.confidence === 'low' ? ' low' : ''}`;
}

export function linesIn(packets: readonly RecordedPacket[]): readonly string[] {
  return callsIn(packets).map(line);
}

export const REQUEST = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
export const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
