import type { Call } from '../../../../domain/calls/call.ts';
import { NODE_HELLO } from '../agreement.ts';
import { decoded, OpeningLines } from '../analyser/opening-lines.ts';
import type { NodePods } from './node-pods.ts';
import { seenAtPod } from '../analyser/seen-at-pod.ts';

/** The packets of one node: bytes of a connection in, calls out, each seen from one of its pods. */

export interface NodeDecoding {
  /** @throws {OperationError} `CAPTURE_INVALID` when these are no packets. */
  push(bytes: Uint8Array): void;
  /** Nothing more will come: tells what is open. */
  end(): void;
  /** What is open, with the address of the pod that it was seen at. */
  openCalls(atUs: number): readonly (readonly [address: string, call: Call])[];
  /** Address → name that somebody asked DNS for. */
  readonly names: ReadonlyMap<string, string>;
  /** Packets and connections that are known to be missing. */
  readonly dropped: number;
}

export type OpenNodeDecoding = (options: {
  readonly idPrefix: string;
  /** Indexes of interfaces whose other end is in a pod. */
  readonly ends: ReadonlySet<number>;
  readonly isPod: (address: string) => boolean;
  readonly onCall: (address: string, call: Call) => void;
}) => NodeDecoding;

interface NodeStreamHost {
  readonly openDecoding: OpenNodeDecoding;
  readonly pods: Pick<NodePods, 'at' | 'onNode'>;
  /** Says a line to the capturer. */
  readonly write: (line: string) => void;
  readonly onCall: (call: Call) => void;
}

const NODE = /^[a-z0-9][a-z0-9.-]{0,252}$/u;

export class NodeStream {
  readonly #host: NodeStreamHost;
  readonly #number: number;
  readonly #opening = new OpeningLines();
  #node: string | null = null;
  /** What its capturer was told to capture. */
  #told: readonly string[] = [];
  #decoding: NodeDecoding | null = null;

  constructor(host: NodeStreamHost, number: number) {
    this.#host = host;
    this.#number = number;
  }

  get node(): string | null {
    return this.#node;
  }

  get isKnown(): boolean {
    return this.#node !== null;
  }

  get decoding(): NodeDecoding | null {
    return this.#decoding;
  }

  /** Whether its node has other pods by now than its capturer captures. */
  get isStale(): boolean {
    return this.#node !== null && String(this.#host.pods.onNode(this.#node)) !== String(this.#told);
  }

  /** False when this is not the stream of a capturer. */
  push(bytes: Uint8Array): boolean {
    if (this.#decoding !== null) return decoded(this.#decoding, bytes);
    const taken = this.#opening.take(bytes);
    if (taken === null) return this.#opening.isShort;
    return this.#hear(taken.line) && (taken.rest.length === 0 || this.push(taken.rest));
  }

  end(): void {
    this.#decoding?.end();
  }

  openCalls(atUs: number): readonly Call[] {
    const open = this.#decoding?.openCalls(atUs) ?? [];
    return open.flatMap(([address, call]) => this.#seen(address, call) ?? []);
  }

  #hear(line: string): boolean {
    const [word, said = '', ...more] = line.split(' ');
    if (more.length > 0) return false;
    if (this.#node !== null) return word === 'ends' && this.#begin(said);
    if (word !== NODE_HELLO || !NODE.test(said)) return false;
    this.#node = said;
    this.#told = this.#host.pods.onNode(said);
    this.#host.write(`pods ${this.#told.join(' ')}\n`);
    return true;
  }

  #begin(ends: string): boolean {
    const captured = new Set(this.#told);
    this.#decoding = this.#host.openDecoding({
      idPrefix: `node-${this.#number}-`,
      ends: new Set(ends.split(',').map(Number)),
      // What was not asked for is nobody's business, whoever sends it.
      isPod: (address) => captured.has(address),
      onCall: (address, call) => {
        const seen = this.#seen(address, call);
        if (seen !== null) this.#host.onCall(seen);
      },
    });
    return true;
  }

  #seen(address: string, call: Call): Call | null {
    const { pods } = this.#host;
    const pod = pods.at(address);
    if (pod === null) return null;
    return seenAtPod(pod, call, {
      isPod: (each) => pods.at(each) !== null,
      isProof: () => false,
    });
  }
}
