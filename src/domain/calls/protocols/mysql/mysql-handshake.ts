import { byteAt } from '../byte-at.ts';
import { Cursor } from '../bytes/cursor.ts';
import { encodedInt, uint16LE } from './mysql-fields.ts';

/** How a connection to MySQL begins: the server greets, the client says who it is and what it can. */

const GREETING = 10;
export const CAN = {
  database: 0x8,
  compress: 0x20,
  protocol41: 0x200,
  tls: 0x800,
  shortSecret: 0x8000,
  longSecret: 0x20_0000,
  noEof: 0x100_0000,
  compressZstd: 0x400_0000,
  queryAttributes: 0x800_0000,
} as const;

/** A wish for TLS is a sign-in that ends before the name of the user. */
const TLS_WISH_BYTES = 32;
const OLD_TLS_WISH_BYTES = 5;
const FILLER_BYTES = 23;
const VERSION = /^[0-9][\w.+~:-]{2,99}$/u;

export interface SignIn {
  readonly capabilities: number;
  /** Nothing but a wish for TLS. */
  readonly isTlsWish: boolean;
  readonly database: string;
}

/** What the server can; null when these bytes are no greeting. */
export function greetingIn(payload: Uint8Array): number | null {
  const cursor = new Cursor(payload);
  if (cursor.uint8() !== GREETING || !VERSION.test(cursor.zeroEnded())) return null;
  cursor.skip(12);
  if (cursor.uint8() !== 0) return null;
  const low = uint16LE(cursor);
  if (cursor.isShort) return null;
  cursor.skip(3);
  return low + uint16LE(cursor) * 65_536;
}

/** Whether this may be the first part of a greeting. */
export function couldGreet(payload: Uint8Array): boolean {
  if (payload.length === 0) return true;
  const end = payload.indexOf(0);
  const version = new TextDecoder('latin1').decode(payload.subarray(1, end < 0 ? 101 : end));
  return byteAt(payload, 0) === GREETING && /^(?:[0-9][\w.+~:-]*)?$/u.test(version);
}

export function signInOf(payload: Uint8Array, length: number): SignIn {
  const cursor = new Cursor(payload);
  const low = uint16LE(cursor);
  if ((low & CAN.protocol41) === 0) return oldSignIn(low, cursor, length);
  const capabilities = low + uint16LE(cursor) * 65_536;
  const isTlsWish = (capabilities & CAN.tls) !== 0 && length === TLS_WISH_BYTES;
  cursor.skip(5 + FILLER_BYTES);
  cursor.zeroEnded();
  skipSecret(cursor, capabilities);
  return { capabilities, isTlsWish, database: databaseIn(cursor, capabilities) };
}

/** As it was before version 4.1. */
function oldSignIn(capabilities: number, cursor: Cursor, length: number): SignIn {
  const isTlsWish = (capabilities & CAN.tls) !== 0 && length === OLD_TLS_WISH_BYTES;
  cursor.skip(3);
  cursor.zeroEnded();
  cursor.zeroEnded();
  return { capabilities, isTlsWish, database: databaseIn(cursor, capabilities) };
}

function skipSecret(cursor: Cursor, capabilities: number): void {
  if ((capabilities & CAN.longSecret) !== 0) cursor.skip(encodedInt(cursor));
  else if ((capabilities & CAN.shortSecret) !== 0) cursor.skip(cursor.uint8());
  else cursor.zeroEnded();
}

function databaseIn(cursor: Cursor, capabilities: number): string {
  return (capabilities & CAN.database) === 0 ? '' : cursor.zeroEnded();
}
