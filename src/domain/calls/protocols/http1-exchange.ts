import type { Correlation } from '../call.ts';
import { redact, REDACTED_BYTES_MAX } from '../redact.ts';
import type { DecodedCall } from './decoder.ts';
import type { ResponseHead } from './http1-head.ts';
import { OK, type Ending } from './transport.ts';
import { invariant } from '../../errors.ts';

/** One HTTP/1 request with what is known of its answer, and how its status is judged. */

/** Start of an error body that is kept until the answer is complete: enough to find its message. */
const BODY_BYTES_KEPT = 2_048;
const PHRASE_LENGTH_MAX = 64;
const PLAIN_PHRASE = /^[A-Za-z' -]{0,64}$/;
const NO_CORRELATION: Correlation = {};
const NOTHING = new Uint8Array(0);

export class Exchange {
  readonly index: number;
  readonly startedAtUs: number;
  /** When its last byte came; null while it is not complete. */
  askedAtUs: number | null = null;
  method = '';
  operation = '';
  correlation: Correlation = NO_CORRELATION;
  /** Pairing is a guess, or bytes of it were lost. */
  isLow = false;
  /** It cannot be told which answer is this one's. */
  isAmbiguous = false;
  /** An answer that nobody was seen to ask for. */
  isOrphan = false;
  firstByteAtUs: number | null = null;
  /** The final answer's head, once seen. */
  head: ResponseHead | null = null;
  #body = NOTHING;

  constructor(index: number, startedAtUs: number) {
    this.index = index;
    this.startedAtUs = startedAtUs;
  }

  get name(): string {
    return this.operation === '' ? 'unknown' : this.operation;
  }

  /** Whether an answer has a body depends on the method: without it nobody knows where it ends. */
  get isBodyTold(): boolean {
    return this.method !== '' && !this.isOrphan;
  }

  get wantsBody(): boolean {
    return this.head !== null && this.head.status >= 400 && this.#body.length < BODY_BYTES_KEPT;
  }

  keepBody(bytes: Uint8Array, from: number, to: number): void {
    const piece = bytes.subarray(from, Math.min(to, from + BODY_BYTES_KEPT - this.#body.length));
    const body = new Uint8Array(this.#body.length + piece.length);
    body.set(this.#body);
    body.set(piece, this.#body.length);
    this.#body = body;
  }

  /** It cannot be told which answer was this one's. */
  forgetAnswer(): void {
    this.head = null;
    this.firstByteAtUs = null;
  }

  /** Of an exchange whose answer was seen. */
  get answeredHead(): ResponseHead {
    invariant(this.head !== null, 'an answer is told before its head was read');
    return this.head;
  }

  /** How the status it was answered with is told. */
  endingByStatus(server: string): Ending {
    const head = this.answeredHead;
    if (head.status < 400) return OK;
    return {
      outcome: outcomeOfStatus(head.status),
      errorType: String(head.status),
      reason: this.#reason(head, server),
    };
  }

  toCall(ending: Ending, endedAtUs: number | null): DecodedCall {
    return {
      index: this.index,
      protocol: 'http',
      operation: this.name,
      startedAtUs: this.startedAtUs,
      firstByteAtUs: this.firstByteAtUs,
      endedAtUs,
      outcome: ending.outcome,
      errorType: ending.errorType,
      reason: ending.reason,
      status: this.head?.status ?? null,
      correlation: this.correlation,
      confidence: this.isLow || this.isAmbiguous ? 'low' : 'high',
    };
  }

  #reason(head: ResponseHead, server: string): string {
    const said = phraseOf(head);
    const text = bodyText(head, this.#body);
    const line = `${head.status}${said} from ${server} ${this.name}`;
    return text === '' ? line : `${line}: ${text}`;
  }
}

export function outcomeOfStatus(status: number): Ending['outcome'] {
  if (status === 408 || status === 504) return 'timeout';
  if (status >= 600) return 'unknown';
  return status >= 500 ? 'server_error' : 'client_error';
}

function phraseOf(head: ResponseHead): string {
  const phrase = PLAIN_PHRASE.test(head.phrase)
    ? head.phrase
    : redact(head.phrase.slice(0, PHRASE_LENGTH_MAX));
  const said = phrase === '' ? '' : ` ${phrase}`;
  return head.status === 429 ? `${said} (rate_limited)` : said;
}

/** What an error body says, redacted, at most 256 bytes; empty when it is not text. */
function bodyText(head: ResponseHead, body: Uint8Array): string {
  if (body.length === 0) return '';
  if (head.contentEncoding !== '' && head.contentEncoding !== 'identity') {
    return `(body compressed with ${redact(head.contentEncoding.slice(0, 16))})`;
  }
  if (/\bjson\b/u.test(head.contentType)) return redact(messageOf(decode(body)));
  if (!head.contentType.startsWith('text/')) return '';
  const text = decode(body);
  const plain = head.contentType.startsWith('text/html') ? withoutTags(text) : text;
  return redact(plain.replace(/\s+/gu, ' ').trim());
}

function decode(body: Uint8Array): string {
  return new TextDecoder().decode(body).replace(/\uFFFD$/u, '');
}

function withoutTags(html: string): string {
  return html
    .replace(/<(style|script)\b[\s\S]*?(?:<\/\1>|$)/giu, ' ')
    .replace(/<[^<>]*(?:>|$)/gu, ' ');
}

/** Keys under which frameworks put what went wrong, best first. */
const MESSAGE_KEYS = ['message', 'error', 'detail'];

/** The message in a JSON error body, also in one that was cut; else the beginning of the body. */
function messageOf(json: string): string {
  return messageIn(parsed(json)) ?? messageByPattern(json) ?? json.replace(/\s+/gu, ' ').trim();
}

function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch {
    return undefined;
  }
}

function messageIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const entries = new Map(Object.entries(value));
  for (const key of MESSAGE_KEYS) {
    const found: unknown = entries.get(key);
    if (typeof found === 'string' && found !== '') return found;
  }
  const nested: unknown = entries.get('error');
  return Array.isArray(nested) ? null : nestedMessage(nested);
}

function nestedMessage(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const message: unknown = new Map<string, unknown>(Object.entries(value)).get('message');
  return typeof message === 'string' && message !== '' ? message : null;
}

function messageByPattern(json: string): string | null {
  for (const key of MESSAGE_KEYS) {
    const match = new RegExp(`"${key}"\\s{0,8}:\\s{0,8}"((?:[^"\\\\]|\\\\.)*)`, 'u').exec(json);
    if (match?.[1] !== undefined && match[1] !== '')
      return match[1].slice(0, 4 * REDACTED_BYTES_MAX);
  }
  return null;
}
