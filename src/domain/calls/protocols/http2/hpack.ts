import { elementAt } from '../../../must-have.ts';
import { byteAt } from '../byte-at.ts';
import { huffmanText } from './huffman.ts';
import { STATIC_TABLE, type HeaderField } from './static-table.ts';

/**
 * Header compression of HTTP/2 (RFC 7541), for a listener who may have come late or lost something.
 *
 * Indexes count from the newest entry, so whatever was inserted since can be told for certain; what is
 * older is unknown, never guessed.
 */

const TABLE_BYTES_DEFAULT = 4_096;
/** Larger tables are followed as far as this; older entries are unknown. */
export const TABLE_BYTES_MAX = 65_536;
const ENTRY_OVERHEAD_BYTES = 32;
const INTEGER_BYTES_MAX = 5;
/** A value that is inserted was seen; its name may refer to what was not. */
interface Entry {
  readonly name: string | null;
  readonly value: string;
}
const UNKNOWN: HeaderField = { name: null, value: null };

export class HeaderDecoder {
  /** Newest last. */
  #table: Entry[] = [];
  #tableBytes = 0;
  #capacity = TABLE_BYTES_DEFAULT;

  /** What was inserted so far cannot be told any more, nor how large the table may be. */
  forget(): void {
    this.#shrinkTo(0);
    this.#capacity = TABLE_BYTES_MAX;
  }

  /** Null when it is no header block; the table is forgotten then. */
  decode(block: Uint8Array): readonly HeaderField[] | null {
    const reader = new BlockReader(block);
    const fields: HeaderField[] = [];
    while (!reader.isDone) {
      const field = this.#readField(reader);
      if (field !== null) fields.push(field);
    }
    if (!reader.isBroken) return fields;
    this.forget();
    return null;
  }

  #readField(reader: BlockReader): HeaderField | null {
    const first = reader.peek();
    if (first >= 0x80) return this.#fieldAt(reader.integer(7));
    if (first >= 0x40) return this.#insert(this.#literal(reader, 6));
    if (first < 0x20) return this.#literal(reader, 4);
    this.#capacity = Math.min(reader.integer(5), TABLE_BYTES_MAX);
    this.#shrinkTo(this.#capacity);
    return null;
  }

  #literal(reader: BlockReader, prefixBits: number): Entry {
    const index = reader.integer(prefixBits);
    const name = index === 0 ? reader.text() : this.#fieldAt(index).name;
    return { name, value: reader.text() };
  }

  #fieldAt(index: number): HeaderField {
    if (index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1] ?? UNKNOWN;
    return this.#table[this.#table.length - (index - STATIC_TABLE.length)] ?? UNKNOWN;
  }

  #insert(field: Entry): Entry {
    const bytes = sizeOf(field);
    this.#shrinkTo(Math.max(0, this.#capacity - bytes));
    if (bytes <= this.#capacity) {
      this.#table.push(field);
      this.#tableBytes += bytes;
    }
    return field;
  }

  #shrinkTo(bytes: number): void {
    let dropped = 0;
    while (this.#tableBytes > bytes) {
      this.#tableBytes -= sizeOf(elementAt(this.#table, dropped));
      dropped += 1;
    }
    if (dropped > 0) this.#table.splice(0, dropped);
  }
}

/** An unknown name counts as nothing: what is kept too long is never asked for. */
function sizeOf({ name, value }: Entry): number {
  return (name?.length ?? 0) + value.length + ENTRY_OVERHEAD_BYTES;
}

class BlockReader {
  readonly #block: Uint8Array;
  #at = 0;
  isBroken = false;

  constructor(block: Uint8Array) {
    this.#block = block;
  }

  get isDone(): boolean {
    return this.isBroken || this.#at >= this.#block.length;
  }

  /** The next byte, which is there. */
  peek(): number {
    return byteAt(this.#block, this.#at);
  }

  integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    const prefix = this.#next() & mask;
    if (prefix < mask) return prefix;
    let value = mask;
    for (let place = 0; place < INTEGER_BYTES_MAX; place += 1) {
      const byte = this.#next();
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    this.isBroken = true;
    return 0;
  }

  text(): string {
    const isHuffman = this.#at < this.#block.length && this.peek() >= 0x80;
    const length = this.integer(7);
    const from = this.#at;
    const to = from + length;
    if (this.isBroken || to > this.#block.length) return this.#broken();
    this.#at = to;
    if (isHuffman) return huffmanText(this.#block, from, to) ?? this.#broken();
    return latin1(this.#block, from, to);
  }

  #next(): number {
    const byte = this.#block[this.#at];
    this.#at += 1;
    if (byte !== undefined) return byte;
    this.isBroken = true;
    return 0;
  }

  #broken(): string {
    this.isBroken = true;
    return '';
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 1) text += String.fromCharCode(byteAt(bytes, at));
  return text;
}
