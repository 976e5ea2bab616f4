import type { Correlation } from '../../call.ts';
import type { Cursor } from '../bytes/cursor.ts';
import { CorrelationReader } from '../correlation.ts';

/** What packets of MQTT 5 say beyond what those of 3.1.1 do. */
export interface Properties {
  /** What the broker says of a failure; empty when it says nothing. */
  readonly reason: string;
  /** A number for a topic; 0 for none. */
  readonly topicAlias: number;
  /** Seconds that the broker chose; null when it leaves that to the client. */
  readonly keepAliveS: number | null;
  readonly correlation: Correlation;
}

export const NO_PROPERTIES: Properties = {
  reason: '',
  topicAlias: 0,
  keepAliveS: null,
  correlation: {},
};

const SERVER_KEEP_ALIVE = 0x13;
const REASON = 0x1f;
const TOPIC_ALIAS = 0x23;
const USER = 0x26;

/** How many bytes the value of a property takes, by its number. */
const FIXED: ReadonlyMap<number, number> = new Map([
  ...[0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a].map((id) => [id, 1] as const),
  ...[SERVER_KEEP_ALIVE, 0x21, 0x22, TOPIC_ALIAS].map((id) => [id, 2] as const),
  ...[0x02, 0x11, 0x18, 0x27].map((id) => [id, 4] as const),
]);
const SUBSCRIPTION_ID = 0x0b;
const TEXTS = new Set([0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, REASON]);

/** Null when these are none, or do not end where they should. */
export function readProperties(cursor: Cursor): Properties | null {
  const length = cursor.varint();
  if (length === 0) return cursor.isShort ? null : NO_PROPERTIES;
  const end = cursor.at + length;
  const found = new Found();
  while (cursor.at < end && !cursor.isShort) if (!found.read(cursor)) return null;
  return cursor.isShort || cursor.at !== end ? null : found.result();
}

class Found {
  readonly #numbers = new Map<number, number>();
  readonly #users = new CorrelationReader();
  #reason = '';

  /** @returns False when nobody knows how long its value is. */
  read(cursor: Cursor): boolean {
    const id = cursor.uint8();
    const size = FIXED.get(id);
    if (size !== undefined) this.#numbers.set(id, numberOf(cursor, size));
    else if (id === SUBSCRIPTION_ID) cursor.varint();
    else if (id === USER) this.#users.take(text(cursor).toLowerCase(), text(cursor));
    else if (id === REASON) this.#reason = text(cursor);
    else if (TEXTS.has(id)) cursor.skip(cursor.uint16());
    else return false;
    return true;
  }

  result(): Properties {
    return {
      reason: this.#reason,
      topicAlias: this.#numbers.get(TOPIC_ALIAS) ?? 0,
      keepAliveS: this.#numbers.get(SERVER_KEEP_ALIVE) ?? null,
      correlation: this.#users.result(),
    };
  }
}

function numberOf(cursor: Cursor, size: number): number {
  let value = 0;
  for (let place = 0; place < size; place += 1) value = value * 256 + cursor.uint8();
  return value;
}

export function text(cursor: Cursor): string {
  return cursor.text(cursor.uint16());
}
