import { Cursor } from '../bytes/cursor.ts';
import { APIS, type Api } from './apis.ts';
import { KafkaFields } from './schema.ts';

/** The beginning of a request of Kafka: what it asks for, of which topic. */

export interface KafkaRequest {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly operation: string;
  /** The broker is asked not to answer. */
  readonly isOneWay: boolean;
}

export const LENGTH_BYTES = 4;
const VERSION_MAX = 24;
const TOPIC = /^[\w.-]{1,249}$/u;

/** Whether a request can begin so; of its length nothing is said. */
export function isKnownHead(bytes: Uint8Array): boolean {
  const cursor = new Cursor(bytes, LENGTH_BYTES);
  const isKnown = APIS.has(cursor.int16());
  const version = cursor.int16();
  return isKnown && version >= 0 && version <= VERSION_MAX;
}

/** Null when it is no request that is known. */
export function parseRequest(frame: Uint8Array): KafkaRequest | null {
  const cursor = new Cursor(frame, LENGTH_BYTES);
  const key = cursor.int16();
  const version = cursor.int16();
  const correlationId = cursor.int32();
  const api = APIS.get(key);
  if (api === undefined || cursor.isShort) return null;
  // The client id is written the old way in every version.
  new KafkaFields(cursor, false).text();
  const fields = new KafkaFields(cursor, version >= api.flexibleSince);
  fields.tags();
  const asked = bodyOf(api, version, fields);
  const operation = TOPIC.test(asked.topic) ? `${api.name} ${asked.topic}` : api.name;
  return { api, version, correlationId, operation, isOneWay: asked.isOneWay };
}

function bodyOf(
  api: Api,
  version: number,
  fields: KafkaFields,
): { readonly topic: string; readonly isOneWay: boolean } {
  if (api.name === 'Produce') {
    if (version >= 3) fields.text();
    const isOneWay = fields.cursor.int16() === 0 && !fields.cursor.isShort;
    fields.cursor.skip(4);
    return { topic: version < 13 ? firstTopic(fields) : '', isOneWay };
  }
  if (api.name !== 'Fetch' || version >= 13) return { topic: '', isOneWay: false };
  fields.cursor.skip(12 + (version >= 3 ? 4 : 0) + (version >= 4 ? 1 : 0) + (version >= 7 ? 8 : 0));
  return { topic: firstTopic(fields), isOneWay: false };
}

function firstTopic(fields: KafkaFields): string {
  return fields.count() > 0 ? fields.text() : '';
}
