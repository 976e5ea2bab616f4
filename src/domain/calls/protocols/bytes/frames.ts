import { Kept, type PartialMessage, type StreamReader } from './reader.ts';

/** What `measure` answers in place of a length. */
export const MORE = 0;
export const NONE = -1;

/** How messages that say their length are cut out of a stream. */
export interface Framing {
  /** Bytes of one message that are kept; of a longer one its beginning. */
  readonly keptMax: number;
  /** Length of the whole message at the beginning of these bytes, or `MORE`, or `NONE`. */
  measure(bytes: Uint8Array): number;
  /** After a loss: whether these bytes, the beginning of a piece, begin a message. Stricter than `measure`. */
  canBegin(bytes: Uint8Array): boolean;
  onFrame(frame: Frame): void;
  /** What came is no message: it looks for the next. Told of each piece that is passed over. */
  onTrouble(atUs: number): void;
}

export interface Frame {
  /** The message, or its beginning when it was longer than what is kept or has a hole. */
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly startedAtUs: number;
  readonly atUs: number;
}

/** Bytes taken at a time while the length is not known. */
const PROBE_BYTES = 64;

/** A message that lies in one piece is not copied. */
export class FrameReader implements StreamReader {
  readonly #framing: Framing;
  readonly #kept: Kept;
  /** Bytes of the message that came, or were lost inside it; 0 between messages. */
  #seen = 0;
  #length = MORE;
  #isHoled = false;
  #isSearching = false;
  #startedAtUs = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#kept = new Kept(framing.keptMax);
  }

  get partial(): PartialMessage | null {
    if (this.#seen === 0) return null;
    return { got: this.#seen, whole: this.#length === MORE ? null : this.#length };
  }

  push(bytes: Uint8Array, atUs: number): void {
    if (this.#isSearching && bytes.length > 0) {
      if (!this.#framing.canBegin(bytes)) {
        this.#framing.onTrouble(atUs);
        return;
      }
      this.#isSearching = false;
    }
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#seen === 0 ? this.#begin(rest, atUs) : this.#goOn(rest, atUs);
    }
  }

  lose(count: number, atUs: number): boolean {
    if (this.#length === MORE || count > this.#length - this.#seen) {
      this.#forget();
      this.#isSearching = true;
      return false;
    }
    this.#isHoled = true;
    this.#seen += count;
    if (this.#seen === this.#length) this.#finish(atUs);
    return true;
  }

  /** Returns what was not used. */
  #begin(bytes: Uint8Array, atUs: number): Uint8Array {
    const length = this.#framing.measure(bytes);
    if (length === NONE) return this.#refuse(atUs, bytes);
    this.#startedAtUs = atUs;
    if (length !== MORE && length <= bytes.length) {
      const kept = bytes.subarray(0, Math.min(length, this.#framing.keptMax));
      this.#framing.onFrame({ bytes: kept, length, startedAtUs: atUs, atUs });
      return bytes.subarray(length);
    }
    this.#length = length;
    return this.#take(bytes, bytes.length);
  }

  #goOn(bytes: Uint8Array, atUs: number): Uint8Array {
    if (this.#length === MORE) {
      const before = this.#seen;
      const rest = this.#take(bytes, PROBE_BYTES);
      const length = this.#framing.measure(this.#kept.bytes);
      if (length === NONE) return this.#refuse(atUs, bytes);
      if (length === MORE) return rest;
      this.#length = length;
      if (length > this.#seen) return rest;
      const unused = bytes.subarray(length - before);
      this.#finish(atUs);
      return unused;
    }
    const rest = this.#take(bytes, this.#length - this.#seen);
    if (this.#seen === this.#length) this.#finish(atUs);
    return rest;
  }

  #take(bytes: Uint8Array, countMax: number): Uint8Array {
    const taken = bytes.subarray(0, countMax);
    if (!this.#isHoled) this.#kept.add(taken);
    this.#seen += taken.length;
    return bytes.subarray(taken.length);
  }

  #finish(atUs: number): void {
    const length = this.#length;
    // Its holder may keep parts of it; the buffer is used again.
    const bytes = this.#kept.bytes.slice(0, length);
    this.#forget();
    this.#framing.onFrame({ bytes, length, startedAtUs: this.#startedAtUs, atUs });
  }

  /** The rest of the piece goes with it. */
  #refuse(atUs: number, bytes: Uint8Array): Uint8Array {
    this.#forget();
    this.#isSearching = true;
    this.#framing.onTrouble(atUs);
    return bytes.subarray(bytes.length);
  }

  #forget(): void {
    this.#kept.clear();
    this.#seen = 0;
    this.#length = MORE;
    this.#isHoled = false;
  }
}
