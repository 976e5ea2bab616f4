import { byteAt, uint32At } from '../byte-at.ts';
import type { Side } from '../decoder.ts';

/** One direction of a PostgreSQL connection cut into messages. */

/** Of each message that much is kept. */
const MESSAGE_BYTES_KEPT = 4_096;
const LENGTH_MAX = 0x4000_0000;
const STARTUP_LENGTH_MAX = 10_000;
/** Bytes kept while the end of an answer is looked for. */
const SEARCH_BYTES_KEPT = 5;

const TYPES: Readonly<Record<Side, string>> = {
  client: 'BCDEFHPQSXcdfp',
  server: '123ACDEGHIKNRSTVWZcdnstv',
};

export interface PostgresMessage {
  /** Empty for the first message of a client, which has none. */
  readonly type: string;
  /** The beginning of it. */
  readonly payload: Uint8Array;
  readonly bytes: number;
  readonly startedAtUs: number;
  readonly atUs: number;
}

type State = 'startup' | 'message' | 'search' | 'stopped';

const NOTHING = new Uint8Array(0);

export class PostgresReader {
  readonly #side: Side;
  readonly #onMessage: (message: PostgresMessage) => void;
  readonly #onMalformed: (bytes: Uint8Array, atUs: number) => void;
  #state: State;
  #carried: Uint8Array = NOTHING;
  #startedAtUs = 0;
  /** Bytes of the present message that are stepped over. */
  #left = 0;

  constructor(
    side: Side,
    onMessage: (message: PostgresMessage) => void,
    onMalformed: (bytes: Uint8Array, atUs: number) => void,
  ) {
    this.#side = side;
    this.#onMessage = onMessage;
    this.#onMalformed = onMalformed;
    this.#state = side === 'client' ? 'startup' : 'message';
  }

  /** The client's first message has not come. */
  get isStarting(): boolean {
    return this.#state === 'startup';
  }

  /** After a loss: the next message was not found. */
  get isSearching(): boolean {
    return this.#state === 'search';
  }

  /** The first message of the client was its last without a type. */
  started(): void {
    this.#state = 'message';
  }

  push(bytes: Uint8Array, atUs: number): void {
    let rest = bytes;
    while (rest.length > 0) {
      const skipped = Math.min(this.#left, rest.length);
      this.#left -= skipped;
      rest = skipped > 0 ? rest.subarray(skipped) : this.#step(rest, atUs);
    }
  }

  /** False when messages may have been among what was lost. */
  lose(count: number): boolean {
    if (count <= this.#left) {
      this.#left -= count;
      return true;
    }
    this.search();
    return false;
  }

  search(): void {
    this.#state = 'search';
    this.#carried = NOTHING;
    this.#left = 0;
  }

  stop(): void {
    this.#state = 'stopped';
    this.#carried = NOTHING;
  }

  /** What is left of the bytes after one message. */
  #step(bytes: Uint8Array, atUs: number): Uint8Array {
    if (this.#state === 'stopped') return NOTHING;
    if (this.#state === 'search') return this.#searchIn(bytes, atUs);
    if (this.#carried.length === 0) this.#startedAtUs = atUs;
    const all = joined(this.#carried, bytes);
    this.#carried = NOTHING;
    const typeBytes = this.#state === 'startup' ? 0 : 1;
    const headBytes = typeBytes + 4;
    if (all.length < headBytes) return this.#carry(all);
    const type = typeBytes === 0 ? '' : String.fromCharCode(byteAt(all, 0));
    const whole = uint32At(all, typeBytes) + typeBytes;
    if (!this.#isLegal(type, whole - typeBytes)) return this.#refuse(all, atUs);
    const kept = Math.min(whole, headBytes + MESSAGE_BYTES_KEPT);
    if (all.length < kept) return this.#carry(all);
    this.#left = whole - kept;
    const payload = all.subarray(headBytes, kept);
    this.#onMessage({ type, payload, bytes: whole, startedAtUs: this.#startedAtUs, atUs });
    return all.subarray(kept);
  }

  #isLegal(type: string, length: number): boolean {
    if (this.#state === 'startup') return length >= 8 && length <= STARTUP_LENGTH_MAX;
    return TYPES[this.#side].includes(type) && length >= 4 && length <= LENGTH_MAX;
  }

  /** A server's search ends with the end of an answer, a client's with messages that fill a piece. */
  #searchIn(bytes: Uint8Array, atUs: number): Uint8Array {
    if (this.#side === 'client') {
      if (!fillsPiece(bytes, 'client')) return NOTHING;
      this.#state = 'message';
      return bytes;
    }
    const all = joined(this.#carried, bytes);
    this.#carried = all.slice(-SEARCH_BYTES_KEPT);
    for (let at = 0; at + 6 <= all.length; at += 1) {
      if (!isReady(all, at)) continue;
      this.#carried = NOTHING;
      this.#state = 'message';
      this.#startedAtUs = atUs;
      const payload = all.subarray(at + 5, at + 6);
      this.#onMessage({ type: 'Z', payload, bytes: 6, startedAtUs: atUs, atUs });
      return all.subarray(at + 6);
    }
    return NOTHING;
  }

  #refuse(bytes: Uint8Array, atUs: number): Uint8Array {
    this.stop();
    this.#onMalformed(bytes, atUs);
    return NOTHING;
  }

  #carry(bytes: Uint8Array): Uint8Array {
    this.#carried = bytes.slice();
    return NOTHING;
  }
}

/** Whole messages one after another, and nothing else. */
export function fillsPiece(bytes: Uint8Array, side: Side): boolean {
  let at = 0;
  while (at + 5 <= bytes.length) {
    const length = uint32At(bytes, at + 1);
    if (length < 4 || !TYPES[side].includes(String.fromCharCode(byteAt(bytes, at)))) return false;
    at += length + 1;
  }
  return at === bytes.length && at > 0;
}

/** ReadyForQuery with one of its three states. */
export function isReady(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x5a &&
    uint32At(bytes, at + 1) === 5 &&
    [0x49, 0x54, 0x45].includes(byteAt(bytes, at + 5))
  );
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
