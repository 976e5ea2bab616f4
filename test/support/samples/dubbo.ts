import { client, server } from '../conversations.ts';
import { bytes, int16, int32, type Part, type Sample } from './sample.ts';

/** A value in Hessian 2: texts of less than 32 characters, small numbers, maps, what is bytes already. */
export type Hessian =
  string | number | Uint8Array | readonly Hessian[] | { readonly [name: string]: Hessian };

export function hessian(value: Hessian): Uint8Array {
  if (typeof value === 'string') return bytes(value.length, value);
  if (typeof value === 'number') return bytes(0x90 + value);
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    return bytes(0x78 + value.length, ...value.map((item: Hessian) => hessian(item)));
  }
  const entries = Object.entries(value).flatMap(([name, item]) => [hessian(name), hessian(item)]);
  return bytes('H', ...entries, 'Z');
}

/** An object of a class that is described with it. */
export function hessianObject(
  name: string,
  fields: { readonly [name: string]: Hessian },
): Uint8Array {
  const names = Object.keys(fields).map((field) => hessian(field));
  return bytes(
    'C',
    hessian(name),
    hessian(names.length),
    ...names,
    0x60,
    ...Object.values(fields).map((value) => hessian(value)),
  );
}

export function frame(flags: number, status: number, id: number, body: Uint8Array): Uint8Array {
  const number = [0x7f, 0xff, 0, 0, ...int32(id)];
  return bytes(0xda, 0xbb, flags, status, number, int32(body.length), body);
}

export function call(id: number, method: string, ...more: readonly Part[]): Uint8Array {
  return frame(0xc2, 0, id, bytes(asked(method), hessian(''), ...more, hessian({ path: 'x' })));
}

/** Version, service, its version, method; the types of the parameters follow. */
export function asked(method: string): Uint8Array {
  const service = 'shop.CartService';
  return bytes(hessian('2.0.2'), hessian(service), hessian('0.0.0'), hessian(method));
}

/** @param flag - 4 a value, 5 nothing, 3 an exception. */
export function result(id: number, flag: number, value: Hessian = bytes()): Uint8Array {
  return frame(0x02, 20, id, bytes(hessian(flag), hessian(value), hessian({ dubbo: '2.0.2' })));
}

export function thrown(id: number, name: string, message: string): Uint8Array {
  const trace = [{ line: 7 }, { line: 9 }];
  return result(
    id,
    3,
    hessianObject(name, { stackTrace: trace, cause: bytes('Q', 0x90), detailMessage: message }),
  );
}

/** A value of fastjson2 behind its length. */
export function jsonb(...parts: readonly Part[]): Uint8Array {
  const value = bytes(...parts);
  return bytes(int32(value.length), value);
}

export function jsonbText(text: string): Uint8Array {
  return text.length < 48 ? bytes(0x49 + text.length, text) : bytes(0x7a, 0x38, text.length, text);
}

const HEARTBEAT = bytes('N');

export const DUBBO_SAMPLE: Sample = {
  protocol: 'dubbo',
  steps: [
    client(frame(0xe2, 0, 1, HEARTBEAT), 1),
    server(frame(0x22, 20, 1, HEARTBEAT), 2),
    client(bytes(call(2, 'getCart'), call(3, 'addItem'), call(4, 'total')), 3),
    server(thrown(4, 'java.lang.IllegalStateException', 'no database'), 4),
    server(bytes(thrown(3, 'shop.OutOfStock', 'a-1'), result(2, 4, { id: 42 })), 5),
    client(frame(0x82, 0, 5, bytes(asked('log'), hessian(''), hessian({ path: 'x' }))), 6),
    client(call(6, 'nickname'), 7),
    server(result(6, 5), 8),
    client(call(7, 'gone'), 9),
    server(frame(0x02, 60, 7, hessian('service not found')), 10),
    client(frame(0xd7, 0, 8, fastjson2Call('price')), 11),
    server(frame(0x17, 20, 8, bytes(jsonb(0xbd, 4), jsonb(9))), 12),
    client(call(9, 'slow'), 13),
    server(frame(0x02, 31, 9, bytes(0x53, int16(4), 'late')), 14),
  ],
  calls: [
    'shop.CartService/getCart 20 ok',
    'shop.CartService/addItem 20 client_error dubbo.OutOfStock',
    'shop.CartService/total 20 server_error dubbo.IllegalStateException',
    'shop.CartService/log ok low',
    'shop.CartService/nickname 20 ok',
    'shop.CartService/gone 60 server_error SERVICE_NOT_FOUND',
    'shop.CartService/price 20 ok',
    'shop.CartService/slow 31 timeout SERVER_TIMEOUT',
  ],
};

/** With what is sent along, names and values in turn. */
export function fastjson2Call(method: string, sent: readonly string[] = ['path', 'x']): Uint8Array {
  const texts = ['2.0.2', 'shop.CartService', '0.0.0', method, 'I'];
  return bytes(
    ...texts.map((text) => jsonb(jsonbText(text))),
    jsonb(42),
    jsonb(0xa6, ...sent.map((text) => jsonbText(text)), 0xa5),
  );
}
