import { HELLO_BYTES_MAX } from '../agreement.ts';

const NEWLINE = 0x0a;

/** What a stream says of itself, line by line, before its packets begin. */
export class OpeningLines {
  #held: Uint8Array = new Uint8Array(0);

  /** False when what was held is longer than any line of the agreement. */
  get isShort(): boolean {
    return this.#held.length <= HELLO_BYTES_MAX;
  }

  /** The next line, and what came after it; null while it is not whole. */
  take(bytes: Uint8Array): { readonly line: string; readonly rest: Uint8Array } | null {
    const all = Buffer.concat([this.#held, bytes]);
    const end = all.indexOf(NEWLINE);
    this.#held = end === -1 ? all : new Uint8Array(0);
    return end === -1
      ? null
      : { line: all.subarray(0, end).toString(), rest: all.subarray(end + 1) };
  }
}

/** Hands packets on; false when these are none. */
export function decoded(decoding: { push(bytes: Uint8Array): void }, bytes: Uint8Array): boolean {
  try {
    decoding.push(bytes);
    return true;
  } catch {
    return false;
  }
}
