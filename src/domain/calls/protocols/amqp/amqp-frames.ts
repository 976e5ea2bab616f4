import { byteAt } from '../byte-at.ts';
import { Cursor } from '../bytes/cursor.ts';
import { MORE, NONE, type Frame } from '../bytes/frames.ts';

/** Frames of AMQP 0-9-1, and the methods in them as far as calls are concerned. */

const HEAD_BYTES = 7;
const FRAME_BYTES_MAX = 16_777_216;
const FRAME_END = 0xce;
const METHOD = 1;
const HEARTBEAT = 8;
export const GREETING = 'AMQP\0\0\u0009\u0001';

export interface Method {
  readonly channel: number;
  /** Class and method, as `20.40`. */
  readonly id: string;
  /** Where its arguments begin. */
  readonly cursor: Cursor;
}

/** The greeting of a client is measured as a frame. */
export function measure(bytes: Uint8Array): number {
  if (byteAt(bytes, 0) === 0x41) return measureGreeting(bytes);
  if (bytes.length < HEAD_BYTES) return MORE;
  const type = byteAt(bytes, 0);
  const size = new Cursor(bytes, 3).int32();
  const isFrame = (type >= METHOD && type <= 3) || type === HEARTBEAT;
  if (!isFrame || size < 0 || size > FRAME_BYTES_MAX) return NONE;
  const length = HEAD_BYTES + size + 1;
  return bytes.length >= length && byteAt(bytes, length - 1) !== FRAME_END ? NONE : length;
}

function measureGreeting(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes.subarray(0, 4));
  if (!'AMQP'.startsWith(text)) return NONE;
  return bytes.length < 4 ? MORE : GREETING.length;
}

const CLASSES = new Set([10, 20, 40, 50, 60, 85, 90]);

/** Null for content, heartbeats, and methods that are none. */
export function parseMethod(bytes: Uint8Array): Method | null {
  if (byteAt(bytes, 0) !== METHOD) return null;
  const cursor = new Cursor(bytes, 1);
  const channel = cursor.uint16();
  cursor.skip(4);
  const classId = cursor.uint16();
  const id = `${classId}.${cursor.uint16()}`;
  return cursor.isShort || !CLASSES.has(classId) ? null : { channel, id, cursor };
}

/** A method in which bytes are missing; in content nothing is that would be told. */
export function isTornMethod({ bytes, length }: Frame, keptMax: number): boolean {
  return byteAt(bytes, 0) === METHOD && bytes.length < Math.min(length, keptMax);
}

/** After a loss: a frame whose head is likely, and whose end, if it is there, is one. */
export function canBegin(bytes: Uint8Array): boolean {
  const length = measure(bytes);
  if (length <= 0 || byteAt(bytes, 0) !== METHOD) return false;
  return parseMethod(bytes) !== null && (bytes.length >= length || bytes.length > 64);
}

/** After a loss: a whole frame of content, with the next frame behind it or nothing. */
export function canGoOn(bytes: Uint8Array): boolean {
  const [type, length] = [byteAt(bytes, 0), measure(bytes)];
  if (type === METHOD || length <= 0 || length > bytes.length) return false;
  return bytes.length === length || measure(bytes.subarray(length)) !== NONE;
}

export function shortText(cursor: Cursor): string {
  return cursor.text(cursor.uint8());
}
