import { closeSync, openSync, writeSync } from 'node:fs';
import { pcapHeader, pcapRecord } from '../../src/adapters/capture/format/pcap-writer.ts';
import { ethernetFrame, LINK_ETHERNET, tcpPacket, type Address } from '../support/packets.ts';

/** Calls on kept connections, as tcpdump would have recorded them, of any length. */

export interface Exchange {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

interface CaptureShape {
  readonly calls: number;
  /** What every connection begins with. */
  readonly opening: readonly Exchange[];
  /** @param turn - Counts the calls of one connection from 0. */
  exchange(turn: number): Exchange;
}

const CONNECTIONS = 32;
/** Calls of one connection before another takes its place. */
const CALLS_PER_CONNECTION = 1_000;
const START_US = 1_700_000_000_000_000;
const SERVER: Address = { ip: '10.0.0.2', port: 8080 };
const OPTIONS = { linkType: LINK_ETHERNET };
const WRITE_BYTES = 1_048_576;

interface Talk {
  readonly client: Address;
  clientNext: number;
  serverNext: number;
  calls: number;
}

/** Bytes written. Of every thousand calls a connection is another. */
export function writeCapture(file: string, shape: CaptureShape): number {
  const descriptor = openSync(file, 'w');
  let pending: Uint8Array[] = [pcapHeader(OPTIONS)];
  let pendingBytes = 24;
  let written = 0;
  let atUs = START_US;
  const flush = (): void => {
    written += writeSync(descriptor, Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  };
  const put = (packet: Uint8Array): void => {
    const record = pcapRecord({ bytes: ethernetFrame(packet), atUs: (atUs += 20) }, OPTIONS);
    pending.push(record);
    pendingBytes += record.length;
    if (pendingBytes > WRITE_BYTES) flush();
  };
  let opened = 0;
  const open = (): Talk => {
    opened += 1;
    const talk = {
      client: { ip: `10.0.${1 + (opened >> 14)}.9`, port: 20_000 + (opened & 0x3fff) },
      clientNext: 1_000,
      serverNext: 5_000,
      calls: 0,
    };
    put(tcpPacket({ from: talk.client, to: SERVER, sequence: 999, flags: 'S' }));
    put(
      tcpPacket({
        from: SERVER,
        to: talk.client,
        sequence: 4_999,
        acknowledgement: 1_000,
        flags: 'SA',
      }),
    );
    put(segment(talk, 'client', 'A'));
    for (const exchange of shape.opening) exchangeOn(talk, exchange, put);
    return talk;
  };
  const talks = Array.from({ length: CONNECTIONS }, open);
  for (let call = 0; call < shape.calls; call += 1) {
    const place = call % CONNECTIONS;
    let talk = talks[place] ?? open();
    if (talk.calls === CALLS_PER_CONNECTION) {
      put(segment(talk, 'client', 'FA'));
      talk.clientNext += 1;
      put(segment(talk, 'server', 'FA'));
      talk = open();
      talks[place] = talk;
    }
    exchangeOn(talk, shape.exchange(talk.calls), put);
    talk.calls += 1;
  }
  flush();
  closeSync(descriptor);
  return written;
}

function exchangeOn(talk: Talk, exchange: Exchange, put: (packet: Uint8Array) => void): void {
  say(talk, 'client', exchange.request, put);
  say(talk, 'server', exchange.response, put);
  put(segment(talk, 'client', 'A'));
}

const SEGMENT_BYTES = 16_384;

function say(
  talk: Talk,
  side: 'client' | 'server',
  bytes: Uint8Array,
  put: (packet: Uint8Array) => void,
): void {
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    const payload = bytes.subarray(at, at + SEGMENT_BYTES);
    put(segment(talk, side, 'PA', payload));
    if (side === 'client') talk.clientNext += payload.length;
    else talk.serverNext += payload.length;
  }
}

function segment(
  talk: Talk,
  side: 'client' | 'server',
  flags: string,
  payload?: Uint8Array,
): Uint8Array {
  const isClient = side === 'client';
  return tcpPacket({
    from: isClient ? talk.client : SERVER,
    to: isClient ? SERVER : talk.client,
    sequence: isClient ? talk.clientNext : talk.serverNext,
    acknowledgement: isClient ? talk.serverNext : talk.clientNext,
    flags,
    ...(payload === undefined ? {} : { payload }),
  });
}
