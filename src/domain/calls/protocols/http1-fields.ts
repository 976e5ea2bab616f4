import { byteAt } from './byte-at.ts';
import type { RawHead } from './http1-head-reader.ts';

/** Header lines as they lie in a head: their names compared in place, their values made text only when asked for. */

const TEXT = new TextDecoder();

const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
/** Between ASCII capitals and small letters. */
const CASE = 32;
const SMALL_A = 97;

/** Longer numbers are not exact. */
const LENGTH_DIGITS_MAX = 15;

/** What takes the value of a field: bytes from `from` to `to`. */
export interface FieldTaker {
  take(name: string, bytes: Uint8Array, from: number, to: number): void;
}

/** Gives every field of these names (in lower case), in their order. Lines that continue one are part of it. */
export function eachField(head: RawHead, names: readonly string[], taker: FieldTaker): void {
  const { bytes, start, lines } = head;
  for (let place = 0; place < lines.length; place += 2) {
    const at = start + (lines[place] as number);
    const name = nameAt(bytes, at, names);
    if (name !== null) {
      let lf = start + (lines[place + 1] as number);
      while (isBlank(byteAt(bytes, lf + 1))) lf = bytes.indexOf(LF, lf + 1);
      taker.take(name, bytes, afterColon(bytes, at + name.length), lf);
    }
  }
}

function nameAt(bytes: Uint8Array, at: number, names: readonly string[]): string | null {
  for (const name of names) {
    if (isName(bytes, at, name)) return name;
  }
  return null;
}

/** The head ends after the line: there is always a byte that differs. */
function isName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let offset = 0; offset < name.length; offset += 1) {
    const code = name.charCodeAt(offset);
    const byte = byteAt(bytes, at + offset);
    if (byte !== code && (code < SMALL_A || (byte ^ CASE) !== code)) return false;
  }
  return byteAt(bytes, afterBlanks(bytes, at + name.length)) === COLON;
}

function afterBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isBlank(byteAt(bytes, at))) at += 1;
  return at;
}

function afterColon(bytes: Uint8Array, from: number): number {
  return afterBlanks(bytes, afterBlanks(bytes, from) + 1);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** Text of a value: continued lines are one, without blanks around it. */
export function valueText(bytes: Uint8Array, from: number, to: number): string {
  const text = TEXT.decode(bytes.subarray(from, to));
  const unfolded = text.includes('\n') ? text.replace(/\r?\n[ \t]+/gu, ' ') : text;
  return unfolded.trim();
}

/** A number that is plainly one; -1 for everything else. */
export function plainNumber(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && (isBlank(byteAt(bytes, end - 1)) || bytes[end - 1] === CR)) end -= 1;
  if (end === from || end - from > LENGTH_DIGITS_MAX) return -1;
  let number = 0;
  for (let at = from; at < end; at += 1) {
    const digit = byteAt(bytes, at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
