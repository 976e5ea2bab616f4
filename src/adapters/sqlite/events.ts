import type { EnvironmentEvent, EventStore } from '../../application/ports/environment-store.ts';
import type { Connection, Row } from './connection.ts';
import type { StateLimits } from './limits.ts';
import { integer, text } from './row.ts';

const EVENTS_DEFAULT = 1_000;
const EVENTS_MAX = 10_000;

/** Counting is dearer than appending, so the bound is looked at now and then. */
const APPENDS_BETWEEN_TRIMS = 100;

/** Ids grow in the order of commits and are never used again, so "after this id" misses nothing. */
export class Events implements EventStore {
  readonly #connection: Connection;
  readonly #limits: StateLimits;
  readonly #now: () => string;
  readonly #appends = new Map<string, number>();

  constructor(connection: Connection, limits: StateLimits, now: () => string) {
    this.#connection = connection;
    this.#limits = limits;
    this.#now = now;
  }

  append(event: Omit<EnvironmentEvent, 'id' | 'at'>): Promise<void> {
    const connection = this.#connection;
    const appends = this.#appends.get(event.environment) ?? 0;
    this.#appends.set(event.environment, appends + 1);
    return connection.write(() => {
      connection.run(
        'INSERT INTO events (environment, at, type, message, data_json) VALUES (?, ?, ?, ?, ?)',
        event.environment,
        this.#now(),
        event.type,
        event.message,
        JSON.stringify(event.data),
      );
      if (appends % APPENDS_BETWEEN_TRIMS === 0) this.#trim(event.environment);
    });
  }

  events(filter: {
    readonly environment?: string;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly EnvironmentEvent[]> {
    const connection = this.#connection;
    const after = filter.after ?? 0;
    const limit = Math.max(0, Math.min(filter.limit ?? EVENTS_DEFAULT, EVENTS_MAX));
    const { environment } = filter;
    return connection.read(() => {
      const rows =
        environment === undefined
          ? connection.all('SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?', after, limit)
          : connection.all(
              'SELECT * FROM events WHERE environment = ? AND id > ? ORDER BY id LIMIT ?',
              environment,
              after,
              limit,
            );
      return rows.map(eventOf);
    });
  }

  #trim(environment: string): void {
    this.#connection.run(
      `DELETE FROM events WHERE environment = ? AND id <= (
         SELECT id FROM events WHERE environment = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
      environment,
      environment,
      this.#limits.eventCount,
    );
  }
}

function eventOf(row: Row): EnvironmentEvent {
  return {
    id: integer(row, 'id'),
    environment: text(row, 'environment'),
    at: text(row, 'at'),
    type: text(row, 'type'),
    message: text(row, 'message'),
    data: JSON.parse(text(row, 'data_json')) as EnvironmentEvent['data'],
  };
}
