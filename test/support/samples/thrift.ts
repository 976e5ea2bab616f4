import { client, server } from '../conversations.ts';
import { bytes, int16, int32, type Part, type Sample } from './sample.ts';

/** Messages of Thrift: 1 is a call, 2 its reply, 3 an exception of Thrift's own, 4 a call without a reply. */
export type Kind = 1 | 2 | 3 | 4;

export function framed(message: Uint8Array): Uint8Array {
  return bytes(int32(message.length), message);
}

export function binary(
  kind: Kind,
  name: string,
  number: number,
  ...body: readonly Part[]
): Uint8Array {
  return bytes(0x80, 1, 0, kind, int32(name.length), name, int32(number), ...body, 0);
}

export function compact(
  kind: Kind,
  name: string,
  number: number,
  ...body: readonly Part[]
): Uint8Array {
  return bytes(0x82, (kind << 5) | 1, number, name.length, name, ...body, 0);
}

/** A field of binary: its type, its number, its value. */
export function field(type: number, id: number, ...value: readonly Part[]): Uint8Array {
  return bytes(type, int16(id), ...value);
}

export function text(value: string): Uint8Array {
  return bytes(int32(value.length), value);
}

const ITEM = bytes(
  field(11, 1, text('a-1')),
  field(8, 2, int32(2)),
  field(4, 3, new Uint8Array(8)),
  field(2, 4, 1),
  0,
);
const CART = bytes(
  field(10, 1, new Uint8Array(8)),
  field(15, 2, 12, int32(2), ITEM, ITEM),
  field(13, 3, 11, 8, int32(1), text('left'), int32(1)),
  field(14, 4, 2, int32(2), 1, 0),
  0,
);
/** The declared exception with that number: a code and a text. */
export function thrown(id: number, message: string): Uint8Array {
  return field(12, id, field(8, 1, int32(409)), field(11, 2, text(message)), 0);
}

export function exception(code: number, message: string): Uint8Array {
  return bytes(field(11, 1, text(message)), field(8, 2, int32(code)));
}

const ARGUMENT = field(11, 1, text('cart-42'));

export const THRIFT_SAMPLE: Sample = {
  protocol: 'thrift',
  steps: [
    client(framed(binary(1, 'getCart', 1, ARGUMENT)), 1),
    server(framed(binary(2, 'getCart', 1, field(12, 0, CART))), 2),
    client(framed(binary(4, 'log', 2, ARGUMENT)), 3),
    client(bytes(framed(binary(1, 'clear', 3)), framed(binary(1, 'addItem', 4, ARGUMENT))), 4),
    server(framed(binary(2, 'addItem', 4, thrown(1, 'sold out'))), 5),
    server(framed(binary(2, 'clear', 3)), 6),
    client(framed(binary(1, 'total', 5)), 7),
    server(framed(binary(3, 'total', 5, exception(6, 'no database'))), 8),
  ],
  calls: [
    'getCart ok',
    'log ok low',
    'clear ok',
    'addItem client_error thrift.exception_1',
    'total 6 server_error INTERNAL_ERROR',
  ],
};

const COMPACT_ARGUMENT = bytes(0x18, 7, 'cart-42');
const COMPACT_ITEM = bytes(0x18, 3, 'a-1', 0x15, 4, 0x17, new Uint8Array(8), 0x11, 0);
const COMPACT_CART = bytes(
  0x16,
  0x54,
  0x19,
  0x2c,
  COMPACT_ITEM,
  COMPACT_ITEM,
  0x1b,
  1,
  0x85,
  4,
  'left',
  2,
  0x1b,
  0,
  0x1a,
  0x21,
  1,
  2,
  0,
);

/** Without frames, and each call with the same number. */
export const COMPACT_THRIFT_SAMPLE: Sample = {
  protocol: 'thrift',
  steps: [
    client(compact(1, 'getCart', 0, COMPACT_ARGUMENT), 1),
    server(compact(2, 'getCart', 0, 0x0c, 0, COMPACT_CART), 2),
    client(compact(1, 'clear', 0), 3),
    server(compact(2, 'clear', 0), 4),
    client(compact(4, 'log', 0, COMPACT_ARGUMENT), 5),
    client(compact(1, 'addItem', 0, COMPACT_ARGUMENT), 6),
    server(compact(2, 'addItem', 0, 0x2c, 0x15, 2, 0x18, 8, 'sold out', 0), 7),
    client(compact(1, 'total', 0), 8),
    server(compact(3, 'total', 0, 0x18, 11, 'no database', 0x15, 12), 9),
  ],
  calls: [
    'getCart ok',
    'clear ok',
    'log ok low',
    'addItem client_error thrift.exception_2',
    'total 6 server_error INTERNAL_ERROR',
  ],
};
