import { createServer, type Socket } from 'node:net';
import type { ProveHandshake } from '../../../../application/ports/handshake.ts';
import type { Call } from '../../../../domain/calls/call.ts';
import type { ProofWord } from '../agreement.ts';
import { History, type Window } from './history.ts';
import { listening } from './listening.ts';
import { PodAddresses, type PodAddress } from '../naming/pod-addresses.ts';
import type { ProofTarget } from '../wiring/proof-target.ts';
import { Proofs } from '../wiring/proofs.ts';
import { TapProofs } from '../wiring/tap-proofs.ts';
import { Streams } from './streams.ts';
import { TapStream, type OpenDecoding } from './tap-stream.ts';

/**
 * Takes the streams of all taps of one environment and keeps what they tell.
 *
 * Bounded: streams, calls and what waits of each stream. A stream that comes faster than it is decoded is
 * read more slowly, and its tap counts what it has to drop. It knows the API server not at all.
 */

export interface AnalyserParts {
  readonly openDecoding: OpenDecoding;
  readonly proveHandshake: ProveHandshake<Socket>;
  /** Microseconds since the epoch. */
  readonly nowUs: () => number;
  readonly port: number;
  /** What a tap tells, as soon as it is over; never throws. */
  readonly onRecord?: (call: Call) => void;
  /** Between two signs of life for each tap. Unit: milliseconds. */
  readonly aliveEveryMs?: number;
}

export interface Analyser {
  readonly port: number;
  /** Calls of a time, as seen by whoever saw them, both ends apart, by start. */
  seen(window: SeenWindow, limit: number): Sighting;
  /** What is known of addresses by now. */
  readonly peers: Omit<Sighting, 'calls'>;
  /** Asks pods of a component whether each target can be reached from there; null where none answered. */
  prove(component: string, targets: readonly ProofTarget[]): Promise<readonly (ProofWord | null)[]>;
  /** A call that somebody else tells, with names or addresses. */
  tell(call: Call): void;
  /** Whether a pod with a tap belongs to it. */
  isComponent(name: string): boolean;
  readonly tapCount: number;
  readonly dropped: number;
  close(): Promise<void>;
}

export interface SeenWindow extends Window {
  /** Of pods where calls were seen, where an analyser has several; all when absent or empty. */
  readonly namespaces?: readonly string[];
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
/** A tap that hears nothing for three times as long connects anew. */
const ALIVE_EVERY_MS = 5_000;
const ASKED_MAX = 16_384;
/** Pods of one component that are asked: one network may differ from another's by its node. */
const PROVING_PODS_MAX = 3;

export async function startAnalyser(parts: AnalyserParts): Promise<Analyser> {
  const desk = new Desk(parts);
  const server = createServer({ noDelay: true }, (socket) => desk.streams.accept(socket));
  const port = await listening(server, parts.port);
  const alive = setInterval(() => desk.streams.sayAlive(), parts.aliveEveryMs ?? ALIVE_EVERY_MS);
  return {
    port,
    seen: (window, limit) => desk.seen(window, limit),
    get peers() {
      return desk.peers;
    },
    prove: (component, targets) => desk.prove(component, targets),
    tell: (call) => desk.tell(call),
    isComponent: (name) => desk.isComponent(name),
    get tapCount() {
      return desk.streams.knownCount;
    },
    get dropped() {
      return desk.streams.dropped;
    },
    async close() {
      clearInterval(alive);
      desk.streams.close();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Where all streams come together. */
class Desk {
  readonly #parts: AnalyserParts;
  readonly #history = new History(CALLS_MAX);
  readonly #pods = new PodAddresses();
  readonly #proofs: Proofs;
  readonly streams = new Streams<TapStream>(
    (socket, number) => this.#newStream(socket, number),
    (stream) => this.#end(stream),
  );
  readonly #provers = new Map<TapStream, TapProofs>();
  /** Of streams that ended. */
  readonly #asked = new Map<string, string>();

  constructor(parts: AnalyserParts) {
    this.#parts = parts;
    this.#proofs = new Proofs(parts.proveHandshake);
  }

  seen(window: Window, limit: number): Sighting {
    const open = this.streams.openCalls(this.#parts.nowUs());
    return { calls: this.#history.within(window, open, limit), ...this.peers };
  }

  get peers(): Omit<Sighting, 'calls'> {
    return {
      pods: this.#pods.all,
      asked: [...new Map([...this.#asked, ...this.streams.names])],
      dropped: this.streams.dropped,
    };
  }

  async prove(
    component: string,
    targets: readonly ProofTarget[],
  ): Promise<readonly (ProofWord | null)[]> {
    const taps = this.streams.all
      .filter(([{ hello }]) => hello?.component === component)
      .slice(-PROVING_PODS_MAX);
    const heard = await Promise.all(
      taps.flatMap(
        ([stream, socket]) =>
          this.#provers.get(stream)?.prove(targets, (line) => void socket.write(line)) ?? [],
      ),
    );
    return targets.map((_, index) => worstOf(heard.map((words) => words[index] ?? null)));
  }

  tell(call: Call): void {
    this.#history.add(call);
  }

  isComponent(name: string): boolean {
    return this.#pods.isComponent(name);
  }

  #newStream(socket: Socket, number: number): TapStream {
    const proofs = new TapProofs(this.#proofs, this.#parts.nowUs);
    const stream = new TapStream(
      {
        openDecoding: this.#parts.openDecoding,
        onHello: ({ addresses, component }) => {
          this.#pods.add(addresses, component, this.#parts.nowUs());
        },
        onCall: (call) => {
          this.#history.add(call);
          this.#parts.onRecord?.(call);
        },
        onAnswer: (line, rest) => this.#proofs.hear(line, () => leftBy(socket, rest)),
        isProof: (port, startedAtUs) => proofs.isOwn(port, startedAtUs),
        isPod: (address) => this.#pods.has(address),
      },
      number,
    );
    this.#provers.set(stream, proofs);
    return stream;
  }

  #end(stream: TapStream): void {
    this.#provers.delete(stream);
    for (const [address, name] of stream.decoding?.names ?? []) {
      remember(this.#asked, address, name);
    }
  }
}

/** A connection that is no stream of ours any more. */
function leftBy(socket: Socket, rest: Uint8Array): Socket {
  socket.removeAllListeners('data').pause();
  if (rest.length > 0) socket.unshift(rest);
  return socket;
}

/** A failure in one pod is one; that another was not asked is none. */
function worstOf(words: readonly (ProofWord | null)[]): ProofWord | null {
  const said = words.filter((word) => word !== null && word !== 'unknown');
  return (
    said.find((word) => word !== 'ok') ?? said[0] ?? words.find((word) => word !== null) ?? null
  );
}

function remember(names: Map<string, string>, address: string, name: string): void {
  names.delete(address);
  names.set(address, name);
  const [oldest] = names.keys();
  if (names.size > ASKED_MAX && oldest !== undefined) names.delete(oldest);
}
