import type { Call } from '../../../../domain/calls/call.ts';
import { HELLO_BYTES_MAX } from '../agreement.ts';
import { parseHello, type Hello } from './hello.ts';
import { isAnswer } from '../wiring/proofs.ts';
import { seenAtPod, type SeeingHost } from '../nodes/seen-at-pod.ts';

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
  /** Somebody answers a question; such a connection is no stream. */
  readonly onAnswer: (line: string) => void;
}

const NEWLINE = 0x0a;

export class TapStream {
  readonly #host: StreamHost;
  readonly #number: number;
  #line: Uint8Array = new Uint8Array(0);
  #hello: Hello | null = null;
  #decoding: PacketDecoding | null = null;

  constructor(host: StreamHost, number: number) {
    this.#host = host;
    this.#number = number;
  }

  get hello(): Hello | null {
    return this.#hello;
  }

  get decoding(): PacketDecoding | null {
    return this.#decoding;
  }

  /** False when this is not the stream of a tap. */
  push(bytes: Uint8Array): boolean {
    if (this.#decoding !== null) return this.#decode(this.#decoding, bytes);
    const line = Buffer.concat([this.#line, bytes]);
    const end = line.indexOf(NEWLINE);
    if (end === -1) {
      this.#line = line;
      return line.length <= HELLO_BYTES_MAX;
    }
    const text = line.subarray(0, end).toString();
    if (isAnswer(text)) this.#host.onAnswer(text);
    const hello = parseHello(text);
    if (hello === null) return false;
    this.#line = new Uint8Array(0);
    this.#hello = hello;
    this.#host.onHello(hello);
    this.#decoding = this.#host.openDecoding({
      idPrefix: `${hello.component}-${this.#number}-`,
      onCall: (call) => this.#tell(call),
    });
    return this.#decode(this.#decoding, line.subarray(end + 1));
  }

  end(): void {
    this.#decoding?.end();
  }

  openCalls(atUs: number): readonly Call[] {
    return (this.#decoding?.openCalls(atUs) ?? []).flatMap((call) => this.#seen(call) ?? []);
  }

  #decode(decoding: PacketDecoding, bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    try {
      decoding.push(bytes);
      return true;
    } catch {
      return false;
    }
  }

  #tell(call: Call): void {
    const seen = this.#seen(call);
    if (seen !== null) this.#host.onCall(seen);
  }

  #seen(call: Call): Call | null {
    return this.#hello === null ? null : seenAtPod(this.#hello, call, this.#host);
  }
}
