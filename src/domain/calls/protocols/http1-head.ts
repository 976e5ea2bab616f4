import { redact } from '../redact.ts';
import type { Correlation } from '../call.ts';
import { byteAt } from './byte-at.ts';
import { CorrelationReader } from './correlation.ts';
import { eachField, plainNumber, valueText, type FieldTaker } from './http1-fields.ts';
import type { RawHead } from './http1-head-reader.ts';
import { BAD_HEAD, CHUNKED, HOLD, UNTIL_CLOSE } from './http1-stream.ts';

/** Heads of HTTP/1 messages → what pairing, framing and reports need of them. */

export interface RequestHead {
  readonly method: string;
  readonly operation: string;
  readonly correlation: Correlation;
  readonly framing: number;
}

/** Texts are read where somebody asks for them: of failures, and of what follows 101. */
export interface ResponseHead {
  readonly status: number;
  readonly phrase: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** The protocol that follows, after 101. */
  readonly upgrade: string;
  readonly framing: number;
}

/** Content length that no header names, and one that contradicts itself. */
const NO_LENGTH = -1;
const BAD_LENGTH = -2;
const LENGTH = /^\d{1,15}$/;

/** Shorter path segments cannot hold what redaction looks for, except where these signs are. */
const SEGMENT_LENGTH_SUSPECT = 20;
const SUSPECT_SIGNS = /[@=:]|%40|%3[dD]/;
/** Nobody's is longer; more is not shown. */
const METHOD_LENGTH_MAX = 32;
const OPERATION_LENGTH_MAX = 512;

const CR = 13;
const SPACE = 32;
const HASH = 35;
const PERCENT = 37;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;
const QUESTION = 63;
const AT = 64;
const DELETE = 127;
/** ` HTTP/1.1` at the end of a request line, and `HTTP/1.1 200` at the beginning of a status line. */
const VERSION_BYTES = 9;
const STATUS_BYTES = 12;

const NO_CORRELATION: Correlation = {};
const TEXT = new TextDecoder();

const FRAMING_NAMES = ['content-length', 'transfer-encoding'];
const REQUEST_FIELDS = [
  ...FRAMING_NAMES,
  'upgrade',
  'traceparent',
  'x-request-id',
  'x-correlation-id',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'uber-trace-id',
  'sw8',
];
const ANSWER_FIELDS = FRAMING_NAMES;
const SWITCH_FIELDS = [...FRAMING_NAMES, 'upgrade'];
const FAILURE_FIELDS = [...FRAMING_NAMES, 'content-type', 'content-encoding'];

export function parseRequestHead(head: RawHead): RequestHead {
  const fields = new RequestFields();
  eachField(head, REQUEST_FIELDS, fields);
  const plain = plainOperation(head);
  const line = plain ?? lineText(head, 0);
  const method = line.slice(0, line.indexOf(' '));
  return {
    method,
    operation: plain ?? operationOf(line),
    correlation: fields.correlation?.result() ?? NO_CORRELATION,
    framing: requestFraming(method, fields),
  };
}

/** What follows in the first line, without its end. */
function lineText({ bytes, start, firstLineBytes }: RawHead, from: number): string {
  const lf = start + firstLineBytes;
  return TEXT.decode(bytes.subarray(start + from, bytes[lf - 1] === CR ? lf - 1 : lf));
}

/** The operation of a request line that needs nothing taken from it but the query; null for the few others. */
function plainOperation({ bytes, start, firstLineBytes }: RawHead): string | null {
  let at = start;
  while (byteAt(bytes, at) !== SPACE) at += 1;
  if (bytes[at + 1] !== SLASH || at - start > METHOD_LENGTH_MAX) return null;
  const lf = start + firstLineBytes;
  const targetEnd = (bytes[lf - 1] === CR ? lf - 1 : lf) - VERSION_BYTES;
  const end = plainPathEnd(bytes, at + 1, targetEnd);
  return end < 0 ? null : TEXT.decode(bytes.subarray(start, end));
}

/** Where the path ends; -1 when somebody must look at it more closely. */
function plainPathEnd(bytes: Uint8Array, from: number, to: number): number {
  let segmentAt = from + 1;
  let at = segmentAt;
  for (; at < to; at += 1) {
    const byte = byteAt(bytes, at);
    if (byte === QUESTION || byte === HASH) break;
    if (byte === SLASH) segmentAt = at + 1;
    else if (!isPlain(byte) || at - segmentAt >= SEGMENT_LENGTH_SUSPECT - 1) return -1;
  }
  return at - from > OPERATION_LENGTH_MAX ? -1 : at;
}

/** Printable ASCII that no secret or address needs. */
function isPlain(byte: number): boolean {
  if (byte <= SPACE || byte >= DELETE) return false;
  return byte !== AT && byte !== EQUALS && byte !== COLON && byte !== PERCENT;
}

/** Method and path of a request line that has a version; without query, fragment, scheme and host. */
export function operationOf(line: string): string {
  const space = line.indexOf(' ');
  const method = line.slice(0, space);
  const target = line.slice(space + 1, line.lastIndexOf(' '));
  const of = method === 'CONNECT' ? target : safePath(pathOf(target.trim()));
  return `${method.slice(0, METHOD_LENGTH_MAX)} ${of.slice(0, OPERATION_LENGTH_MAX)}`.trimEnd();
}

function pathOf(target: string): string {
  let path = target;
  if (path.charCodeAt(0) !== 47) {
    const authority = path.indexOf('://');
    if (authority > 0) {
      const slash = path.indexOf('/', authority + 3);
      path = slash < 0 ? '/' : path.slice(slash);
    }
  }
  const query = path.indexOf('?');
  if (query >= 0) path = path.slice(0, query);
  const fragment = path.indexOf('#');
  return fragment < 0 ? path : path.slice(0, fragment);
}

function safePath(path: string): string {
  if (path.length <= SEGMENT_LENGTH_SUSPECT && !SUSPECT_SIGNS.test(path)) return path;
  const cut = path.slice(0, OPERATION_LENGTH_MAX);
  if (!cut.split('/').some((part) => isSuspect(part))) return cut;
  return cut
    .split('/')
    .map((part) => (isSuspect(part) ? redact(part) : part))
    .join('/');
}

function isSuspect(part: string): boolean {
  return part.length >= SEGMENT_LENGTH_SUSPECT || SUSPECT_SIGNS.test(part);
}

function requestFraming(method: string, fields: RequestFields): number {
  if (method === 'CONNECT') return HOLD;
  if (fields.transferEncoding !== '') {
    return isChunked(fields.transferEncoding) ? CHUNKED : BAD_HEAD;
  }
  if (fields.contentLength === BAD_LENGTH) return BAD_HEAD;
  if (fields.contentLength > 0) return fields.contentLength;
  return fields.upgrade === '' ? 0 : HOLD;
}

/** @param method - Of the request, which decides whether there can be a body. */
export function parseResponseHead(head: RawHead, method: string): ResponseHead {
  const status = statusAt(head.bytes, head.start + STATUS_BYTES - 3);
  const fields = new ResponseFields();
  eachField(head, answerFieldsOf(status), fields);
  return {
    status,
    phrase: status < 400 ? '' : lineText(head, STATUS_BYTES).trim(),
    contentType: fields.contentType.toLowerCase(),
    contentEncoding: fields.contentEncoding.toLowerCase(),
    upgrade: fields.upgrade,
    framing: responseFraming(status, method, fields),
  };
}

/** Three digits. */
function statusAt(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) * 100 + byteAt(bytes, at + 1) * 10 + byteAt(bytes, at + 2) - 48 * 111;
}

function answerFieldsOf(status: number): readonly string[] {
  if (status >= 400) return FAILURE_FIELDS;
  return status === 101 ? SWITCH_FIELDS : ANSWER_FIELDS;
}

function responseFraming(status: number, method: string, fields: ResponseFields): number {
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return 0;
  if (fields.transferEncoding !== '') {
    return isChunked(fields.transferEncoding) ? CHUNKED : UNTIL_CLOSE;
  }
  return fields.contentLength >= 0 ? fields.contentLength : UNTIL_CLOSE;
}

function isChunked(transferEncoding: string): boolean {
  return /(?:^|[,\s])chunked\s*$/i.test(transferEncoding);
}

class FramingFields implements FieldTaker {
  contentLength = NO_LENGTH;
  transferEncoding = '';

  take(name: string, bytes: Uint8Array, from: number, to: number): void {
    if (name === 'content-length') this.#takeLengthAt(bytes, from, to);
    else {
      const value = valueText(bytes, from, to);
      this.transferEncoding =
        this.transferEncoding === '' ? value : `${this.transferEncoding},${value}`;
    }
  }

  #takeLengthAt(bytes: Uint8Array, from: number, to: number): void {
    const length = this.contentLength === NO_LENGTH ? plainNumber(bytes, from, to) : -1;
    if (length >= 0) this.contentLength = length;
    else for (const part of valueText(bytes, from, to).split(',')) this.#takeOneLength(part.trim());
  }

  /** Repeated equal lengths are one. */
  #takeOneLength(text: string): void {
    const length = LENGTH.test(text) ? Number(text) : BAD_LENGTH;
    const isSame = this.contentLength === NO_LENGTH || this.contentLength === length;
    this.contentLength = isSame ? length : BAD_LENGTH;
  }
}

class RequestFields extends FramingFields {
  upgrade = '';
  correlation: CorrelationReader | null = null;

  override take(name: string, bytes: Uint8Array, from: number, to: number): void {
    if (FRAMING_NAMES.includes(name)) super.take(name, bytes, from, to);
    else if (name === 'upgrade') this.upgrade = valueText(bytes, from, to);
    else {
      this.correlation ??= new CorrelationReader();
      this.correlation.take(name, valueText(bytes, from, to));
    }
  }
}

class ResponseFields extends FramingFields {
  contentType = '';
  contentEncoding = '';
  upgrade = '';

  override take(name: string, bytes: Uint8Array, from: number, to: number): void {
    if (name === 'content-type') this.contentType = valueText(bytes, from, to);
    else if (name === 'content-encoding') this.contentEncoding = valueText(bytes, from, to);
    else if (name === 'upgrade') this.upgrade = valueText(bytes, from, to);
    else super.take(name, bytes, from, to);
  }
}
