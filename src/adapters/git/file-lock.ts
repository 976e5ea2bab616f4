import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../domain/errors.ts';

/**
 * One holder at a time, among all processes of the machine. Nobody's death leaves it behind.
 *
 * Node offers no file locks but SQLite takes them: an exclusive transaction on an empty database is a lock
 * of the operating system's, and that one ends with its process, also by `kill -9`. So there is no owner to
 * identify and no stale lock to break. The file stays empty and stays where it is.
 */

const SQLITE_BUSY = 5;
const RETRY_MS = 15;
/** Longer than the longest Git command under it. */
const PATIENCE_MS = 15 * 60_000;

/** @throws {OperationError} `STATE_BUSY` when somebody else does not let go. */
export async function withFileLock<Result>(
  path: string,
  act: () => Promise<Result>,
): Promise<Result> {
  const release = await acquire(path);
  try {
    return await act();
  } finally {
    release();
  }
}

async function acquire(path: string): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const file = new DatabaseSync(path);
  const giveUpAt = performance.now() + PATIENCE_MS;
  try {
    while (!tryLock(file)) {
      if (performance.now() > giveUpAt) {
        throw new OperationError('STATE_BUSY', `another process holds "${path}"`);
      }
      await sleep(RETRY_MS);
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return () => file.close();
}

function tryLock(file: DatabaseSync): boolean {
  try {
    file.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
