import { joinedBytes } from './http2-frames.ts';

/** What clients and servers of TLS say, record by record. */

export function record(type: number, content: Uint8Array | readonly number[] | string): Uint8Array {
  const bytes = joinedBytes(content);
  return joinedBytes([type, 3, 3, bytes.length >> 8, bytes.length & 255], bytes);
}

function message(type: number, body: Uint8Array): Uint8Array {
  return joinedBytes([type, 0, body.length >> 8, body.length & 255], body);
}

export function extension(type: number, content: Uint8Array | readonly number[]): Uint8Array {
  const bytes = joinedBytes(content);
  return joinedBytes([type >> 8, type & 255, bytes.length >> 8, bytes.length & 255], bytes);
}

export function hello(...extensions: readonly Uint8Array[]): Uint8Array {
  const all = joinedBytes(...extensions);
  const body = joinedBytes(
    [3, 3],
    new Uint8Array(32),
    [2, 9, 9],
    [0, 2, 0x13, 0x01],
    [1, 0],
    [all.length >> 8, all.length & 255],
    all,
  );
  return record(22, message(1, body));
}

export const NAMED = (name: string): Uint8Array => {
  const sni = joinedBytes([0, name.length + 3, 0, 0, name.length], name);
  return hello(extension(10, [0, 0]), extension(0, sni));
};
export const HELLO = NAMED('cart.shop.svc');
const CHOSEN = (...extensions: readonly Uint8Array[]): Uint8Array =>
  record(
    22,
    message(2, joinedBytes([3, 3], new Uint8Array(32), [0], [0x13, 1], [0], [0, 0], ...extensions)),
  );
export const TLS13 = CHOSEN(extension(43, [3, 4]));
export const TLS12 = CHOSEN();
export const CCS = record(20, [1]);
export const SECRET = (length: number): Uint8Array => record(23, new Uint8Array(length));
export const FINISHED_12 = record(22, new Uint8Array(40).fill(7));
export const alert = (level: number, code: number): Uint8Array => record(21, [level, code]);
