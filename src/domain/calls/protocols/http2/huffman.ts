import { byteAt } from '../byte-at.ts';

/** The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: the lengths say it all. */

/** Bits of the code of each byte; the end-of-string symbol, 30 ones, is never written. */
// prettier-ignore
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
const BITS_MAX = 30;
const PADDING_BITS_MAX = 7;

/** For each length: the first code, how many there are, and the place of the first one's byte in `bytes`. */
interface Codes {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly place: Int32Array;
  readonly bytes: Uint8Array;
}

const CODES = canonicalCodes();

function canonicalCodes(): Codes {
  const first = new Int32Array(BITS_MAX + 1);
  const count = new Int32Array(BITS_MAX + 1);
  const place = new Int32Array(BITS_MAX + 1);
  const bytes: number[] = [];
  let code = 0;
  for (let bits = 1; bits <= BITS_MAX; bits += 1) {
    code *= 2;
    const before = bytes.length;
    for (const [byte, length] of CODE_BITS.entries()) if (length === bits) bytes.push(byte);
    first[bits] = code;
    place[bits] = before;
    count[bits] = bytes.length - before;
    code += bytes.length - before;
  }
  return { first, count, place, bytes: Uint8Array.from(bytes) };
}

/** The text, one character a byte; null when it is not in this code. */
export function huffmanText(bytes: Uint8Array, from: number, to: number): string | null {
  let text = '';
  let code = 0;
  let bits = 0;
  for (let at = from; at < to; at += 1) {
    const byte = byteAt(bytes, at);
    for (let shift = 7; shift >= 0; shift -= 1) {
      code = code * 2 + ((byte >> shift) & 1);
      bits += 1;
      const symbol = symbolOf(code, bits);
      if (symbol >= 0) {
        text += String.fromCharCode(symbol);
        code = 0;
        bits = 0;
      } else if (bits === BITS_MAX) return null;
    }
  }
  return bits <= PADDING_BITS_MAX && code === 2 ** bits - 1 ? text : null;
}

/** The byte of a whole code, or -1. */
function symbolOf(code: number, bits: number): number {
  const offset = code - (CODES.first[bits] as number);
  if (offset >= (CODES.count[bits] as number)) return -1;
  return byteAt(CODES.bytes, (CODES.place[bits] as number) + offset);
}
