import { bytesOf } from './conversations.ts';

/** HTTP/2 written down by hand: frames, and header blocks of plain literals and indexes. */

export function joinedBytes(
  ...parts: readonly (Uint8Array | readonly number[] | string)[]
): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => [...(typeof part === 'string' ? bytesOf(part) : part)]),
  );
}

export function hex(digits: string): Uint8Array {
  return Uint8Array.from(
    (digits.match(/[\da-f]{2}/giu) ?? []).map((pair) => Number.parseInt(pair, 16)),
  );
}

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
export const END_STREAM = 1;
export const END_HEADERS = 4;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | readonly number[] | string = [],
): Uint8Array {
  const content = joinedBytes(payload);
  const { length } = content;
  return joinedBytes(
    [length >> 16, (length >> 8) & 255, length & 255, type, flags],
    uint32(stream),
    content,
  );
}

export function uint32(value: number): readonly number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function prefixed(bits: number, pattern: number, value: number): readonly number[] {
  const mask = 2 ** bits - 1;
  if (value < mask) return [pattern | value];
  const bytes = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

function text(value: string): Uint8Array {
  return joinedBytes(
    prefixed(7, 0, value.length),
    Uint8Array.from(value, (c) => c.charCodeAt(0)),
  );
}

export function indexed(index: number): Uint8Array {
  return joinedBytes(prefixed(7, 0x80, index));
}

/** A literal that enters the dynamic table. @param name - Or its index. */
export function inserted(name: string | number, value: string): Uint8Array {
  return typeof name === 'number'
    ? joinedBytes(prefixed(6, 0x40, name), text(value))
    : joinedBytes([0x40], text(name), text(value));
}

/** A literal that enters no table. */
export function plain(name: string, value: string): Uint8Array {
  return joinedBytes([0], text(name), text(value));
}

export function tableSize(size: number): Uint8Array {
  return joinedBytes(prefixed(5, 0x20, size));
}

export function fields(values: Readonly<Record<string, string>>): Uint8Array {
  return joinedBytes(...Object.entries(values).map(([name, value]) => plain(name, value)));
}

export function headers(
  stream: number,
  values: Readonly<Record<string, string>>,
  flags = END_HEADERS,
): Uint8Array {
  return frame(1, flags | END_HEADERS, stream, fields(values));
}

export function data(stream: number, content: string | Uint8Array, flags = 0): Uint8Array {
  return frame(0, flags, stream, content);
}

export function rst(stream: number, code: number): Uint8Array {
  return frame(3, 0, stream, uint32(code));
}

export function goaway(lastStream: number, code: number, debug = ''): Uint8Array {
  return frame(7, 0, 0, joinedBytes(uint32(lastStream), uint32(code), debug));
}

export const SETTINGS = frame(4, 0, 0);

export function get(stream: number, path: string, more: Record<string, string> = {}): Uint8Array {
  return headers(stream, { ':method': 'GET', ':path': path, ...more }, END_STREAM);
}

/** A gRPC request with one message. */
export function grpc(stream: number, path: string, more: Record<string, string> = {}): Uint8Array {
  return joinedBytes(
    headers(stream, {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...more,
    }),
    data(stream, Uint8Array.of(0, 0, 0, 0, 2, 8, 1), END_STREAM),
  );
}

export function grpcAnswer(stream: number, trailers: Record<string, string>): Uint8Array {
  return joinedBytes(
    headers(stream, { ':status': '200', 'content-type': 'application/grpc+proto' }),
    data(stream, Uint8Array.of(0, 0, 0, 0, 0)),
    headers(stream, trailers, END_STREAM),
  );
}
