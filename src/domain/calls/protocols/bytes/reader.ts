/** One direction of a connection cut into messages. Passive: it never throws and keeps little. */
export interface StreamReader {
  /** Inside a message: how much came of how much, `whole` null when it does not say. */
  readonly partial: PartialMessage | null;
  push(bytes: Uint8Array, atUs: number): void;
  /** Steps over lost bytes. False when messages may have been among them: then it looks for the next. */
  lose(count: number, atUs: number): boolean;
}

export interface PartialMessage {
  readonly got: number;
  readonly whole: number | null;
}

export const NOTHING = new Uint8Array(0);

/** A buffer that grows by doubling, up to a limit, and takes no more then. */
export class Kept {
  #bytes = NOTHING;
  #length = 0;
  readonly #lengthMax: number;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  add(piece: Uint8Array): void {
    const taken = piece.subarray(0, this.#lengthMax - this.#length);
    const length = this.#length + taken.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#lengthMax, Math.max(length, 2 * this.#length)));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(taken, this.#length);
    this.#length = length;
  }

  /** Large buffers are given back. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > 4_096) this.#bytes = NOTHING;
  }
}
