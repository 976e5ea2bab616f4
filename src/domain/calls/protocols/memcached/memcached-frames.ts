import { byteAt } from '../byte-at.ts';
import { Cursor } from '../bytes/cursor.ts';
import { MORE, NONE } from '../bytes/frames.ts';

/** Memcached's binary protocol: a head of 24 bytes, then extras, key and value. */

export const REQUEST = 0x80;
export const RESPONSE = 0x81;
const HEAD_BYTES = 24;
const BODY_BYTES_MAX = 0x4000_0000;

export interface BinaryHead {
  readonly opcode: number;
  readonly keyBytes: number;
  readonly extrasBytes: number;
  /** Of an answer. */
  readonly status: number;
  readonly bodyBytes: number;
  /** What the client called it; it need not be another one each time. */
  readonly opaque: number;
}

/** `name`, and `q` for those that are answered only when there is something to say. */
const NAMES = (
  'get set add replace delete incr decr quit flush_all get/q noop version get get/q append prepend stats ' +
  'set/q add/q replace/q delete/q incr/q decr/q quit/q flush_all/q append/q prepend/q verbosity touch gat gat/q ' +
  '. sasl_list sasl_auth sasl_step gat gat/q'
).split(' ');
export const STATS = 0x10;
export const NO_MORE_STATS = 0;

export interface BinaryCommand {
  readonly operation: string;
  readonly isQuiet: boolean;
}

/** Null for what is none. */
export function commandOf(opcode: number): BinaryCommand | null {
  const [operation = '.', quiet] = (NAMES[opcode] ?? '.').split('/');
  return operation === '.' ? null : { operation, isQuiet: quiet !== undefined };
}

export function readHead(bytes: Uint8Array): BinaryHead {
  const cursor = new Cursor(bytes, 1);
  const opcode = cursor.uint8();
  const keyBytes = cursor.uint16();
  const extrasBytes = cursor.uint8();
  cursor.skip(1);
  const status = cursor.uint16();
  const bodyBytes = cursor.int32();
  return { opcode, keyBytes, extrasBytes, status, bodyBytes, opaque: cursor.int32() };
}

/** @param magic - With which messages of that side begin. */
export function measure(bytes: Uint8Array, magic: number): number {
  if (byteAt(bytes, 0) !== magic) return NONE;
  if (bytes.length < HEAD_BYTES) return MORE;
  const { opcode, keyBytes, extrasBytes, bodyBytes } = readHead(bytes);
  const isHead =
    commandOf(opcode) !== null &&
    byteAt(bytes, 5) === 0 &&
    keyBytes <= 250 &&
    bodyBytes >= keyBytes + extrasBytes &&
    bodyBytes <= BODY_BYTES_MAX;
  return isHead ? HEAD_BYTES + bodyBytes : NONE;
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(HEAD_BYTES));
}
