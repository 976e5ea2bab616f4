import type { Cursor } from '../bytes/cursor.ts';

/** Fields as MySQL writes them: low byte first, numbers of a length of their own. */

export function uint16LE(cursor: Cursor): number {
  return cursor.uint8() | (cursor.uint8() << 8);
}

export function uint32LE(cursor: Cursor): number {
  return cursor.int32LE() >>> 0;
}

/** A number whose first byte says how long it is. */
export function encodedInt(cursor: Cursor): number {
  const first = cursor.uint8();
  if (first < 0xfb) return first;
  if (first === 0xfc) return uint16LE(cursor);
  if (first === 0xfd) return uint16LE(cursor) | (cursor.uint8() << 16);
  return uint32LE(cursor) + uint32LE(cursor) * 2 ** 32;
}
