import type { Call } from '../../../../domain/calls/call.ts';
import { parseHello, type Hello } from './hello.ts';
import { decoded, OpeningLines } from './opening-lines.ts';
import { isAnswer } from '../wiring/proofs.ts';
import { seenAtPod, type SeeingHost } from './seen-at-pod.ts';

/** The packets of one pod: bytes of a connection in, calls out, seen from that pod. */

export interface PacketDecoding {
  /** @throws {OperationError} `CAPTURE_INVALID` when these are no packets. */
  push(bytes: Uint8Array): void;
  /** Nothing more will come: tells what is open. */
  end(): void;
  /** What is open, as it would be told if the recording ended then. */
  openCalls(atUs: number): readonly Call[];
  /** Address → name that somebody asked DNS for. */
  readonly names: ReadonlyMap<string, string>;
  /** Packets and connections that are known to be missing. */
  readonly dropped: number;
}

export type OpenDecoding = (options: {
  readonly idPrefix: string;
  readonly onCall: (call: Call) => void;
}) => PacketDecoding;

interface StreamHost extends SeeingHost {
  readonly openDecoding: OpenDecoding;
  /** Who said hello. */
  readonly onHello: (hello: Hello) => void;
  readonly onCall: (call: Call) => void;
  /** Somebody answers a question; such a connection is no stream. True when somebody else reads what follows. */
  readonly onAnswer: (line: string, rest: Uint8Array) => boolean;
}

export class TapStream {
  readonly #host: StreamHost;
  readonly #number: number;
  readonly #opening = new OpeningLines();
  #hello: Hello | null = null;
  #decoding: PacketDecoding | null = null;

  constructor(host: StreamHost, number: number) {
    this.#host = host;
    this.#number = number;
  }

  get hello(): Hello | null {
    return this.#hello;
  }

  get isKnown(): boolean {
    return this.#hello !== null;
  }

  get decoding(): PacketDecoding | null {
    return this.#decoding;
  }

  /** False when this is not the stream of a tap. */
  push(bytes: Uint8Array): boolean {
    if (this.#decoding !== null) return decoded(this.#decoding, bytes);
    const taken = this.#opening.take(bytes);
    if (taken === null) return this.#opening.isShort;
    if (isAnswer(taken.line)) return this.#host.onAnswer(taken.line, taken.rest);
    const hello = parseHello(taken.line);
    if (hello === null) return false;
    this.#hello = hello;
    this.#host.onHello(hello);
    this.#decoding = this.#host.openDecoding({
      idPrefix: `${hello.component}-${this.#number}-`,
      onCall: (call) => this.#tell(call),
    });
    return taken.rest.length === 0 || decoded(this.#decoding, taken.rest);
  }

  end(): void {
    this.#decoding?.end();
  }

  openCalls(atUs: number): readonly Call[] {
    return (this.#decoding?.openCalls(atUs) ?? []).flatMap((call) => this.#seen(call) ?? []);
  }

  #tell(call: Call): void {
    const seen = this.#seen(call);
    if (seen !== null) this.#host.onCall(seen);
  }

  #seen(call: Call): Call | null {
    return this.#hello === null ? null : seenAtPod(this.#hello, call, this.#host);
  }
}
