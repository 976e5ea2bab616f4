import { byteAt } from '../byte-at.ts';
import { Cursor } from '../bytes/cursor.ts';
import { MORE, NONE } from '../bytes/frames.ts';
import { BINARY, COMPACT, EXCEPTION, ONEWAY, type Wire } from './wires.ts';

/** The beginning of a message of Thrift, up to its first field; in a frame or not. */

export interface ThriftHead {
  readonly wire: Wire;
  readonly kind: number;
  readonly name: string;
  /** Chosen by the client; some always take 0. */
  readonly number: number;
  readonly bytes: number;
  /** What follows in the frame; null outside of frames. */
  readonly frameRest: number | null;
}

const FRAME_BYTES_MAX = 268_435_456;
const LENGTH_BYTES = 4;
const NAME_LENGTH_MAX = 256;
const NAME = /^[\w.:$/-]+$/u;
const SIGN_MIN = 0x80;
const WIRES: ReadonlyMap<number, Wire> = new Map([
  [SIGN_MIN, BINARY],
  [0x82, COMPACT],
]);
const VERSION = 1;

/** The head at the beginning of these bytes, or `MORE`, or `NONE`. */
export function readHead(bytes: Uint8Array): ThriftHead | typeof MORE | typeof NONE {
  const isFramed = byteAt(bytes, 0) < SIGN_MIN;
  if (!isFramed) return readMessage(bytes, 0, null);
  if (bytes.length <= LENGTH_BYTES) return byteAt(bytes, 0) > 0x10 ? NONE : MORE;
  const length = new Cursor(bytes).int32();
  return length > FRAME_BYTES_MAX ? NONE : readMessage(bytes, LENGTH_BYTES, length);
}

function readMessage(
  bytes: Uint8Array,
  at: number,
  frame: number | null,
): ThriftHead | typeof MORE | typeof NONE {
  const wire = WIRES.get(byteAt(bytes, at));
  if (wire === undefined) return NONE;
  const cursor = new Cursor(bytes, at + 1);
  const { kind, number, name } = wire === BINARY ? binaryHead(cursor) : compactHead(cursor);
  if (name === null) return kind === NONE ? NONE : MORE;
  const frameRest = frame === null ? null : frame + at - cursor.at;
  const isWhole = NAME.test(name) && (frameRest === null || frameRest > 0);
  return isWhole ? { wire, kind, name, number, bytes: cursor.at, frameRest } : NONE;
}

interface Head {
  /** `NONE` when what is there cannot be one. */
  readonly kind: number;
  /** Null when it did not come whole. */
  readonly name: string | null;
  readonly number: number;
}

const WRONG: Head = { kind: NONE, name: null, number: 0 };
const CUT: Head = { kind: MORE, name: null, number: 0 };

function binaryHead(cursor: Cursor): Head {
  const version = cursor.uint8();
  const unused = cursor.uint8();
  const kind = cursor.uint8();
  if (version > VERSION || unused !== 0) return WRONG;
  if (cursor.isShort) return CUT;
  const length = cursor.int32();
  if (version !== VERSION || !isKind(kind) || !isNameLength(cursor, length)) return WRONG;
  const name = cursor.text(length);
  const number = cursor.int32();
  return cursor.isShort ? CUT : { kind, name, number };
}

function compactHead(cursor: Cursor): Head {
  const byte = cursor.uint8();
  if (cursor.isShort) return CUT;
  const kind = byte >> 5;
  if ((byte & 0x1f) !== VERSION || !isKind(kind)) return WRONG;
  const number = cursor.varint();
  const length = cursor.varint();
  if (!isNameLength(cursor, length)) return WRONG;
  const name = cursor.text(length);
  return cursor.isShort ? CUT : { kind, name, number };
}

function isKind(kind: number): boolean {
  return kind > 0 && kind <= ONEWAY;
}

function isNameLength(cursor: Cursor, length: number): boolean {
  return cursor.isShort || (length > 0 && length <= NAME_LENGTH_MAX);
}

/** Which side such a message comes from. */
export function isAnswer({ kind }: ThriftHead): boolean {
  return kind > 1 && kind <= EXCEPTION;
}
