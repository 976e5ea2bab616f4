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

/**
 * Finds the heads of messages in one direction. A head that lies in one piece is not copied.
 *
 * While `isResyncing`, what cannot begin a message is skipped: to the next `HTTP/1.` for answers; line by
 * line for requests, a piece counting as the beginning of a line, since requests begin segments.
 */
export class HeadReader {
  isResyncing = false;
  /** The head, after `head`. */
  text = '';
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
    const end = this.#findEnd(bytes, start);
    if (end === INCOMPLETE) return this.#keep(bytes, start);
    if (end < 0) return this.#refuse(end, bytes, start);
    this.next = end;
    return this.#take(bytes.subarray(start, end));
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
    if (this.isResyncing && before < VERSION.length && !this.#continuesVersion(bytes, from)) {
      this.drop();
      this.next = from;
      return 'more';
    }
    const taken = Math.min(bytes.length - from, HEAD_BYTES_MAX + 1 - before);
    const buffer = grown(carry, before, before + taken);
    buffer.set(bytes.subarray(from, from + taken), before);
    this.#carry = buffer;
    this.#carried = before + taken;
    const head = buffer.subarray(0, this.#carried);
    const end = this.#findEnd(head, 0);
    this.next = from + taken;
    if (end === INCOMPLETE) {
      this.#searched = this.#carried;
      return 'more';
    }
    this.drop();
    if (end >= 0) {
      this.next = from + end - before;
      return this.#take(head.subarray(0, end));
    }
    const result = this.#refuse(end, head, 0);
    this.next = from + (end === BAD_LINE ? this.#badLineBytes - before : taken);
    return result;
  }

  /** Offset after the blank line of the head that begins at `start`, or why there is none. */
  #findEnd(bytes: Uint8Array, start: number): number {
    for (;;) {
      const line = this.#lineStart;
      const lf = bytes.indexOf(LF, this.#searched);
      const lineEnd = lf < 0 ? bytes.length : lf;
      if (lineEnd - line > LINE_BYTES_MAX || lineEnd - start >= HEAD_BYTES_MAX) return TOO_LARGE;
      if (lf < 0) return INCOMPLETE;
      if (line === start && !this.#canBeFirstLine(bytes, line, lf)) {
        this.#badLineBytes = lf + 1 - start;
        return BAD_LINE;
      }
      if (isBlankLine(bytes, line, lf)) return lf + 1;
      this.#lineStart = lf + 1;
      this.#searched = lf + 1;
    }
  }

  #take(head: Uint8Array): HeadResult {
    if (this.isResyncing) this.#onStart(this.#startedAtUs);
    this.isResyncing = false;
    this.text = TEXT.decode(head);
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
    if (this.#kind === 'request') {
      const lf = bytes.indexOf(LF, start);
      return lf < 0 ? bytes.length : lf + 1;
    }
    let at = bytes.indexOf(VERSION_START, start);
    while (at >= 0 && !matchesVersion(bytes, at, 0)) at = bytes.indexOf(VERSION_START, at + 1);
    return at < 0 ? bytes.length : at;
  }

  /** The few bytes carried are the beginning of an answer's version; do these go on with it? */
  #continuesVersion(bytes: Uint8Array, from: number): boolean {
    return this.#kind === 'request' || matchesVersion(bytes, from, this.#carried);
  }

  #canBegin(bytes: Uint8Array, at: number): boolean {
    const byte = byteAt(bytes, at);
    if (this.#kind === 'response') {
      return byte === VERSION_START && (!this.isResyncing || matchesVersion(bytes, at, 0));
    }
    return (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
  }

  #canBeFirstLine(bytes: Uint8Array, from: number, lf: number): boolean {
    if (this.#kind === 'response') return isStatusLine(bytes, from, lf);
    const end = bytes[lf - 1] === CR ? lf - 1 : lf;
    return end - from >= 12 && bytes[end - 9] === 32 && isVersion(bytes, end - 8);
  }
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

const VERSION_START = 72;
const VERSION = [VERSION_START, 84, 84, 80, 47, 49, 46];

/** Whether what there is of the bytes goes on with `HTTP/1.` after so many bytes of it. */
function matchesVersion(bytes: Uint8Array, from: number, before: number): boolean {
  const end = Math.min(VERSION.length - before, bytes.length - from);
  for (let offset = 0; offset < end; offset += 1) {
    if (bytes[from + offset] !== VERSION[before + offset]) return false;
  }
  return true;
}

/** `HTTP/1.` and a digit. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  for (let offset = 0; offset < VERSION.length; offset += 1) {
    if (bytes[at + offset] !== VERSION[offset]) return false;
  }
  return isDigit(bytes[at + VERSION.length]);
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
