import { createServer, type Socket } from 'node:net';
import type { Analyser, SeenWindow, Sighting } from '../analyser/analyser.ts';
import type { NodePods } from './node-pods.ts';
import { History } from '../analyser/history.ts';
import { listening } from '../analyser/listening.ts';
import { Streams } from '../analyser/streams.ts';
import { seenIn } from './seen-in.ts';
import { NodeStream, type OpenNodeDecoding } from './node-stream.ts';

/**
 * Takes the streams of the capturers of all nodes and keeps what they tell: of an existing baseline, and of environments
 * without taps.
 *
 * Bounded like the analyser of an environment. A capturer whose node has got other pods is sent away, and
 * comes back at once to hear which.
 */

export interface NodeAnalyserParts {
  readonly openDecoding: OpenNodeDecoding;
  /** Microseconds since the epoch. */
  readonly nowUs: () => number;
  readonly port: number;
  /** From the first change of a node's pods to the farewell, so that a roll-out is one. Unit: milliseconds. */
  readonly settleMs?: number;
}

export type NodeAnalyser = Pick<Analyser, 'port' | 'seen' | 'prove' | 'tapCount' | 'dropped'> & {
  /** Those whose capturers are there. */
  readonly nodes: readonly string[];
  /** Looks again at who has which pods. */
  podsChanged(node: string): void;
  close(): Promise<void>;
};

const CALLS_MAX = 100_000;
const ALIVE_EVERY_MS = 5_000;
const SETTLE_MS = 500;
/** For the last packets of who was sent away. */
const FAREWELL_MS = 3_000;

type Pods = Pick<NodePods, 'at' | 'onNode' | 'holders'>;

export async function startNodeAnalyser(
  parts: NodeAnalyserParts,
  pods: Pods,
): Promise<NodeAnalyser> {
  const desk = new NodeDesk(parts, pods);
  const server = createServer({ noDelay: true }, (socket) => desk.streams.accept(socket));
  const port = await listening(server, parts.port);
  const alive = setInterval(() => desk.streams.sayAlive(), ALIVE_EVERY_MS);
  return {
    port,
    seen: (window, limit) => desk.seen(window, limit),
    // Nobody here stands in a pod.
    prove: (_, targets) => Promise.resolve(targets.map(() => null)),
    get tapCount() {
      return desk.streams.knownCount;
    },
    get dropped() {
      return desk.streams.dropped;
    },
    get nodes() {
      return desk.nodes;
    },
    podsChanged: (node) => desk.podsChanged(node),
    async close() {
      clearInterval(alive);
      desk.close();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Where the streams of all nodes come together. */
class NodeDesk {
  readonly #parts: NodeAnalyserParts;
  readonly #pods: Pods;
  readonly #history = new History(CALLS_MAX);
  readonly streams = new Streams<NodeStream>(
    (socket, number) => this.#newStream(socket, number),
    () => undefined,
  );
  readonly #settling = new Map<string, NodeJS.Timeout>();

  constructor(parts: NodeAnalyserParts, pods: Pods) {
    this.#parts = parts;
    this.#pods = pods;
  }

  get nodes(): readonly string[] {
    const nodes = this.streams.all.flatMap(([{ node }]) => node ?? []);
    return [...new Set(nodes)].toSorted();
  }

  seen(window: SeenWindow, limit: number): Sighting {
    const open = this.streams.openCalls(this.#parts.nowUs());
    const all = this.#history.within(window, open, Infinity);
    const { calls, pods } = seenIn(window.namespaces ?? [], all, this.#pods.holders);
    return {
      calls: calls.slice(0, limit),
      pods,
      asked: this.streams.names,
      dropped: this.streams.dropped,
    };
  }

  podsChanged(node: string): void {
    if (this.#settling.has(node)) return;
    const settleMs = this.#parts.settleMs ?? SETTLE_MS;
    this.#settling.set(
      node,
      setTimeout(() => this.#sendAway(node), settleMs),
    );
  }

  close(): void {
    for (const timer of this.#settling.values()) clearTimeout(timer);
    this.streams.close();
  }

  #newStream(socket: Socket, number: number): NodeStream {
    return new NodeStream(
      {
        openDecoding: this.#parts.openDecoding,
        pods: this.#pods,
        write: (line) => void socket.write(line),
        onCall: (call) => this.#history.add(call),
      },
      number,
    );
  }

  #sendAway(node: string): void {
    this.#settling.delete(node);
    for (const [stream, socket] of this.streams.all) {
      if (stream.node !== node || !stream.isStale) continue;
      socket.end();
      setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
    }
  }
}
