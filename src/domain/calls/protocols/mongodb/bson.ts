import { Cursor } from '../bytes/cursor.ts';

/** Documents of MongoDB, read only as far as somebody asks, within what is there. */

export interface BsonElement {
  readonly name: string;
  readonly type: number;
  /** Numbers and booleans; 0 for what is none. */
  readonly number: number;
  /** Texts; of a document or list its place in the bytes is `at`. */
  readonly text: string;
  readonly at: number;
}

const DOUBLE = 1;
const TEXT = 2;
const DOCUMENT = 3;
const LIST = 4;
const ELEMENTS_MAX = 256;
const TEXT_BYTES_MAX = 4_096;
const INT32_BYTES = 4;

/** Sizes of values that are not read. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [6, 0],
  [7, 12],
  [9, 8],
  [10, 0],
  [17, 8],
  [19, 16],
  [127, 0],
  [255, 0],
]);

/** The elements of the document that begins there, as many as came whole; `isWhole` when all did. */
export function readDocument(
  bytes: Uint8Array,
  at: number,
): { readonly elements: readonly BsonElement[]; readonly isWhole: boolean } {
  const cursor = new Cursor(bytes, at);
  const elements: BsonElement[] = [];
  cursor.skip(INT32_BYTES);
  for (let count = 0; count < ELEMENTS_MAX; count += 1) {
    const type = cursor.uint8();
    if (cursor.isShort) break;
    if (type === 0) return { elements, isWhole: true };
    const name = cursor.zeroEnded();
    const element = readValue(cursor, bytes, { type, name });
    if (cursor.isShort) break;
    elements.push(element);
  }
  return { elements, isWhole: false };
}

export function elementOf(elements: readonly BsonElement[], name: string): BsonElement | undefined {
  return elements.find((element) => element.name === name);
}

function readValue(
  cursor: Cursor,
  bytes: Uint8Array,
  { type, name }: { readonly type: number; readonly name: string },
): BsonElement {
  const at = cursor.at;
  if (type === TEXT) {
    const length = cursor.int32LE();
    const shown = Math.max(0, Math.min(length - 1, TEXT_BYTES_MAX));
    const text = cursor.text(shown);
    cursor.skip(length - shown);
    return { name, type, number: 0, text, at };
  }
  if (type === DOCUMENT || type === LIST) {
    cursor.skip(new Cursor(bytes, at).int32LE());
    return { name, type, number: 0, text: '', at };
  }
  return { name, type, number: readNumber(cursor, type), text: '', at };
}

function readNumber(cursor: Cursor, type: number): number {
  if (type === DOUBLE) return doubleOf(cursor.bytes(8));
  if (type === 8) return cursor.uint8();
  if (type === 16) return cursor.int32LE();
  if (type === 18) {
    const low = cursor.int32LE();
    return cursor.int32LE() * 2 ** 32 + (low >>> 0);
  }
  skipOther(cursor, type);
  return 0;
}

function skipOther(cursor: Cursor, type: number): void {
  const size = FIXED.get(type);
  if (size !== undefined) cursor.skip(size);
  else if (type === 5) cursor.skip(cursor.int32LE() + 1);
  else if (type === 11) {
    cursor.zeroEnded();
    cursor.zeroEnded();
  } else if (type === 13 || type === 14) cursor.skip(cursor.int32LE());
  else cursor.skip(-1);
}

function doubleOf(bytes: Uint8Array): number {
  return bytes.length < 8 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
}
