import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureReader } from '../../../src/adapters/capture/format/capture-reader.ts';
import { endpointText } from '../../../src/adapters/capture/frames/addresses.ts';
import { FrameParser } from '../../../src/adapters/capture/frames/frame-parser.ts';
import { TCP } from '../../../src/adapters/capture/frames/frame.ts';
import { CAPTURE_LIMITS } from '../../../src/adapters/capture/limits.ts';
import { Connections } from '../../../src/adapters/capture/tcp/connections.ts';
import type { Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { DETECTORS } from '../../../src/domain/calls/protocols/detectors.ts';
import { client, server, type Step } from '../conversations.ts';
import { dnsAnswer, dnsQuery, framed } from '../dns-messages.ts';
import { data, frame, get, grpc, grpcAnswer, headers, inserted } from '../http2-frames.ts';
import { END_STREAM, goaway, joinedBytes, PREFACE, rst, SETTINGS } from '../http2-frames.ts';
import { bind, BOUND, error, EXECUTE, parse, PARSED, query, READY } from '../postgres-messages.ts';
import { ROWS, SSL, START, SYNC, WELCOME } from '../postgres-messages.ts';
import { SAMPLES } from '../samples/samples.ts';

/** Conversations that are true, to be broken: what real programs said on the wire, and some by hand. */

export type Said = Extract<Step, { kind: 'bytes' }>;

/** More of one conversation is not taken: a fuzzer wants many short ones. */
const BYTES_MAX = 6_000;

export const CAPTURES = new URL('../../fixtures/captures', import.meta.url).pathname;

const BY_HAND: Readonly<Record<string, readonly (readonly Step[])[]>> = {
  http2: [
    [
      client(joinedBytes(PREFACE, SETTINGS, get(1, '/a'), grpc(3, '/s/M'))),
      server(joinedBytes(SETTINGS, headers(1, { ':status': '404' }), data(1, 'no', END_STREAM))),
      server(grpcAnswer(3, { 'grpc-status': '13', 'grpc-message': 'no%20way' })),
      client(joinedBytes(frame(1, 5, 5, inserted(4, '/b')), get(7, '/c'), rst(7, 8))),
      server(joinedBytes(goaway(5, 2, 'odd'), rst(5, 7))),
    ],
  ],
  postgres: [
    [
      client(SSL),
      server('N'),
      client(START),
      server(WELCOME),
      client(query('select 1 from a')),
      server(joinedBytes(ROWS, READY)),
      client(joinedBytes(parse('insert into b values ($1)'), bind(), EXECUTE, SYNC)),
      server(joinedBytes(PARSED, BOUND, error('23505', 'duplicate key'), READY)),
    ],
  ],
  dns: [
    [
      client(framed(dnsQuery({ name: 'cart.shop' }))),
      server(framed(dnsAnswer({ name: 'cart.shop', addresses: ['10.0.0.1'] }))),
      client(framed(dnsQuery({ name: 'gone.shop', id: 2 }))),
      server(framed(dnsAnswer({ name: 'gone.shop', id: 2, rcode: 3 }))),
    ],
  ],
};

/** Of each protocol that is read, by its name. */
export function conversations(): ReadonlyMap<string, readonly (readonly Said[])[]> {
  const all = [
    ...Object.values(BY_HAND).flat(),
    ...SAMPLES.map(({ steps }) => steps),
    ...readdirSync(CAPTURES)
      .filter((name) => name.endsWith('.pcap'))
      .flatMap((name) => recorded(readFileSync(join(CAPTURES, name)))),
  ].map((steps) => shortened(steps));
  const found = new Map<string, (readonly Said[])[]>();
  for (const steps of all) {
    const protocol = protocolOf(steps);
    if (protocol === null) continue;
    found.set(protocol, [...(found.get(protocol) ?? []), steps]);
  }
  return found;
}

function shortened(steps: readonly Step[]): readonly Said[] {
  let left = BYTES_MAX;
  return steps.flatMap((step) => {
    if (step.kind !== 'bytes' || left <= 0) return [];
    const bytes = step.bytes.slice(0, left);
    left -= bytes.length;
    return [{ ...step, bytes, lost: 0 }];
  });
}

function protocolOf(steps: readonly Said[]): string | null {
  const of = (side: Said['side']): Uint8Array =>
    joinedBytes(...steps.filter((step) => step.side === side).map(({ bytes }) => bytes)).subarray(
      0,
      512,
    );
  const said = { client: of('client'), server: of('server') };
  const detector = DETECTORS.find((each) => each.detect(said.client, said.server) === 'yes');
  return detector?.protocol ?? null;
}

/** What each connection of a recording said, in order. */
function recorded(file: Uint8Array): readonly (readonly Step[])[] {
  const all: Step[][] = [];
  const connections = new Connections({
    limits: CAPTURE_LIMITS,
    detectors: DETECTORS,
    decoderFor: () => {
      const steps: Step[] = [];
      all.push(steps);
      return listener(steps);
    },
    record: () => undefined,
    nameOf: endpointText,
  });
  const frames = new FrameParser();
  const reader = new CaptureReader((packet) => {
    if (frames.parse(packet) && frames.frame.protocol === TCP) connections.segment(frames.frame);
  });
  reader.push(file);
  connections.end(Infinity);
  return all;
}

function listener(steps: Step[]): Decoder {
  const nothing = (): void => undefined;
  return {
    onClientBytes: (bytes) => steps.push(client(bytes.slice())),
    onServerBytes: (bytes) => steps.push(server(bytes.slice())),
    onClientEnd: nothing,
    onServerEnd: nothing,
    onReset: nothing,
    onCaptureEnd: nothing,
    openCalls: () => [],
  };
}
