import { byteAt } from './byte-at.ts';

/** Longest head of a message, and longest line in it. */
export const HEAD_BYTES_MAX = 65_536;
const LINE_BYTES_MAX = 16_384;

export type MessageKind = 'request' | 'response';
export type HeadResult = 'more' | 'head' | 'malformed' | 'too-large';

const LF = 10;
const CR = 13;
const INCOMPLETE = -1;
const TOO_LARGE = -2;
const BAD_LINE = -3;
const TEXT = new TextDecoder();
const NOTHING = new Uint8Array(0);

/** Where a head lies, blank line included. Reused: whoever keeps anything of it must copy. */
export interface RawHead {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Of the line feed of the first line, from `start`. */
  readonly firstLineBytes: number;
  /** Of each line of interest its beginning and its line feed, from `start`. */
  readonly lines: readonly number[];
}

/**
 * Finds the heads of messages in one direction. A head that lies in one piece is not copied.
 *
 * While `isResyncing`, what cannot begin a message is skipped: to the next `HTTP/1.` for answers; to the
 * next piece that begins with a common method for requests, since requests begin segments and the
 * rest of a body may hold anything.
 */
export class HeadReader implements RawHead {
  isResyncing = false;
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  firstLineBytes = 0;
  readonly lines: number[] = [];
  /** Offset of the first byte not used, after every `read`. */
  next = 0;
  /** What was refused, after `malformed` and `too-large`. */
  refused: Uint8Array = NOTHING;

  readonly #kind: MessageKind;
  readonly #onStart: (atUs: number) => void;
  #carry: Uint8Array | null = null;
  #carried = 0;
  #startedAtUs = 0;
  #lineStart = 0;
  #searched = 0;
  #badLineBytes = 0;

  /** @param onStart - Called at the first byte of a message; after a loss once the first line proved it. */
  constructor(kind: MessageKind, onStart: (atUs: number) => void) {
    this.#kind = kind;
    this.#onStart = onStart;
  }

  /** Bytes of a head that is not complete. */
  get carriedBytes(): number {
    return this.#carried;
  }

  /** First line of a head that is not complete, as far as it came. */
  firstLine(): string {
    if (this.#carry === null) return '';
    const line = TEXT.decode(this.#carry.subarray(0, Math.min(this.#carried, LINE_BYTES_MAX)));
    const lf = line.indexOf('\n');
    return lf < 0 ? line : line.slice(0, lf);
  }

  drop(): void {
    this.#carry = null;
    this.#carried = 0;
  }

  read(bytes: Uint8Array, from: number, atUs: number): HeadResult {
    if (this.#carry !== null) return this.#readCarried(this.#carry, bytes, from);
    let start = from;
    while (bytes[start] === LF || bytes[start] === CR) start += 1;
    this.next = start;
    if (start === bytes.length) return 'more';
    if (!this.#canBegin(bytes, start)) return this.#refuseFirstByte(bytes, start, atUs);
    this.#startedAtUs = atUs;
    if (!this.isResyncing) this.#onStart(atUs);
    this.#lineStart = start;
    this.#searched = start;
    this.lines.length = 0;
    const end = this.#findEnd(bytes, start);
    if (end === INCOMPLETE) return this.#keep(bytes, start);
    if (end < 0) return this.#refuse(end, bytes, start);
    this.next = end;
    return this.#take(bytes, start, end);
  }

  #keep(bytes: Uint8Array, start: number): HeadResult {
    this.#carry = bytes.slice(start);
    this.#carried = bytes.length - start;
    this.#lineStart -= start;
    this.#searched = this.#carried;
    this.next = bytes.length;
    return 'more';
  }

  #readCarried(carry: Uint8Array, bytes: Uint8Array, from: number): HeadResult {
    const before = this.#carried;
    const taken = Math.min(bytes.length - from, HEAD_BYTES_MAX + 1 - before);
    const buffer = grown(carry, before, before + taken);
    buffer.set(bytes.subarray(from, from + taken), before);
    this.#carry = buffer;
    this.#carried = before + taken;
    const head = buffer.subarray(0, this.#carried);
    if (this.isResyncing && before < START_BYTES_MAX && !this.#canBegin(head, 0)) {
      this.drop();
      this.next = from;
      return 'more';
    }
    const end = this.#findEnd(head, 0);
    this.next = from + taken;
    if (end === INCOMPLETE) {
      this.#searched = this.#carried;
      return 'more';
    }
    this.drop();
    if (end >= 0) {
      this.next = from + end - before;
      return this.#take(head, 0, end);
    }
    const result = this.#refuse(end, head, 0);
    this.next = from + (end === BAD_LINE ? this.#badLineBytes - before : taken);
    if (this.#kind === 'request' && this.isResyncing) this.next = bytes.length;
    return result;
  }

  /** Offset after the blank line of the head that begins at `start`, or why there is none. */
  #findEnd(bytes: Uint8Array, start: number): number {
    for (;;) {
      const line = this.#lineStart;
      const lf = lineFeedFrom(bytes, this.#searched);
      const lineEnd = lf < 0 ? bytes.length : lf;
      if (lineEnd - line > LINE_BYTES_MAX || lineEnd - start >= HEAD_BYTES_MAX) return TOO_LARGE;
      if (lf < 0) return INCOMPLETE;
      if (line === start) {
        this.#badLineBytes = lf + 1 - start;
        if (!this.#canBeFirstLine(bytes, line, lf)) return BAD_LINE;
        this.firstLineBytes = lf - start;
      } else if (isOfInterest(bytes, line)) this.lines.push(line - start, lf - start);
      else if (isBlankLine(bytes, line, lf)) return lf + 1;
      this.#lineStart = lf + 1;
      this.#searched = lf + 1;
    }
  }

  #take(bytes: Uint8Array, start: number, end: number): HeadResult {
    if (this.isResyncing) this.#onStart(this.#startedAtUs);
    this.isResyncing = false;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return 'head';
  }

  #refuse(why: number, bytes: Uint8Array, start: number): HeadResult {
    if (this.isResyncing) {
      this.next = this.#afterRefused(why, bytes, start);
      return 'more';
    }
    this.refused = bytes.subarray(start);
    this.next = bytes.length;
    return why === TOO_LARGE ? 'too-large' : 'malformed';
  }

  /** Where to look on. After a whole header that was too large not in it again, or time runs away. */
  #afterRefused(why: number, bytes: Uint8Array, start: number): number {
    if (this.#kind === 'request') return bytes.length;
    if (why === BAD_LINE) return start + this.#badLineBytes;
    return this.#lineStart === start ? this.#nextCandidate(bytes, start + 1) : bytes.length;
  }

  #refuseFirstByte(bytes: Uint8Array, start: number, atUs: number): HeadResult {
    if (!this.isResyncing) {
      this.#onStart(atUs);
      this.refused = bytes.subarray(start);
      this.next = bytes.length;
      return 'malformed';
    }
    this.next = this.#nextCandidate(bytes, start);
    return 'more';
  }

  #nextCandidate(bytes: Uint8Array, start: number): number {
    if (this.#kind === 'request') return bytes.length;
    let at = bytes.indexOf(VERSION_START, start);
    while (at >= 0 && !goesOnWith(bytes, at, VERSION)) at = bytes.indexOf(VERSION_START, at + 1);
    return at < 0 ? bytes.length : at;
  }

  #canBegin(bytes: Uint8Array, at: number): boolean {
    const byte = byteAt(bytes, at);
    if (this.#kind === 'response') {
      return byte === VERSION_START && (!this.isResyncing || goesOnWith(bytes, at, VERSION));
    }
    if (this.isResyncing) return METHODS.some((method) => goesOnWith(bytes, at, method));
    return (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
  }

  #canBeFirstLine(bytes: Uint8Array, from: number, lf: number): boolean {
    if (this.#kind === 'response') return isStatusLine(bytes, from, lf);
    const end = bytes[lf - 1] === CR ? lf - 1 : lf;
    return end - from >= 12 && bytes[end - 9] === 32 && isVersion(bytes, end - 8);
  }
}

/** Lines are short: looking at their bytes costs less than asking for the next one with that value. */
const SHORT_LINE_BYTES = 96;

function lineFeedFrom(bytes: Uint8Array, from: number): number {
  const near = Math.min(from + SHORT_LINE_BYTES, bytes.length);
  for (let at = from; at < near; at += 1) if (bytes[at] === LF) return at;
  return near === bytes.length ? -1 : bytes.indexOf(LF, near);
}

function isBlankLine(bytes: Uint8Array, from: number, lf: number): boolean {
  return lf === from || (lf === from + 1 && bytes[from] === CR);
}

/** `HTTP/1.1 200`, whatever follows the code. */
function isStatusLine(bytes: Uint8Array, from: number, lf: number): boolean {
  if (lf - from < 12 || !isVersion(bytes, from) || bytes[from + 8] !== 32) return false;
  const after = byteAt(bytes, from + 12);
  return (
    isDigit(bytes[from + 9]) &&
    isDigit(bytes[from + 10]) &&
    isDigit(bytes[from + 11]) &&
    after <= 32
  );
}

const HYPHEN = 45;
/** Turns ASCII capitals into small letters, by or. */
const LOWER = 32;

/** Whether a line may be one that anybody asks for, by letters that cost nothing to look at. */
function isOfInterest(bytes: Uint8Array, at: number): boolean {
  const first = byteAt(bytes, at) | LOWER;
  if (first === 99) return bytes[at + 7] === HYPHEN;
  return first === 98 || (first >= 115 && first <= 117) || first === 120;
}

const VERSION_START = 72;
const VERSION = codesOf('HTTP/1.');
/** After a loss others are not believed: what is left of a body or line can look like one. */
const METHODS = [
  'GET ',
  'POST ',
  'PUT ',
  'DELETE ',
  'PATCH ',
  'HEAD ',
  'OPTIONS ',
  'CONNECT ',
  'TRACE ',
].map(codesOf);
/** The longest of them. */
const START_BYTES_MAX = 8;

function codesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Whether what there is of the bytes goes on with the text. */
function goesOnWith(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  const end = Math.min(text.length, bytes.length - from);
  for (let offset = 0; offset < end; offset += 1) {
    if (bytes[from + offset] !== text[offset]) return false;
  }
  return true;
}

/** `HTTP/1.` and a digit. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return goesOnWith(bytes, at, VERSION) && isDigit(bytes[at + VERSION.length]);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function grown(buffer: Uint8Array, used: number, needed: number): Uint8Array {
  if (needed <= buffer.length) return buffer;
  const larger = new Uint8Array(Math.min(Math.max(needed, 2 * buffer.length), HEAD_BYTES_MAX + 1));
  larger.set(buffer.subarray(0, used));
  return larger;
}
