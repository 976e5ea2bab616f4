import type { Cursor } from '../bytes/cursor.ts';

/** The two ways in which Thrift writes a message, binary and compact: its head, and what values look like. */

export const CALL = 1;
export const REPLY = 2;
export const EXCEPTION = 3;
export const ONEWAY = 4;

/** How long a value is: so many bytes, or it says it itself. */
export type Shape = number | 'varint' | 'text' | 'list' | 'map' | 'struct';

export interface Wire {
  readonly shapes: ReadonlyMap<number, Shape>;
  /** Null at the end of a struct. `before` is the number of the field before. */
  field(cursor: Cursor, before: number): Field | null;
  /** Elements of a list or set, or pairs of a map: their types and how many. */
  list(cursor: Cursor): Elements;
  map(cursor: Cursor): Elements;
  length(cursor: Cursor): number;
  /** A number of 32 bits. */
  number(cursor: Cursor): number;
}

export interface Field {
  readonly id: number;
  /** Undefined for what is no type. */
  readonly shape: Shape | undefined;
}

export interface Elements {
  readonly types: readonly number[];
  readonly count: number;
}

export const BINARY: Wire = {
  shapes: new Map<number, Shape>([
    [2, 1],
    [3, 1],
    [4, 8],
    [6, 2],
    [8, 4],
    [10, 8],
    [11, 'text'],
    [12, 'struct'],
    [13, 'map'],
    [14, 'list'],
    [15, 'list'],
    [16, 16],
  ]),
  field(cursor) {
    const type = cursor.uint8();
    if (type === 0) return null;
    return { id: cursor.int16(), shape: BINARY.shapes.get(type) };
  },
  list: (cursor) => ({ types: [cursor.uint8()], count: cursor.int32() }),
  map: (cursor) => ({ types: [cursor.uint8(), cursor.uint8()], count: cursor.int32() }),
  length: (cursor) => cursor.int32(),
  number: (cursor) => cursor.int32(),
};

export const COMPACT: Wire = {
  shapes: new Map<number, Shape>([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 'varint'],
    [5, 'varint'],
    [6, 'varint'],
    [7, 8],
    [8, 'text'],
    [9, 'list'],
    [10, 'list'],
    [11, 'map'],
    [12, 'struct'],
    [13, 16],
  ]),
  field(cursor, before) {
    const byte = cursor.uint8();
    if (byte === 0) return null;
    const type = byte & 0xf;
    const id = byte < 0x10 ? zigzag(cursor.varint()) : before + (byte >> 4);
    // A boolean field is its own value.
    return { id, shape: type === 1 || type === 2 ? 0 : COMPACT.shapes.get(type) };
  },
  list(cursor) {
    const byte = cursor.uint8();
    const short = byte >> 4;
    return { types: [byte & 0xf], count: short === 0xf ? cursor.varint() : short };
  },
  map(cursor) {
    const count = cursor.varint();
    const byte = count === 0 ? 0x33 : cursor.uint8();
    return { types: [byte >> 4, byte & 0xf], count };
  },
  length: (cursor) => cursor.varint(),
  number: (cursor) => zigzag(cursor.varint()),
};

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
