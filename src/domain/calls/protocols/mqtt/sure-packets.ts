import { Cursor } from '../bytes/cursor.ts';
import { MORE, NONE } from '../bytes/frames.ts';
import type { Side } from '../decoder.ts';
import { parseAnswer, parseCodes, parseConnect, parseFilters } from './messages.ts';
import * as packets from './packets.ts';
import type { Packet } from './packets.ts';
import { readProperties, text, type Properties } from './properties.ts';
import { FAILURE } from './reason-codes.ts';
import { isTopic } from './topics.ts';

/**
 * Where nothing that came before is known. Two bytes are the head of a packet, which anything may look like: it
 * is one when its content is right, and what follows up to the end of the piece are packets too.
 */

const LOOKED_AT_MAX = 16;
const CODE_MAX = 0xa2;
/** Granted, or nothing to do; of a sign-in in steps. */
const SUCCESSES = new Set([0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x18, 0x19]);
const CONNECT_CODE_MAX = 5;

/** The first of them; null when this is something else, or there is too little of it. */
export function firstOfPackets(bytes: Uint8Array, side: Side): Packet | null {
  let first: Packet | null = null;
  let rest = bytes;
  for (let looked = 0; looked < LOOKED_AT_MAX && rest.length > 0; looked += 1) {
    const length = packets.measure(rest, side);
    if (length === NONE) return null;
    if (length === MORE) break;
    const packet = packets.packetOf(rest.subarray(0, length));
    const isWhole = length <= rest.length;
    if (!isSure(packet) || (!isWhole && packet.type !== packets.PUBLISH)) {
      return isWhole ? null : first;
    }
    first ??= packet;
    rest = rest.subarray(length);
  }
  return first;
}

function isSure(packet: Packet): boolean {
  switch (packet.type) {
    case packets.CONNECT:
      return parseConnect(packet) !== null;
    case packets.PUBLISH:
      return isSurePublish(packet);
    case packets.SUBSCRIBE:
      return parseFilters(packet, null, true) !== null;
    case packets.UNSUBSCRIBE:
      return parseFilters(packet, null, false) !== null;
    case packets.SUBACK:
    case packets.UNSUBACK:
      return hasCodes(packet);
    case packets.PINGREQ:
    case packets.PINGRESP:
      return true;
    default:
      return isSureAnswer(packet);
  }
}

function isSurePublish({ body, flags }: Packet): boolean {
  const cursor = new Cursor(body);
  const topic = text(cursor);
  const id = packets.qosOf(flags) > 0 ? cursor.uint16() : 1;
  if (cursor.isShort || id === 0) return false;
  return topic === '' ? isAliased(readProperties(cursor)) : isTopic(topic);
}

function isAliased(properties: Properties | null): boolean {
  return properties !== null && properties.topicAlias > 0;
}

function hasCodes(packet: Packet): boolean {
  return [false, true].some((isV5) => {
    const codes = parseCodes(packet, isV5)?.codes;
    return codes?.every((code) => isCode(code)) === true;
  });
}

const SKIPPED: ReadonlyMap<number, number> = new Map([
  [packets.CONNACK, 1],
  [packets.DISCONNECT, 0],
  [packets.AUTH, 0],
]);
const NUMBER_BYTES = 2;

function isSureAnswer(packet: Packet): boolean {
  const answer = parseAnswer(packet, SKIPPED.get(packet.type) ?? NUMBER_BYTES);
  if (answer === null) return false;
  const isOlder = packet.type === packets.CONNACK && answer.code <= CONNECT_CODE_MAX;
  return isOlder || isCode(answer.code);
}

function isCode(code: number): boolean {
  return SUCCESSES.has(code) || (code >= FAILURE && code <= CODE_MAX);
}
