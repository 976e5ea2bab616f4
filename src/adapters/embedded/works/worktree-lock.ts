import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../../application/ports/engine-ledger.ts';
import { identityOf, isAlive, type ProcessHost } from '../processes/process-host.ts';
import { readJson } from '../read-json.ts';

/** A worktree belongs to all environments of one revision; who changes files in it takes its lock. */

/** Our own files in a worktree begin so. */
export const MARK = '.offshoot-';

/**
 * Takes the lock unless a living process holds it; one process holds it once.
 *
 * @returns How to give it back, or null.
 */
export function tryLock(host: ProcessHost, worktree: string, name: string): (() => void) | null {
  const path = join(worktree, `${MARK}${name}.lock`);
  const holder = readHolder(path);
  if (holder !== null && isAlive(host, holder)) return null;
  if (holder !== null) rmSync(path, { force: true });
  const me = identityOf(host, process.pid);
  const unnamed = `${path}.${process.pid}`;
  writeFileSync(unnamed, JSON.stringify(me));
  try {
    linkSync(unnamed, path);
    return () => rmSync(path, { force: true });
  } catch {
    return null;
  } finally {
    rmSync(unnamed, { force: true });
  }
}

function readHolder(path: string): ProcessIdentity | null {
  const value = readJson(path);
  return isIdentity(value) ? value : null;
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startTime' in value &&
    typeof value.startTime === 'string' &&
    'bootId' in value &&
    typeof value.bootId === 'string'
  );
}
