import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from 'node:sqlite';
import { OperationError } from '../../domain/errors.ts';

/** How long a locked database is waited for, in all. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * How long one attempt may block the thread. The rest of `BUSY_TIMEOUT_MS` is spent asleep between
 * attempts, so that an agent goes on relaying bytes while another process writes.
 */
const BLOCKING_TIMEOUT_MS = 20;
const RETRY_DELAY_MS_MAX = 25;

/** SQLite's result codes, lower byte: https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_FULL = 13;
const UNREADABLE = new Set([8, 10, 11, 14, 26]);

export type Row = Record<string, SQLOutputValue>;

/** The steps from an empty file to the newest form, in order; the schema version is their count. */
export type Migrations = readonly string[];

export interface ConnectionOptions {
  readonly migrations: Migrations;
  readonly busyTimeoutMs?: number;
}

/**
 * One database file, opened for reading and writing beside other processes.
 *
 * Writes of this connection happen one after another in the order in which they were asked for, each
 * in one IMMEDIATE transaction: all of it or nothing, and on the disk's log when its promise
 * resolves. A lock held elsewhere is waited for, then `STATE_BUSY`.
 */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #busyTimeoutMs: number;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #writeCount = 0;

  constructor(file: string, options: ConnectionOptions) {
    this.#busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
    this.#database = openDatabase(file, options.migrations, this.#busyTimeoutMs);
  }

  /**
   * A prepared statement; the same text is prepared once. Placeholders are plain `?`, each bound once:
   * Node 22.19 refuses numbered ones.
   */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.statement(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.statement(sql).all(...values);
  }

  /** Returns how many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  /** Reads that must see one state of the database; `work` is synchronous and writes nothing. */
  read<T>(work: () => T): Promise<T> {
    return this.#patiently(() => this.#transaction('BEGIN', work));
  }

  /** Reads and writes that happen together or not at all; `work` is synchronous and may run again. */
  write<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    const attempt = (): Promise<T> =>
      this.#patiently(() => this.#transaction('BEGIN IMMEDIATE', work), deadline);
    const done = this.#lastWrite.then(attempt);
    this.#lastWrite = done.catch(() => undefined);
    return done;
  }

  /** Differs from an earlier answer when anything was committed in between, here or elsewhere. */
  version(): string {
    const row = this.get('PRAGMA data_version');
    return `${String(row?.['data_version'])}:${this.#writeCount}`;
  }

  /** Gives up to so many free pages of 4 KiB back to the file system. */
  shrink(pages: number): Promise<void> {
    return this.write(() => {
      this.all(`PRAGMA incremental_vacuum(${pages})`);
    });
  }

  /** Waits for the writes already asked for. */
  async close(): Promise<void> {
    await this.#lastWrite;
    if (this.#database.isOpen) this.#database.close();
  }

  #changeCount(): unknown {
    return this.get('SELECT total_changes() AS count')?.['count'];
  }

  async #patiently<T>(
    work: () => T,
    deadline = performance.now() + this.#busyTimeoutMs,
  ): Promise<T> {
    for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, RETRY_DELAY_MS_MAX)) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw translate(error);
      }
      await wait(delayMs * (0.5 + Math.random()));
    }
  }

  #transaction<T>(begin: string, work: () => T): T {
    this.#database.exec(begin);
    try {
      const changesBefore = this.#changeCount();
      const result = work();
      this.#database.exec('COMMIT');
      if (this.#changeCount() !== changesBefore) this.#writeCount += 1;
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function openDatabase(file: string, migrations: Migrations, busyTimeoutMs: number): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    createPrivately(file);
    database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    // Only a new file takes it; lets `shrink` give pages back without copying the file.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    enterWalMode(database, busyTimeoutMs);
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    migrate(database, file, migrations);
    database.exec(`PRAGMA busy_timeout = ${Math.min(BLOCKING_TIMEOUT_MS, busyTimeoutMs)}`);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof OperationError ? error : unopenable(file, error);
  }
}

function unopenable(file: string, cause: unknown): OperationError {
  if (isBusy(cause)) return stayedBusy(cause);
  return new OperationError('STATE_UNREADABLE', `the state database "${file}" cannot be opened`, {
    details: { file },
    cause,
  });
}

/** Only the owner may read the state; SQLite gives its `-wal` and `-shm` files the mode of the database. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
}

/** The switch does not honour the busy timeout when two processes make it at once. */
function enterWalMode(database: DatabaseSync, busyTimeoutMs: number): void {
  const deadline = performance.now() + busyTimeoutMs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

function migrate(database: DatabaseSync, file: string, migrations: Migrations): void {
  if (schemaVersion(database) === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = schemaVersion(database);
    if (version > migrations.length) throw newerSchema(file, version, migrations.length);
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function newerSchema(file: string, found: number, known: number): OperationError {
  return new OperationError(
    'STATE_UNREADABLE',
    `the state database "${file}" has schema version ${found}, this Offshoot knows up to ${known}`,
    {
      hint: 'use the newest Offshoot, or another `OFFSHOOT_HOME`',
      details: { file, found, known },
    },
  );
}

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Our own errors and bugs pass as they are; the database's get a code of the catalog. */
function translate(error: unknown): unknown {
  const code = resultCode(error);
  if (code === null) return error;
  if (isBusy(error)) return stayedBusy(error);
  if (code === SQLITE_FULL) {
    return new OperationError('DISK_FULL', 'the disk with the state database is full', {
      cause: error,
    });
  }
  if (UNREADABLE.has(code)) {
    return new OperationError('STATE_UNREADABLE', 'the state database cannot be read or written', {
      cause: error,
    });
  }
  return error;
}

function stayedBusy(cause: unknown): OperationError {
  return new OperationError('STATE_BUSY', 'the state database stayed locked by another process', {
    cause,
  });
}
