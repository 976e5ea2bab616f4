import { byteAt } from '../byte-at.ts';
import { MORE, NONE } from '../bytes/frames.ts';
import type { Side } from '../decoder.ts';

/** MQTT cut into packets: a byte of type and flags, a length of up to four bytes, and a body. */

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;
export const AUTH = 15;

export interface Packet {
  readonly type: number;
  readonly flags: number;
  /** Shorter than its length when it has a hole, or was longer than what is kept. */
  readonly body: Uint8Array;
  readonly bodyLength: number;
}

const FROM: Readonly<Record<Side, ReadonlySet<number>>> = {
  client: new Set([
    CONNECT,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    UNSUBSCRIBE,
    PINGREQ,
    DISCONNECT,
    AUTH,
  ]),
  server: new Set([
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBACK,
    UNSUBACK,
    PINGRESP,
    DISCONNECT,
    AUTH,
  ]),
};
/** Those of the others are zero. */
const FLAGS: ReadonlyMap<number, number> = new Map([
  [PUBREL, 2],
  [SUBSCRIBE, 2],
  [UNSUBSCRIBE, 2],
]);
const BODY_BYTES_MIN: ReadonlyMap<number, number> = new Map([
  [CONNECT, 12],
  [CONNACK, 2],
  [PUBLISH, 3],
  [PUBACK, 2],
  [PUBREC, 2],
  [PUBREL, 2],
  [PUBCOMP, 2],
  [SUBSCRIBE, 6],
  [SUBACK, 3],
  [UNSUBSCRIBE, 5],
  [UNSUBACK, 2],
]);
/** Only messages are longer. */
const BODY_BYTES_MAX = 1_048_576;
const LENGTH_BYTES_MAX = 4;

export function measure(bytes: Uint8Array, side: Side): number {
  const first = byteAt(bytes, 0);
  if (!isFirstByte(first, side)) return NONE;
  const bodyLength = lengthIn(bytes);
  if (bodyLength < 0) return bodyLength === UNSEEN ? MORE : NONE;
  if (!isLength(first >> 4, bodyLength)) return NONE;
  const head = headBytes(bodyLength);
  if (bodyLength < 2) return head + bodyLength;
  if (bytes.length < head + 2) return MORE;
  const begins = byteAt(bytes, head) * 256 + byteAt(bytes, head + 1);
  return isBeginning(first, begins, bodyLength) ? head + bodyLength : NONE;
}

/** @param bytes - At least up to the second byte of the body. */
export function packetOf(bytes: Uint8Array): Packet {
  const first = byteAt(bytes, 0);
  const bodyLength = lengthIn(bytes);
  const head = headBytes(bodyLength);
  return {
    type: first >> 4,
    flags: first & 0x0f,
    body: bytes.subarray(head, head + bodyLength),
    bodyLength,
  };
}

/** Of an answer: the number of what is answered. */
export function idOf({ body }: Packet): number {
  return byteAt(body, 0) * 256 + byteAt(body, 1);
}

export function qosOf(flags: number): number {
  return (flags >> 1) & 3;
}

function isFirstByte(first: number, side: Side): boolean {
  const type = first >> 4;
  const flags = first & 0x0f;
  if (!FROM[side].has(type)) return false;
  if (type !== PUBLISH) return flags === (FLAGS.get(type) ?? 0);
  const qos = qosOf(flags);
  return qos < 3 && (qos > 0 || flags < 8);
}

const UNSEEN = -1;
const INVALID = -2;

/** Seven bits a byte, lowest first, in as few bytes as it needs. */
function lengthIn(bytes: Uint8Array): number {
  let value = 0;
  for (let place = 0; place < LENGTH_BYTES_MAX; place += 1) {
    const byte = bytes[place + 1];
    if (byte === undefined) return UNSEEN;
    value += (byte & 0x7f) * 128 ** place;
    if (byte < 0x80) return byte === 0 && place > 0 ? INVALID : value;
  }
  return INVALID;
}

function headBytes(bodyLength: number): number {
  if (bodyLength < 128) return 2;
  return bodyLength < 16_384 ? 3 : bodyLength < 2_097_152 ? 4 : 5;
}

function isLength(type: number, bodyLength: number): boolean {
  if (type === PINGREQ || type === PINGRESP) return bodyLength === 0;
  if (type !== PUBLISH && bodyLength > BODY_BYTES_MAX) return false;
  return bodyLength >= (BODY_BYTES_MIN.get(type) ?? 0);
}

/** @param begins - The first two bytes of the body. */
function isBeginning(first: number, begins: number, bodyLength: number): boolean {
  switch (first >> 4) {
    case CONNECT:
      return begins === 4 || begins === 6;
    case CONNACK:
      return begins < 512;
    case PUBLISH:
      return begins + (qosOf(first & 0x0f) > 0 ? 4 : 2) <= bodyLength;
    case DISCONNECT:
    case AUTH:
      return true;
    default:
      // The number of a packet.
      return begins > 0;
  }
}
