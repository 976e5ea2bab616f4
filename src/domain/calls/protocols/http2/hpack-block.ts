import { byteAt } from '../byte-at.ts';
import { huffmanText } from './huffman.ts';

/** What a header block is made of (RFC 7541, section 6), before any table is asked. */

const INTEGER_BYTES_MAX = 5;

export interface FieldInstruction {
  /** Of the field, or with a value of its own only of its name; 0 when the name is written out. */
  readonly index: number;
  readonly name: string | null;
  /** Null when the index stands for the value too. */
  readonly value: string | null;
  readonly isInserted: boolean;
}

interface SizeInstruction {
  readonly tableBytes: number;
}

type Instruction = FieldInstruction | SizeInstruction;

export function isField(instruction: Instruction): instruction is FieldInstruction {
  return 'index' in instruction;
}

/** Null when it is no header block. */
export function instructionsIn(block: Uint8Array): readonly Instruction[] | null {
  const reader = new BlockReader(block);
  const instructions: Instruction[] = [];
  while (!reader.isDone) instructions.push(readOne(reader));
  return reader.isBroken ? null : instructions;
}

function readOne(reader: BlockReader): Instruction {
  const first = reader.peek();
  if (first >= 0x80) {
    return { index: reader.integer(7), name: null, value: null, isInserted: false };
  }
  if (first >= 0x40) return literal(reader, 6);
  if (first < 0x20) return literal(reader, 4);
  return { tableBytes: reader.integer(5) };
}

/** Only those that enter the table have an index of six bits. */
function literal(reader: BlockReader, prefixBits: 4 | 6): FieldInstruction {
  const index = reader.integer(prefixBits);
  const name = index === 0 ? reader.text() : null;
  return { index, name, value: reader.text(), isInserted: prefixBits === 6 };
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
