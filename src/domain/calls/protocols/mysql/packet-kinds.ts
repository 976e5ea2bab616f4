import { Cursor } from '../bytes/cursor.ts';
import { encodedInt, uint16LE } from './mysql-fields.ts';
import { FULL_LENGTH, type Packet } from './mysql-packets.ts';

/** What a packet of a MySQL server is, by its first byte and its length. */

export const OK_PACKET = 0x00;
export const EOF_PACKET = 0xfe;
export const ERROR = 0xff;
/** The end of rows as it was before OK packets took its place: two fields. */
export const EOF_BYTES_MAX = 5;
/** An OK packet has five fields. */
const OK_BYTES_MIN = 7;
/** Of an OK packet with which an answer begins, where nothing else is known. */
const OK_BYTES_USUAL = 512;
const STATE_SIGN = 0x23;

/** A row cannot begin so: its first value would fill more than a packet. */
export function isEnd({ length }: Packet, type: number): boolean {
  return type === EOF_PACKET && length < FULL_LENGTH;
}

/** Done, with nothing to show. */
export function isOk(packet: Packet, type: number): boolean {
  return isEnd(packet, type) || (type === OK_PACKET && packet.length >= OK_BYTES_MIN);
}

/** The state of the session in an OK packet, or in the end of rows; null when it was not seen. */
export function statusIn({ bytes, length }: Packet): number | null {
  if (length < EOF_BYTES_MAX) return 0;
  const cursor = new Cursor(bytes, 1);
  if (length === EOF_BYTES_MAX) cursor.skip(2);
  else {
    encodedInt(cursor);
    encodedInt(cursor);
  }
  const status = uint16LE(cursor);
  return cursor.isShort ? null : status;
}

interface Columns {
  readonly count: number;
  /** Whether their definitions follow. */
  readonly areDefined: boolean;
}

/** The head of a result. A sign before or after the number of columns says whether they are defined. */
export function columnsIn({ bytes, length }: Packet): Columns | null {
  const isSigned = beginsWithSign(bytes);
  const cursor = new Cursor(bytes);
  const before = isSigned ? cursor.uint8() : 1;
  const count = encodedInt(cursor);
  const after = isSigned || cursor.at === length ? 1 : cursor.uint8();
  if (cursor.isShort || cursor.at !== length || count === 0) return null;
  return { count, areDefined: before === 1 && after === 1 };
}

/** No result has no columns. */
function beginsWithSign(bytes: Uint8Array): boolean {
  const [first, second = 0] = bytes;
  return first === 0 || (first === 1 && second > 1);
}

/** Whether an answer may begin with these bytes, that come first in a piece. */
export function beginsAnswer(payload: Uint8Array, length: number): boolean {
  const [type] = payload;
  if (type === ERROR) return length > 9 && payload[3] === STATE_SIGN;
  if (type === OK_PACKET) return length >= OK_BYTES_MIN && length < OK_BYTES_USUAL;
  if (type === EOF_PACKET) return length === EOF_BYTES_MAX || length === OK_BYTES_MIN;
  return length === 1 || (length === 2 && (beginsWithSign(payload) || endsWithSign(payload)));
}

function endsWithSign(payload: Uint8Array): boolean {
  return payload[1] === 0 || payload[1] === 1;
}

/** Whether an answer may be over with this packet, for those who do not know how it began. */
export function maybeLast(packet: Packet): boolean {
  const [type = 1] = packet.bytes;
  return type === ERROR || isEnd(packet, type) || (type === OK_PACKET && packet.number === 1);
}
