import { Cursor } from '../bytes/cursor.ts';
import { qosOf, type Packet } from './packets.ts';
import { NO_PROPERTIES, readProperties, text, type Properties } from './properties.ts';
import { isFilter } from './topics.ts';

/** What is in the packets of MQTT that calls are told from. Null for what cannot be read. */

const V5 = 5;
/** The older one is that of 3.1. Versions that are none are refused by the broker. */
const NAMES = new Set(['MQTT', 'MQIsdp']);
/** The other one says that the client is a broker. */
const VERSION_BITS = 0x7f;

interface Greeting {
  readonly version: number;
  /** Seconds in which the client promises to say something; 0 for no promise. */
  readonly keepAliveS: number;
}

/** A connection that is asked for. */
export function parseConnect({ body }: Packet): Greeting | null {
  const cursor = new Cursor(body);
  const name = text(cursor);
  const version = cursor.uint8() & VERSION_BITS;
  cursor.skip(1);
  const keepAliveS = cursor.uint16();
  return cursor.isShort || !NAMES.has(name) ? null : { version, keepAliveS };
}

export interface Message {
  /** Empty when only its number is said. */
  readonly topic: string;
  readonly qos: number;
  readonly isAgain: boolean;
  /** 0 for a message that nobody answers. */
  readonly id: number;
  readonly properties: Properties;
}

export function parsePublish({ body, flags }: Packet, version: number | null): Message | null {
  const cursor = new Cursor(body);
  const topic = text(cursor);
  const qos = qosOf(flags);
  const id = qos > 0 ? cursor.uint16() : 0;
  if (cursor.isShort) return null;
  const properties = version === V5 ? readProperties(cursor) : null;
  return { topic, qos, id, isAgain: (flags & 8) !== 0, properties: properties ?? NO_PROPERTIES };
}

interface Filters {
  readonly id: number;
  readonly filters: readonly string[];
  readonly isV5: boolean;
}

/**
 * What is subscribed to, or no longer. Where the version was not seen it is read as each of them: it cannot be both.
 *
 * @param hasOptions - Behind each filter.
 */
export function parseFilters(
  packet: Packet,
  version: number | null,
  hasOptions: boolean,
): Filters | null {
  if (version !== null) return filtersOf(packet, version === V5, hasOptions);
  return filtersOf(packet, false, hasOptions) ?? filtersOf(packet, true, hasOptions);
}

/** Of a longer packet its first ones. */
function filtersOf(packet: Packet, isV5: boolean, hasOptions: boolean): Filters | null {
  const cursor = new Cursor(packet.body);
  const id = cursor.uint16();
  if (isV5 && readProperties(cursor) === null) return null;
  const filters: string[] = [];
  while (cursor.at < packet.body.length) {
    const filter = text(cursor);
    if (hasOptions) cursor.skip(1);
    if (cursor.isShort) break;
    if (!isFilter(filter)) return null;
    filters.push(filter);
  }
  const isCut = cursor.isShort && packet.body.length === packet.bodyLength;
  return isCut || filters.length === 0 ? null : { id, filters, isV5 };
}

interface Answered {
  readonly code: number;
  readonly properties: Properties;
}

/** Of a connection, a message, or its end: a number, unless it is the usual one, and perhaps more. */
export function parseAnswer({ body, bodyLength }: Packet, skipped: number): Answered | null {
  const cursor = new Cursor(body, skipped);
  const code = bodyLength > skipped ? cursor.uint8() : 0;
  const properties = bodyLength > skipped + 1 ? readProperties(cursor) : NO_PROPERTIES;
  if (cursor.isShort || properties === null) return null;
  return { code, properties };
}

export interface Codes {
  readonly codes: readonly number[];
  readonly reason: string;
}

/** One number for each filter, in their order. */
export function parseCodes({ body, bodyLength }: Packet, isV5: boolean): Codes | null {
  const cursor = new Cursor(body, 2);
  const properties = isV5 ? readProperties(cursor) : NO_PROPERTIES;
  if (properties === null || body.length < bodyLength) return null;
  return { codes: [...body.subarray(cursor.at)], reason: properties.reason };
}
