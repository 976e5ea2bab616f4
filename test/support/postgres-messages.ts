import { joinedBytes, uint32 } from './http2-frames.ts';

/** Messages of PostgreSQL's protocol 3 written down by hand. */

type Content = Uint8Array | readonly number[] | string;

export function pg(type: string, ...content: readonly Content[]): Uint8Array {
  const payload = joinedBytes(...content);
  return joinedBytes(type, uint32(payload.length + 4), payload);
}

export function startup(parameters: string): Uint8Array {
  const payload = joinedBytes(uint32(196_608), `${parameters}\0\0`);
  return joinedBytes(uint32(payload.length + 4), payload);
}

export const START = startup('user\0app\0database\0shop');
export const SSL = joinedBytes(uint32(8), uint32(80_877_103));
export const CANCEL = joinedBytes(uint32(16), uint32(80_877_102), uint32(1), uint32(2));
export const READY = pg('Z', 'I');
export const WELCOME = joinedBytes(
  pg('R', uint32(0)),
  pg('S', 'server_version\u000018\0'),
  pg('K', uint32(1), uint32(2)),
  READY,
);

export function error(code: string, message: string, severity = 'ERROR'): Uint8Array {
  return pg('E', `S${severity}\0V${severity}\0C${code}\0M${message}\0\0`);
}

export function done(tag = 'SELECT 1'): Uint8Array {
  return pg('C', `${tag}\0`);
}

export function query(sql: string): Uint8Array {
  return pg('Q', `${sql}\0`);
}

export const ROWS = joinedBytes(pg('T', [0, 0]), pg('D', [0, 0]), done());

export function parse(sql: string, name = ''): Uint8Array {
  return pg('P', `${name}\0${sql}\0`, [0, 0]);
}

export function bind(name = ''): Uint8Array {
  return pg('B', `\0${name}\0`, [0, 0, 0, 0, 0, 0]);
}

export const DESCRIBE = pg('D', 'P\0');
export const EXECUTE = pg('E', '\0', uint32(0));
export const SYNC = pg('S');
export const PARSED = pg('1');
export const BOUND = pg('2');
