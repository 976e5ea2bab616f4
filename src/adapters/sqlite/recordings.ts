import type { CallSource } from '../../application/ports/call-store.ts';
import type { Call } from '../../domain/calls/call.ts';
import { CallSinkBuffer, type StoredCall } from './call-sink-buffer.ts';
import type { Connection } from './connection.ts';
import type { LifeRecordings } from './environments.ts';
import type { StateLimits } from './limits.ts';
import { integer, text } from './row.ts';

/** Rows deleted in one transaction, so that no writer waits long. */
const DELETE_BATCH = 5_000;
const SHRINK_PAGES = 2_000;

const RUNNING = 'SELECT id, kept, dropped FROM recordings WHERE environment = ? AND ended = 0';

/** A call that was told while it was in flight is told again when it ends: the later word counts. */
const FORGET_OPEN_COPY = `DELETE FROM calls
  WHERE recording = ? AND started_at_us = ? AND ended_at_us IS NULL
    AND json_extract(body_json, '$.id') = json_extract(?, '$.id')`;

/**
 * The captured calls of every environment, the newest `callCount` of each life. Ending a recording is
 * one small write; its calls are deleted afterwards, piece by piece, by whoever sweeps next.
 */
export class Recordings implements CallSource, LifeRecordings {
  readonly #connection: Connection;
  readonly #limits: StateLimits;
  readonly #sinks = new Map<string, CallSinkBuffer>();

  constructor(connection: Connection, limits: StateLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** The one sink of this process for an environment. */
  sink(environment: string): CallSinkBuffer {
    const present = this.#sinks.get(environment);
    if (present !== undefined) return present;
    const sink = new CallSinkBuffer({
      waitingCallCount: this.#limits.waitingCallCount,
      write: (calls, dropped) => this.#append(environment, calls, dropped),
      onClose: () => this.#sinks.delete(environment),
    });
    this.#sinks.set(environment, sink);
    return sink;
  }

  async calls(
    environment: string,
    window: { readonly fromUs: number; readonly toUs: number; readonly limit?: number },
  ): Promise<readonly Call[]> {
    await this.#sinks.get(environment)?.flush();
    const connection = this.#connection;
    const limit = Math.min(window.limit ?? this.#limits.callCount, this.#limits.callCount);
    return connection.read(() =>
      connection
        .all(
          `SELECT body_json FROM calls
           WHERE recording = (SELECT id FROM recordings WHERE environment = ? AND ended = 0)
             AND started_at_us <= ? AND (ended_at_us IS NULL OR ended_at_us >= ?)
           ORDER BY started_at_us, rowid LIMIT ?`,
          environment,
          integral(window.toUs),
          integral(window.fromUs),
          Math.max(0, limit),
        )
        .map((row) => JSON.parse(text(row, 'body_json')) as Call),
    );
  }

  async droppedCalls(environment: string): Promise<number> {
    const connection = this.#connection;
    const waiting = this.#sinks.get(environment)?.dropped ?? 0;
    return connection.read(() => {
      const row = connection.get(RUNNING, environment);
      return waiting + (row === undefined ? 0 : integer(row, 'dropped'));
    });
  }

  end(environment: string): Promise<void> {
    const connection = this.#connection;
    this.#sinks.get(environment)?.forget();
    return connection.write(() => {
      connection.run(
        'UPDATE recordings SET ended = 1 WHERE environment = ? AND ended = 0',
        environment,
      );
    });
  }

  async sweep(): Promise<void> {
    const connection = this.#connection;
    let swept = 0;
    for (;;) {
      const deleted = await connection.write(() =>
        connection.run(
          `DELETE FROM calls WHERE rowid IN (
             SELECT rowid FROM calls WHERE recording IN (SELECT id FROM recordings WHERE ended = 1)
             LIMIT ?)`,
          DELETE_BATCH,
        ),
      );
      swept += deleted;
      if (deleted < DELETE_BATCH) break;
    }
    await connection.write(() => {
      connection.run(
        `DELETE FROM recordings WHERE ended = 1
         AND NOT EXISTS (SELECT 1 FROM calls WHERE recording = recordings.id)`,
      );
    });
    for (let batch = 0; batch < swept; batch += DELETE_BATCH) await connection.shrink(SHRINK_PAGES);
  }

  /** Flushes and ends the sinks of this process. */
  async close(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.close()));
  }

  #append(environment: string, calls: readonly StoredCall[], dropped: number): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(
        `INSERT INTO recordings (environment) SELECT ?
         WHERE NOT EXISTS (SELECT 1 FROM recordings WHERE environment = ? AND ended = 0)`,
        environment,
        environment,
      );
      const row = connection.get(RUNNING, environment) ?? {};
      const recording = integer(row, 'id');
      let replaced = 0;
      for (const call of calls) {
        replaced += connection.run(FORGET_OPEN_COPY, recording, call.startedAtUs, call.json);
        connection.run(
          'INSERT INTO calls (recording, started_at_us, ended_at_us, body_json) VALUES (?, ?, ?, ?)',
          recording,
          call.startedAtUs,
          call.endedAtUs,
          call.json,
        );
      }
      const kept = integer(row, 'kept') + calls.length - replaced;
      const excess = kept - this.#limits.callCount;
      const slack = Math.min(DELETE_BATCH, Math.ceil(this.#limits.callCount / 20));
      const deleted = excess > 0 ? this.#deleteOldest(recording, excess + slack) : 0;
      connection.run(
        'UPDATE recordings SET kept = ?, dropped = dropped + ? WHERE id = ?',
        kept - deleted,
        dropped,
        recording,
      );
    });
  }

  /** A little more than must go, so that not every batch pays for it. */
  #deleteOldest(recording: number, count: number): number {
    return this.#connection.run(
      `DELETE FROM calls WHERE rowid IN (
         SELECT rowid FROM calls WHERE recording = ? ORDER BY started_at_us LIMIT ?)`,
      recording,
      count,
    );
  }
}

function integral(us: number): number {
  return Math.trunc(Math.max(Number.MIN_SAFE_INTEGER, Math.min(us, Number.MAX_SAFE_INTEGER)));
}
