import type { Connection } from './connection.ts';
import type { StateLimits } from './limits.ts';

/** How long the past is kept. Every method runs inside a transaction of the caller. */
export class History {
  readonly #connection: Connection;
  readonly #limits: StateLimits;
  readonly #nowMs: () => number;

  constructor(connection: Connection, limits: StateLimits, nowMs: () => number) {
    this.#connection = connection;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Forgets the oldest removed lives; with the last life of a name go its events, runs and reports. */
  prune(): void {
    const connection = this.#connection;
    const oldest = new Date(this.#nowMs() - this.#limits.historyMs).toISOString();
    const forgotten = connection.all(
      `DELETE FROM environments WHERE removed_at IS NOT NULL AND (removed_at < ? OR uid NOT IN (
         SELECT uid FROM environments WHERE removed_at IS NOT NULL
         ORDER BY removed_at DESC, uid DESC LIMIT ?))
       RETURNING name`,
      oldest,
      this.#limits.historyCount,
    );
    for (const name of new Set(forgotten.map((row) => row['name'] ?? null))) {
      for (const table of ['events', 'test_runs', 'reports']) {
        connection.run(
          `DELETE FROM ${table} WHERE environment = ?
           AND NOT EXISTS (SELECT 1 FROM environments WHERE name = ?)`,
          name,
          name,
        );
      }
    }
    this.dropUnusedPlans();
  }

  dropUnusedPlans(): void {
    this.#connection.run(
      'DELETE FROM plans WHERE NOT EXISTS (SELECT 1 FROM environments WHERE plan_hash = hash)',
    );
  }
}
