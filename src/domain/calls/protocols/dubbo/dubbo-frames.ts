import { byteAt } from '../byte-at.ts';
import { Cursor } from '../bytes/cursor.ts';
import { MORE, NONE } from '../bytes/frames.ts';
import { STATUSES } from './dubbo-statuses.ts';

/** The head of a message of Dubbo 2: what kind it is, whose number it has, how long it is. */

export const HEAD_BYTES = 16;
const MAGIC = 0xdabb;
/** Providers refuse more than 8 MB unless they are told otherwise. */
const BODY_BYTES_MAX = 268_435_456;

const REQUEST = 0x80;
const TWO_WAY = 0x40;
const EVENT = 0x20;
const SERIALIZATION = 0x1f;

export interface DubboHead {
  readonly isRequest: boolean;
  readonly isTwoWay: boolean;
  /** Heartbeats, and a provider that goes away. */
  readonly isEvent: boolean;
  readonly serialization: number;
  readonly status: number;
  /** The lower 53 bits of it. */
  readonly id: number;
}

/** Of `HEAD_BYTES` at least; else what is missing is zero. */
export function readHead(bytes: Uint8Array): DubboHead {
  const cursor = new Cursor(bytes, 2);
  const flags = cursor.uint8();
  const status = cursor.uint8();
  const high = cursor.int32() & 0x1fffff;
  return {
    isRequest: (flags & REQUEST) !== 0,
    isTwoWay: (flags & TWO_WAY) !== 0,
    isEvent: (flags & EVENT) !== 0,
    serialization: flags & SERIALIZATION,
    status,
    id: high * 2 ** 32 + (cursor.int32() >>> 0),
  };
}

export function measure(bytes: Uint8Array): number {
  if (byteAt(bytes, 0) !== MAGIC >> 8) return NONE;
  if (bytes.length < HEAD_BYTES) return bytes.length === 1 || hasMagic(bytes) ? MORE : NONE;
  const length = new Cursor(bytes, 12).int32();
  return hasMagic(bytes) && length >= 0 && length <= BODY_BYTES_MAX ? HEAD_BYTES + length : NONE;
}

function hasMagic(bytes: Uint8Array): boolean {
  return new Cursor(bytes).uint16() === MAGIC;
}

/** A whole head without contradictions: requests have no status, answers have one that is known. */
export function canBegin(bytes: Uint8Array): boolean {
  if (bytes.length < HEAD_BYTES || measure(bytes) === NONE) return false;
  const { isRequest, status, serialization } = readHead(bytes);
  if (serialization === 0) return false;
  return isRequest ? status === 0 : STATUSES.has(status);
}
