import { byteAt } from '../byte-at.ts';
import { BAD_LINE, LineReader, NO_BLOCK } from '../bytes/lines.ts';
import { NOTHING, type PartialMessage, type StreamReader } from '../bytes/reader.ts';

/** RESP2 and RESP3 as far as calls are concerned: what kind of value, its first words, its errors. */

export interface RespValue {
  /** The first sign of it: `+ - : $ *` and what RESP3 added; `inline` for a command written as a line. */
  readonly kind: string;
  /** Nothing at all: `$-1`, `*-1`, `_`. */
  readonly isNull: boolean;
  /** First texts inside it, or itself; numbers too. */
  readonly words: readonly string[];
  /** Errors it is made of, with their place in it; an error itself is at place 0. */
  readonly errors: readonly { readonly place: number; readonly text: string }[];
  readonly startedAtUs: number;
  readonly atUs: number;
}

const WORDS_MAX = 3;
const WORD_LENGTH_MAX = 256;
const ERRORS_MAX = 64;
const DEPTH_MAX = 32;
const DIGITS = /^-?\d{1,15}$/u;
const ERROR_LENGTH_MAX = 1_024;
const TEXT = new TextDecoder();

type Form = 'simple' | 'error' | 'counted' | 'aggregate' | 'none';

const FORMS: ReadonlyMap<string, Form> = new Map([
  ...Array.from('+:_,#(', (kind): [string, Form] => [kind, 'simple']),
  ...Array.from('$=!', (kind): [string, Form] => [kind, 'counted']),
  ...Array.from('*~>%|', (kind): [string, Form] => [kind, 'aggregate']),
  ['-', 'error'],
]);

/** Elements that are still to come. */
interface Level {
  left: number;
  /** Before the value it belongs to. */
  readonly isAttribute: boolean;
}

interface RespHandler {
  onValue(value: RespValue): void;
  onTrouble(atUs: number): void;
}

/** Whether a line is the beginning of a value in RESP. */
export function isRespLine(line: string): boolean {
  return /^(?:[+\-(,=!][ -~]*|[:$*~%>|]-?\d{1,15}|_|#[tf])\r?$/u.test(line);
}

export class RespReader implements StreamReader {
  readonly #lines: LineReader;
  readonly #handler: RespHandler;
  readonly #isClient: boolean;
  readonly #levels: Level[] = [];
  #kind = '';
  #isNull = false;
  #words: string[] = [];
  #errors: { place: number; text: string }[] = [];
  #place = 0;
  #startedAtUs = 0;
  #isErrorBlock = false;
  #blockBytes = 0;
  #isOpen = false;
  readonly #takers: Readonly<
    Record<Form, (line: Uint8Array, atUs: number, kind: string) => number>
  > = {
    simple: (line, atUs, kind) => this.#takeSimple(kind, line, atUs),
    error: (line, atUs) => this.#takeError(line, atUs),
    counted: (line, atUs, kind) => this.#takeCounted(kind, line, atUs),
    aggregate: (line, atUs, kind) => this.#takeAggregate(kind, line, atUs),
    none: (line, atUs) => this.#takeInline(line, atUs),
  };

  /** @param isClient - Clients may write commands as plain lines. */
  constructor(isClient: boolean, handler: RespHandler) {
    this.#isClient = isClient;
    this.#handler = handler;
    this.#lines = new LineReader({
      onLine: (line, atUs) => this.#takeLine(line, atUs),
      onBlock: (start, atUs) => this.#takeBlock(start, atUs),
      canBegin: (bytes) => this.#canBegin(bytes),
      onTrouble: (atUs) => {
        this.#forget();
        handler.onTrouble(atUs);
      },
    });
  }

  get isIdle(): boolean {
    return !this.#isOpen && this.#lines.isIdle;
  }

  get partial(): PartialMessage | null {
    const partial = this.#lines.partial;
    return this.#isOpen ? { got: partial?.got ?? 1, whole: null } : partial;
  }

  push(bytes: Uint8Array, atUs: number): void {
    this.#lines.push(bytes, atUs);
  }

  lose(count: number, atUs: number): boolean {
    if (this.#lines.lose(count, atUs)) return true;
    this.#forget();
    return false;
  }

  #canBegin(bytes: Uint8Array): boolean {
    const text = TEXT.decode(bytes.subarray(0, 64));
    if (this.#isClient) return /^\*\d{1,7}\r\n(?:$|\$\d)/u.test(text);
    const lf = text.indexOf('\n');
    return lf > 0 && text[lf - 1] === '\r' && isRespLine(text.slice(0, lf));
  }

  #takeLine(line: Uint8Array, atUs: number): number {
    if (line.length === 0) return this.#isClient && !this.#isOpen ? NO_BLOCK : BAD_LINE;
    const kind = String.fromCharCode(byteAt(line, 0));
    const form = FORMS.get(kind) ?? 'none';
    if (form === 'none' && (this.#isOpen || !this.#isClient)) return BAD_LINE;
    if (!this.#isOpen) this.#open(kind, atUs);
    return this.#takers[form](line, atUs, kind);
  }

  #takeSimple(kind: string, line: Uint8Array, atUs: number): number {
    if (kind === '_') this.#isNull ||= this.#levels.length === 0;
    this.#word(line.subarray(1));
    this.#complete(atUs);
    return NO_BLOCK;
  }

  #takeError(line: Uint8Array, atUs: number): number {
    this.#error(line.subarray(1));
    this.#complete(atUs);
    return NO_BLOCK;
  }

  #takeCounted(kind: string, line: Uint8Array, atUs: number): number {
    const count = countOf(line);
    if (count === null) return BAD_LINE;
    this.#isErrorBlock = kind === '!';
    this.#blockBytes = count;
    if (count >= 0) return count;
    this.#isNull ||= this.#levels.length === 0;
    this.#complete(atUs);
    return NO_BLOCK;
  }

  #takeAggregate(kind: string, line: Uint8Array, atUs: number): number {
    const isAttribute = kind === '|';
    const width = isAttribute || kind === '%' ? 2 : 1;
    const count = countOf(line);
    if (count === null || this.#levels.length >= DEPTH_MAX) return BAD_LINE;
    if (count > 0) this.#levels.push({ left: count * width, isAttribute });
    else if (!isAttribute) {
      this.#isNull ||= count < 0 && this.#levels.length === 0;
      this.#complete(atUs);
    }
    return NO_BLOCK;
  }

  #takeInline(line: Uint8Array, atUs: number): number {
    const text = TEXT.decode(line.subarray(0, WORD_LENGTH_MAX));
    if (!/^[A-Za-z][\w.|-]{0,31}(?:[ \t]|$)/u.test(text)) return BAD_LINE;
    this.#kind = 'inline';
    this.#words = text.trim().split(/[ \t]+/u, WORDS_MAX);
    this.#complete(atUs);
    return NO_BLOCK;
  }

  /** Words in which bytes were lost are none. */
  #takeBlock(start: Uint8Array, atUs: number): void {
    if (this.#isErrorBlock) this.#error(start);
    else if (start.length < Math.min(this.#blockBytes, WORD_LENGTH_MAX)) this.#word(NOTHING);
    else this.#word(start);
    this.#complete(atUs);
  }

  #open(kind: string, atUs: number): void {
    this.#isOpen = true;
    this.#kind = kind;
    this.#startedAtUs = atUs;
  }

  #isInAttribute(): boolean {
    return this.#levels.some((level) => level.isAttribute);
  }

  #word(bytes: Uint8Array): void {
    if (this.#words.length >= WORDS_MAX || this.#isInAttribute()) return;
    this.#words.push(TEXT.decode(bytes.subarray(0, WORD_LENGTH_MAX)));
  }

  #error(bytes: Uint8Array): void {
    if (this.#errors.length >= ERRORS_MAX || this.#levels.length > 1) return;
    const text = TEXT.decode(bytes.subarray(0, ERROR_LENGTH_MAX));
    this.#errors.push({ place: this.#place, text });
  }

  /** A value is complete, and with it all that waited for only that. */
  #complete(atUs: number): void {
    if (this.#levels.length === 1) this.#place += 1;
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      level.left -= 1;
      if (level.left > 0) return;
      this.#levels.pop();
      if (level.isAttribute) return;
      if (this.#levels.length === 1) this.#place += 1;
    }
    const value: RespValue = {
      kind: this.#kind,
      isNull: this.#isNull,
      words: this.#words,
      errors: this.#errors,
      startedAtUs: this.#startedAtUs,
      atUs,
    };
    this.#forget();
    this.#handler.onValue(value);
  }

  #forget(): void {
    this.#levels.length = 0;
    this.#isOpen = false;
    this.#isNull = false;
    this.#words = [];
    this.#errors = [];
    this.#place = 0;
    this.#isErrorBlock = false;
  }
}

function countOf(line: Uint8Array): number | null {
  const text = TEXT.decode(line.subarray(1, 20));
  return DIGITS.test(text) ? Number(text) : null;
}
