import { byteAt } from '../byte-at.ts';

const TEXT = new TextDecoder();

/**
 * Reads fields one after another. Beyond the end it reads zeros and empty texts, and `isShort` says so:
 * a reader asks once, at the end, instead of after each field.
 */
export class Cursor {
  isShort = false;
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  uint8(): number {
    return this.#has(1) ? byteAt(this.#bytes, this.at++) : 0;
  }

  uint16(): number {
    return (this.uint8() << 8) | this.uint8();
  }

  int16(): number {
    return (this.uint16() << 16) >> 16;
  }

  int32(): number {
    return (this.uint16() << 16) | this.uint16();
  }

  int32LE(): number {
    return this.uint8() | (this.uint8() << 8) | (this.uint8() << 16) | (this.uint8() << 24);
  }

  /** Seven bits a byte, lowest first. At most five bytes, as everybody limits them. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.uint8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    this.isShort = true;
    return 0;
  }

  /** Negative counts too are more than there is. */
  skip(count: number): void {
    if (this.#has(count)) this.at += count;
  }

  bytes(count: number): Uint8Array {
    if (!this.#has(count)) return this.#bytes.subarray(0, 0);
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  text(count: number): string {
    return TEXT.decode(this.bytes(count));
  }

  /** Up to a zero byte, which is stepped over. */
  zeroEnded(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0) {
      this.isShort = true;
      return '';
    }
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  #has(count: number): boolean {
    if (!this.isShort && count >= 0 && this.at + count <= this.#bytes.length) return true;
    this.isShort = true;
    return false;
  }
}
