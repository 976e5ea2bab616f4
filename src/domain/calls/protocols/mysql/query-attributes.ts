import { byteAt } from '../byte-at.ts';
import type { Cursor } from '../bytes/cursor.ts';
import { encodedInt, uint16LE } from './mysql-fields.ts';

/** Names and values that a client of MySQL gives along with the text of a query. */

/** Bytes of values by their type; others say their length in one byte, or by a number of its own. */
const VALUE_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 4],
  [5, 8],
  [6, 0],
  [8, 8],
  [9, 4],
  [13, 2],
]);
const TIME_TYPES = new Set([7, 10, 11, 12]);

/** Steps over them; beyond the end when they cannot be read. */
export function skipAttributes(cursor: Cursor): void {
  const count = encodedInt(cursor);
  encodedInt(cursor);
  if (count === 0) return;
  const nulls = cursor.bytes((count + 7) >> 3);
  if (cursor.uint8() !== 1) cursor.isShort = true;
  if (cursor.isShort) return;
  const types: number[] = [];
  for (let place = 0; place < count && !cursor.isShort; place += 1) {
    types.push(uint16LE(cursor) & 0xff);
    cursor.skip(encodedInt(cursor));
  }
  for (const [place, type] of types.entries()) {
    const isNull = (byteAt(nulls, place >> 3) >> (place & 7)) & 1;
    if (isNull === 0) skipValue(cursor, type);
  }
}

function skipValue(cursor: Cursor, type: number): void {
  const fixed = VALUE_BYTES.get(type);
  if (fixed !== undefined) cursor.skip(fixed);
  else if (TIME_TYPES.has(type)) cursor.skip(cursor.uint8());
  else cursor.skip(encodedInt(cursor));
}
