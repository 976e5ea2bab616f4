import { Cursor } from '../bytes/cursor.ts';
import { NOTHING_TO_TELL, numberValue, objectValue, textValue, type Value } from './values.ts';
import type { ValueReader } from './values.ts';

/**
 * JSONB of fastjson2 as Dubbo writes it: each value after its length. Texts, small numbers, and of objects
 * the fields up to the first that is more than that.
 */

const FIELDS_MAX = 64;
const TEXT_BYTES_MAX = 8_192;

const TYPED = 0x92;
const OBJECT_END = 0xa5;
const OBJECT = 0xa6;
const SYMBOL = 0x7f;
const SHORT_TEXT = 0x49;
const LONG_TEXT = 0x79;
const UTF8_TEXT = 0x7a;

export class JsonbReader implements ValueReader {
  readonly #cursor: Cursor;

  constructor(bytes: Uint8Array) {
    this.#cursor = new Cursor(bytes);
  }

  get isShort(): boolean {
    return this.#cursor.isShort;
  }

  next(): Value {
    const length = this.#cursor.int32();
    const end = this.#cursor.at + length;
    if (length <= 0) this.#cursor.skip(-1);
    const value = this.#value(this.#cursor.uint8());
    // Of a value that was cut its beginning may be enough.
    this.#cursor.at = Math.min(this.#cursor.at, end);
    this.#cursor.skip(end - this.#cursor.at);
    return value;
  }

  #value(code: number): Value {
    if (code === OBJECT) return objectValue('', this.#fields());
    if (code === TYPED) return this.#typed();
    return this.#simple(code) ?? NOTHING_TO_TELL;
  }

  /** Behind the name of its class stands a number for it. */
  #typed(): Value {
    const type = this.#simple(this.#cursor.uint8())?.text ?? '';
    this.#simple(this.#cursor.uint8());
    const isObject = this.#cursor.uint8() === OBJECT;
    return objectValue(type, isObject ? this.#fields() : new Map());
  }

  #fields(): ReadonlyMap<string, Value> {
    const fields = new Map<string, Value>();
    while (!this.#cursor.isShort && fields.size < FIELDS_MAX) {
      const code = this.#cursor.uint8();
      if (code === OBJECT_END) break;
      const key = code === SYMBOL ? this.#symbol() : this.#simple(code)?.text;
      const value = this.#simple(this.#cursor.uint8());
      if (key === undefined || key === null || value === null) break;
      fields.set(key, value);
    }
    return fields;
  }

  /** A name with its number, or only the number of an earlier one. */
  #symbol(): string | null {
    const name = this.#simple(this.#cursor.uint8());
    if (name?.text === null || name === null) return null;
    this.#simple(this.#cursor.uint8());
    return name.text;
  }

  /** Null for what is not read. */
  #simple(code: number): Value | null {
    if (code >= SHORT_TEXT && code < LONG_TEXT) return this.#text(code - SHORT_TEXT);
    if (code === LONG_TEXT || code === UTF8_TEXT) {
      return this.#text(this.#number(this.#cursor.uint8()) ?? -1);
    }
    if (code >= 0xaf && code <= 0xb1) return NOTHING_TO_TELL;
    const number = this.#number(code);
    return number === null ? null : numberValue(number);
  }

  #text(length: number): Value {
    const text = this.#cursor.text(Math.min(length, TEXT_BYTES_MAX));
    this.#cursor.skip(length - Math.min(length, TEXT_BYTES_MAX));
    return textValue(text);
  }

  #number(code: number): number | null {
    if (code >= 0xf0) return code - 0x100;
    if (code < 0x30) return code;
    if (code < 0x40) return ((code - 0x38) << 8) | this.#cursor.uint8();
    if (code < 0x48) return ((code - 0x44) << 16) | this.#cursor.uint16();
    if (code === 0x48) return this.#cursor.int32();
    return code === 0xbd ? this.#cursor.uint8() : null;
  }
}
