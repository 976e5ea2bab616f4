import { redact } from '../redact.ts';
import type { Correlation } from '../call.ts';
import { CorrelationReader } from './correlation.ts';
import { BAD_HEAD, CHUNKED, HOLD, UNTIL_CLOSE } from './http1-stream.ts';

/** Heads of HTTP/1 messages as text → what pairing, framing and reports need of them. */

export interface RequestHead {
  readonly method: string;
  readonly operation: string;
  readonly correlation: Correlation;
  readonly framing: number;
}

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
const OPERATION_LENGTH_MAX = 512;

const CR = 13;
const SPACE = 32;
const HYPHEN = 45;
/** Turns ASCII capitals into small letters, by or. */
const LOWER = 32;
const TAB = 9;

export function parseRequestHead(head: string): RequestHead {
  const fields = new RequestFields();
  eachField(head, fields);
  const line = firstLineOf(head);
  const method = line.slice(0, line.indexOf(' '));
  return {
    method,
    operation: operationOf(line),
    correlation: fields.correlation.result(),
    framing: requestFraming(method, fields),
  };
}

/** Method and path of a request line that has a version; without query, fragment, scheme and host. */
export function operationOf(line: string): string {
  const space = line.indexOf(' ');
  const method = line.slice(0, space);
  const target = line.slice(space + 1, line.lastIndexOf(' '));
  return `${method} ${method === 'CONNECT' ? target : safePath(pathOf(target.trim()))}`.trimEnd();
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
export function parseResponseHead(head: string, method: string): ResponseHead {
  const fields = new ResponseFields();
  eachField(head, fields);
  const line = firstLineOf(head);
  const status = Number(line.slice(9, 12));
  return {
    status,
    phrase: line.slice(13).trim(),
    contentType: fields.contentType.toLowerCase(),
    contentEncoding: fields.contentEncoding.toLowerCase(),
    upgrade: fields.upgrade,
    framing: responseFraming(status, method, fields),
  };
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

function firstLineOf(head: string): string {
  const lf = head.indexOf('\n');
  return head.charCodeAt(lf - 1) === CR ? head.slice(0, lf - 1) : head.slice(0, lf);
}

class FramingFields {
  contentLength = NO_LENGTH;
  transferEncoding = '';

  take(name: string, value: string): void {
    if (name === 'content-length') this.#takeLength(value);
    else if (name === 'transfer-encoding') {
      this.transferEncoding =
        this.transferEncoding === '' ? value : `${this.transferEncoding},${value}`;
    }
  }

  #takeLength(value: string): void {
    const isPlain = this.contentLength === NO_LENGTH && LENGTH.test(value);
    if (isPlain) this.contentLength = Number(value);
    else for (const part of value.split(',')) this.#takeOneLength(part.trim());
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
  readonly correlation = new CorrelationReader();

  override take(name: string, value: string): void {
    if (name === 'upgrade') this.upgrade = value;
    else if (!this.correlation.take(name, value)) super.take(name, value);
  }
}

class ResponseFields extends FramingFields {
  contentType = '';
  contentEncoding = '';
  upgrade = '';

  override take(name: string, value: string): void {
    if (name === 'content-type') this.contentType = value;
    else if (name === 'content-encoding') this.contentEncoding = value;
    else if (name === 'upgrade') this.upgrade = value;
    else super.take(name, value);
  }
}

/** Whether a line may be one that anybody above asks for, by letters that cost nothing to look at. */
function isOfInterest(head: string, at: number): boolean {
  const first = head.charCodeAt(at) | LOWER;
  if (first === 99) return head.charCodeAt(at + 7) === HYPHEN;
  return first === 98 || (first >= 115 && first <= 117) || first === 120;
}

/** A head ends with a line end. Gives each header line's name in lower case and value; continued lines count as one. */
function eachField(head: string, fields: FramingFields): void {
  let at = head.indexOf('\n') + 1;
  while (at < head.length) {
    let end = head.indexOf('\n', at);
    while (isBlank(head.charCodeAt(end + 1))) end = head.indexOf('\n', end + 1);
    if (isOfInterest(head, at)) takeField(head.slice(at, end), fields);
    at = end + 1;
  }
}

function takeField(line: string, fields: FramingFields): void {
  const colon = line.indexOf(':');
  if (colon <= 0) return;
  const value = line.slice(colon + 1);
  const unfolded = value.includes('\n') ? value.replace(/\r?\n[ \t]+/gu, ' ') : value;
  fields.take(line.slice(0, colon).trimEnd().toLowerCase(), unfolded.trim());
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
