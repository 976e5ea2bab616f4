import { NOTHING, type PartialMessage, type StreamReader } from '../bytes/reader.ts';

/**
 * A reader that is fed byte by byte until something is settled, because what follows may be in another
 * language: then the rest goes elsewhere. Signing in takes a few hundred bytes.
 */
export class UntilReader implements StreamReader {
  readonly #inner: StreamReader;
  readonly #isSettled: () => boolean;
  #elsewhere: ((bytes: Uint8Array, atUs: number) => void) | null = null;

  constructor(inner: StreamReader, isSettled: () => boolean) {
    this.#inner = inner;
    this.#isSettled = isSettled;
  }

  get partial(): PartialMessage | null {
    return this.#inner.partial;
  }

  push(bytes: Uint8Array, atUs: number): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#isSettled()) {
      this.#inner.push(rest.subarray(0, 1), atUs);
      rest = rest.subarray(1);
    }
    if (rest.length === 0) this.#inner.push(NOTHING, atUs);
    else if (this.#elsewhere === null) this.#inner.push(rest, atUs);
    else this.#elsewhere(rest, atUs);
  }

  lose(count: number, atUs: number): boolean {
    return this.#inner.lose(count, atUs);
  }

  /** What still comes is for somebody else. */
  turn(elsewhere: (bytes: Uint8Array, atUs: number) => void): void {
    this.#elsewhere = elsewhere;
  }
}
