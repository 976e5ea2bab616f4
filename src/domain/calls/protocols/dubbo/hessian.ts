import { Cursor } from '../bytes/cursor.ts';
import {
  NOTHING_TO_TELL,
  numberValue,
  objectValue,
  textValue,
  type Value,
  type ValueReader,
} from './values.ts';

/** Hessian 2, as far as it is needed: texts, small numbers, fields by name; all else is stepped over. */

const DEPTH_MAX = 32;
const FIELDS_MAX = 1_024;
const TEXT_LENGTH_MAX = 2_048;
/** Of a list or map without a length. */
const END = 0x5a;
const PIECE = 0x52;
const BYTES_PIECE = 0x41;

interface ClassOf {
  readonly name: string;
  readonly fields: readonly string[];
}

type Take = (reader: HessianReader, code: number) => Value;

export class HessianReader implements ValueReader {
  readonly cursor: Cursor;
  readonly #classes: ClassOf[] = [];
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.cursor = new Cursor(bytes);
  }

  get isShort(): boolean {
    return this.cursor.isShort;
  }

  next(): Value {
    return this.after(this.cursor.uint8());
  }

  /** The value that begins with this byte, which was read already. */
  after(code: number): Value {
    const take = TAKERS[code];
    if (take === undefined || this.#depth === DEPTH_MAX) return this.fail();
    this.#depth += 1;
    const value = take(this, code);
    this.#depth -= 1;
    return value;
  }

  fail(): Value {
    this.cursor.isShort = true;
    return NOTHING_TO_TELL;
  }

  /** Steps over the type of a list or map: its name, or which of those before it is meant. */
  typed(): this {
    this.next();
    return this;
  }

  /** Too many, when it is no number. */
  count(): number {
    return this.next().number ?? Infinity;
  }

  skip(count: number): Value {
    this.cursor.skip(count);
    return NOTHING_TO_TELL;
  }

  skipValues(count: number): Value {
    for (let place = 0; place < count && !this.isShort; place += 1) this.next();
    return NOTHING_TO_TELL;
  }

  /** Up to the byte that ends it. */
  skipUntilEnd(): Value {
    while (!this.isShort) {
      const code = this.cursor.uint8();
      if (code === END) break;
      this.after(code);
    }
    return NOTHING_TO_TELL;
  }

  map(): Value {
    const fields = new Map<string, Value>();
    while (!this.isShort) {
      const code = this.cursor.uint8();
      if (code === END) break;
      const key = this.after(code);
      const value = this.next();
      if (key.text !== null && fields.size < FIELDS_MAX) fields.set(key.text, value);
    }
    return objectValue('', fields);
  }

  /** A class is described where its first object stands. */
  classThenValue(): Value {
    const name = this.next().text ?? '';
    const count = this.count();
    if (count < 0 || count > FIELDS_MAX) return this.fail();
    const fields: string[] = [];
    for (let place = 0; place < count && !this.isShort; place += 1) {
      fields.push(this.next().text ?? '');
    }
    this.#classes.push({ name, fields });
    return this.next();
  }

  object(place: number): Value {
    const found = this.#classes[place];
    if (found === undefined) return this.fail();
    const fields = new Map<string, Value>();
    for (const name of found.fields) {
      if (this.isShort) break;
      fields.set(name, this.next());
    }
    return objectValue(found.name, fields);
  }

  /** Its length counts characters as Java does, each in one to four bytes. */
  text(length: number): Value {
    const start = this.cursor.at;
    let keptEnd = start;
    for (let place = 0; place < length && !this.isShort; place += 1) {
      const lead = this.cursor.uint8();
      const more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      this.cursor.skip(more);
      // Two of Java's characters.
      if (more === 3) place += 1;
      if (place < TEXT_LENGTH_MAX) keptEnd = this.cursor.at;
    }
    return this.isShort ? NOTHING_TO_TELL : textValue(this.#textBetween(start, keptEnd));
  }

  /** A long text comes in pieces, of which only the first is kept. */
  pieces(): Value {
    const first = this.text(this.cursor.uint16());
    while (!this.isShort) {
      const code = this.cursor.uint8();
      if (code !== PIECE) {
        this.after(code);
        break;
      }
      this.text(this.cursor.uint16());
    }
    return first;
  }

  /** The same for bytes. */
  bytePieces(): Value {
    this.cursor.skip(this.cursor.uint16());
    while (!this.isShort) {
      const code = this.cursor.uint8();
      if (code !== BYTES_PIECE) return this.after(code);
      this.cursor.skip(this.cursor.uint16());
    }
    return NOTHING_TO_TELL;
  }

  #textBetween(start: number, end: number): string {
    const { at } = this.cursor;
    this.cursor.at = start;
    const text = this.cursor.text(end - start);
    this.cursor.at = at;
    return text;
  }
}

/** What each first byte begins. */
const TAKERS: readonly (Take | undefined)[] = tableOf([
  [0x00, 0x1f, (reader, code) => reader.text(code)],
  [0x20, 0x2f, (reader, code) => reader.skip(code - 0x20)],
  [0x30, 0x33, (reader, code) => reader.text(((code - 0x30) << 8) | reader.cursor.uint8())],
  [0x34, 0x37, (reader, code) => reader.skip(((code - 0x34) << 8) | reader.cursor.uint8())],
  [0x38, 0x3f, (reader) => reader.skip(2)],
  [BYTES_PIECE, BYTES_PIECE, (reader) => reader.bytePieces()],
  [0x42, 0x42, (reader) => reader.skip(reader.cursor.uint16())],
  [0x43, 0x43, (reader) => reader.classThenValue()],
  [0x44, 0x44, (reader) => reader.skip(8)],
  [0x46, 0x46, () => NOTHING_TO_TELL],
  [0x48, 0x48, (reader) => reader.map()],
  [0x49, 0x49, (reader) => numberValue(reader.cursor.int32())],
  [0x4a, 0x4a, (reader) => reader.skip(8)],
  [0x4b, 0x4b, (reader) => reader.skip(4)],
  [0x4c, 0x4c, (reader) => reader.skip(8)],
  [0x4d, 0x4d, (reader) => reader.typed().map()],
  [0x4e, 0x4e, () => NOTHING_TO_TELL],
  [0x4f, 0x4f, (reader) => reader.object(reader.count())],
  [0x51, 0x51, (reader) => reader.skipValues(1)],
  [PIECE, PIECE, (reader) => reader.pieces()],
  [0x53, 0x53, (reader) => reader.text(reader.cursor.uint16())],
  [0x54, 0x54, () => NOTHING_TO_TELL],
  [0x55, 0x55, (reader) => reader.typed().skipUntilEnd()],
  [0x56, 0x56, (reader) => reader.typed().skipValues(reader.count())],
  [0x57, 0x57, (reader) => reader.skipUntilEnd()],
  [0x58, 0x58, (reader) => reader.skipValues(reader.count())],
  [0x59, 0x59, (reader) => reader.skip(4)],
  [0x5b, 0x5c, () => NOTHING_TO_TELL],
  [0x5d, 0x5d, (reader) => reader.skip(1)],
  [0x5e, 0x5e, (reader) => reader.skip(2)],
  [0x5f, 0x5f, (reader) => reader.skip(4)],
  [0x60, 0x6f, (reader, code) => reader.object(code - 0x60)],
  [0x70, 0x77, (reader, code) => reader.typed().skipValues(code - 0x70)],
  [0x78, 0x7f, (reader, code) => reader.skipValues(code - 0x78)],
  [0x80, 0xbf, (_, code) => numberValue(code - 0x90)],
  [0xc0, 0xcf, (reader, code) => numberValue(((code - 0xc8) << 8) | reader.cursor.uint8())],
  [0xd0, 0xd7, (reader, code) => numberValue(((code - 0xd4) << 16) | reader.cursor.uint16())],
  [0xd8, 0xef, () => NOTHING_TO_TELL],
  [0xf0, 0xff, (reader) => reader.skip(1)],
]);

function tableOf(
  ranges: readonly (readonly [from: number, to: number, take: Take])[],
): readonly (Take | undefined)[] {
  const table: (Take | undefined)[] = Array.from({ length: 256 });
  for (const [from, to, take] of ranges) table.fill(take, from, to + 1);
  return table;
}
