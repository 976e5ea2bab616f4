import { createServer, type Server, type Socket } from 'node:net';
import { OperationError } from '../../../domain/errors.ts';
import type { Call } from '../../../domain/calls/call.ts';
import { History, overlaps, type Window } from './history.ts';
import { PodAddresses, type PodAddress } from './pod-addresses.ts';
import { TapStream, type OpenDecoding } from './tap-stream.ts';

/**
 * Takes the streams of all taps of one environment and keeps what they tell.
 *
 * Bounded: streams, calls and what waits of each stream. A stream that comes faster than it is decoded is
 * read more slowly, and its tap counts what it has to drop. It knows the API server not at all.
 */

export interface AnalyserParts {
  readonly openDecoding: OpenDecoding;
  /** Microseconds since the epoch. */
  readonly nowUs: () => number;
  readonly port: number;
}

export interface Analyser {
  readonly port: number;
  /** Calls of a time, as seen by whoever saw them, both ends apart, by start. */
  seen(window: Window, limit: number): Sighting;
  readonly tapCount: number;
  readonly dropped: number;
  close(): Promise<void>;
}

/** Calls with addresses in place of names, and what is known of those. */
export interface Sighting {
  readonly calls: readonly Call[];
  readonly pods: readonly PodAddress[];
  /** Address → name that somebody asked for. */
  readonly asked: readonly (readonly [string, string])[];
  readonly dropped: number;
}

const CALLS_MAX = 100_000;
const STREAMS_MAX = 1_024;
const HELLO_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
const ASKED_MAX = 16_384;

export async function startAnalyser(parts: AnalyserParts): Promise<Analyser> {
  const history = new History(CALLS_MAX);
  const pods = new PodAddresses();
  const streams = new Map<TapStream, Socket>();
  const asked = new Map<string, string>();
  let ended = 0;
  let number = 0;

  const accept = (socket: Socket): void => {
    if (streams.size >= STREAMS_MAX) {
      socket.destroy();
      return;
    }
    number += 1;
    const stream = new TapStream(
      {
        openDecoding: parts.openDecoding,
        onHello: ({ addresses, component }) => pods.add(addresses, component, parts.nowUs()),
        onCall: (call) => history.add(call),
        isPod: (address) => pods.has(address),
      },
      number,
    );
    streams.set(stream, socket);
    const silence = setTimeout(() => {
      if (stream.hello === null) socket.destroy();
    }, HELLO_TIMEOUT_MS);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (bytes: Buffer) => {
      if (!stream.push(bytes)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(silence);
      streams.delete(stream);
      stream.end();
      for (const [address, name] of stream.decoding?.names ?? []) remember(asked, address, name);
      ended += stream.decoding?.dropped ?? 0;
    });
  };

  const server = createServer({ noDelay: true }, accept);
  const port = await listening(server, parts.port);
  const living = (): readonly TapStream[] => [...streams.keys()];
  const dropped = (): number =>
    ended + living().reduce((sum, { decoding }) => sum + (decoding?.dropped ?? 0), 0);

  return {
    port,
    get tapCount() {
      return living().filter(({ hello }) => hello !== null).length;
    },
    get dropped() {
      return dropped();
    },
    seen(window, limit) {
      const open = living().flatMap((stream) => stream.openCalls());
      const calls = [...history.within(window), ...open.filter((call) => overlaps(call, window))];
      const names = new Map(asked);
      for (const { decoding } of living()) {
        for (const [address, name] of decoding?.names ?? []) names.set(address, name);
      }
      return {
        calls: calls.toSorted((a, b) => a.startedAtUs - b.startedAtUs).slice(0, limit),
        pods: pods.all,
        asked: [...names],
        dropped: dropped(),
      };
    },
    async close() {
      for (const socket of streams.values()) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function remember(names: Map<string, string>, address: string, name: string): void {
  names.delete(address);
  names.set(address, name);
  const [oldest] = names.keys();
  if (names.size > ASKED_MAX && oldest !== undefined) names.delete(oldest);
}

async function listening(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new OperationError('INTERNAL', 'the analyser listens nowhere');
  }
  return address.port;
}
