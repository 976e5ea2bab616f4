import { client, server } from '../conversations.ts';
import { bytes, int16, int32, type Sample } from './sample.ts';

export const MEMCACHED_SAMPLE: Sample = {
  protocol: 'memcached',
  steps: [
    client('set cart:1 0 60 14\r\na\r\nERROR\r\nENDb\r\n', 1),
    server('STORED\r\n', 2),
    client('get cart:1 cart:2\r\n', 3),
    server('VALUE cart:1 0 14\r\na\r\nERROR\r\nENDb\r\nEND\r\n', 4),
    client('incr cart:1 5\r\n', 5),
    server('CLIENT_ERROR cannot increment or decrement non-numeric value\r\n', 6),
    client('delete cart:9\r\n', 7),
    server('NOT_FOUND\r\n', 8),
    client('set big 0 0 3\r\nabc\r\ntouch cart:1 9\r\n', 9),
    server('SERVER_ERROR out of memory storing object\r\nTOUCHED\r\n', 10),
    client('ms k 2 T9\r\nhi\r\nmg k v t\r\nmg none v\r\n', 11),
    server('HD\r\nVA 2 t9\r\nhi\r\nEN\r\n', 12),
    client('bogus line\r\n', 13),
    server('ERROR\r\n', 14),
  ],
  calls: [
    'set ok',
    'get ok',
    'incr client_error CLIENT_ERROR',
    'delete ok',
    'set server_error SERVER_ERROR',
    'touch ok',
    'ms ok',
    'mg ok',
    'mg ok',
    'unknown client_error ERROR',
  ],
};

/** A message of the binary protocol. */
export function binary(
  magic: number,
  opcode: number,
  opaque = 0,
  { status = 0, key = '', value = '' } = {},
): Uint8Array {
  return bytes(
    magic,
    opcode,
    int16(key.length),
    0,
    0,
    int16(status),
    int32(key.length + value.length),
    int32(opaque),
    int32(0),
    int32(0),
    key,
    value,
  );
}

export function ask(opcode: number, opaque = 0, key = 'k'): Uint8Array {
  return binary(0x80, opcode, opaque, { key });
}

export function answer(opcode: number, opaque = 0, status = 0, value = ''): Uint8Array {
  return binary(0x81, opcode, opaque, { status, value });
}

export const MEMCACHED_BINARY_SAMPLE: Sample = {
  protocol: 'memcached',
  steps: [
    client(binary(0x80, 1, 1, { key: 'k', value: 'hello' }), 1),
    server(answer(1, 1), 2),
    client(ask(0, 2), 3),
    server(answer(0, 2, 0, 'hello'), 4),
    client(ask(0, 3, 'none'), 5),
    server(answer(0, 3, 1, 'Not found'), 6),
    client(bytes(ask(0x09, 4), ask(0x11, 5), ask(0x0a, 6, '')), 7),
    server(bytes(answer(0x11, 5, 0x82, 'Out of memory'), answer(0x0a, 6)), 8),
    client(ask(0x10, 7, ''), 9),
    server(bytes(binary(0x81, 0x10, 7, { key: 'pid', value: '1' }), answer(0x10, 7)), 10),
    client(ask(5, 8), 11),
    server(answer(5, 8, 6, 'Non-numeric server-side value for incr or decr'), 12),
  ],
  calls: [
    'set 0 ok',
    'get 0 ok',
    'get 1 ok',
    'get ok',
    'set 130 server_error OUT_OF_MEMORY',
    'noop 0 ok',
    'stats 0 ok',
    'incr 6 client_error NON_NUMERIC_VALUE',
  ],
};
