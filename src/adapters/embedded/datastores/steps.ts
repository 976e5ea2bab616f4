import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Component, DataStep } from '../../../domain/catalog/component.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { OperationError, type ErrorCode } from '../../../domain/errors.ts';
import { performOneShot } from '../processes/one-shot.ts';
import { listenKey } from '../addresses/ports.ts';
import type { Credentials } from '../configuration/secrets.ts';
import type { Site } from '../site.ts';
import { knownCredentials, variablesOf } from '../processes/surroundings.ts';
import type { UnitContext, UnitWork } from '../works/unit.ts';
import { databaseUrl } from '../configuration/variables.ts';
import { connection } from './postgres.ts';

/**
 * Fills a datastore: SQL files in name order, each once and in a transaction of its own, or a command.
 *
 * Which files were applied is written in the database itself, so it is true for exactly that data.
 */

type StepCode = Extract<ErrorCode, 'MIGRATION_FAILED' | 'SEED_FAILED'>;

/** @param worktree - The files are relative to it, the command runs in it. */
export function stepWork(
  site: Site,
  component: Component,
  step: DataStep,
  worktree: string,
): UnitWork {
  return async (unit) => {
    const code: StepCode = unit.order.task.kind === 'seed' ? 'SEED_FAILED' : 'MIGRATION_FAILED';
    if ('command' in step) {
      await runCommand(site, unit, { component, command: step.command, worktree, code });
      return;
    }
    const files = await filesOf(worktree, step.files, code);
    const login = loginOf(site, component);
    const applied = await applyFiles(unit, login, { worktree, files, code });
    if (applied !== null)
      unit.succeeded({ message: `${applied} of ${files.length} files applied` });
  };
}

interface StepCommand {
  readonly component: Component;
  readonly command: readonly string[];
  readonly worktree: string;
  readonly code: StepCode;
}

async function runCommand(
  site: Site,
  unit: UnitContext,
  { component, command, worktree, code }: StepCommand,
): Promise<void> {
  const isDone = await performOneShot(
    site,
    unit,
    {
      owner: unit.order.task.id,
      command,
      folder: worktree,
      variables: {
        ...(await variablesOf(site, unit.order, { component, folder: worktree })),
        ...datastoreVariables(site, component),
      },
      timeoutMs: unit.order.task.timeoutMs,
      log: site.logs.of(component.name),
    },
    code,
  );
  if (isDone) unit.succeeded();
}

/** The datastore as its own steps see it: not through a relay. */
function datastoreVariables(site: Site, component: Component): Record<string, string> {
  const [first] = component.ports;
  const port = first === undefined ? null : site.port(listenKey(component.name, first.name));
  if (port === null) return {};
  const address = { DATABASE_HOST: '127.0.0.1', DATABASE_PORT: String(port) };
  const login = knownCredentials(site, component, true);
  if (login === null) return address;
  return {
    ...address,
    DATABASE_URL: databaseUrl('postgres', port, login),
    DATABASE_NAME: login.database,
    DATABASE_USERNAME: login.username,
    DATABASE_PASSWORD: login.password,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGDATABASE: login.database,
    PGUSER: login.username,
    PGPASSWORD: login.password,
  };
}

/** In name order, each once however many patterns name it. */
async function filesOf(
  worktree: string,
  patterns: readonly string[],
  code: StepCode,
): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    let found = 0;
    for await (const file of glob(pattern, { cwd: worktree })) {
      if (file.startsWith('..') || file.startsWith('/')) continue;
      files.add(file);
      found += 1;
    }
    if (found === 0) throw new OperationError(code, `no file matches "${pattern}"`);
  }
  return [...files].toSorted(compareText);
}

type Login = Credentials & { readonly port: number };

function loginOf(site: Site, component: Component): Login {
  const login = knownCredentials(site, component, true);
  const [first] = component.ports;
  const port = first === undefined ? null : site.port(listenKey(component.name, first.name));
  if (login !== null && port !== null) return { ...login, port };
  throw new OperationError(
    'DATASTORE_UNSUPPORTED',
    `SQL files can't be applied to "${component.name}": its engine is not "postgres"`,
    { hint: 'use a command for its migrations and seeds' },
  );
}

interface StepFiles {
  readonly worktree: string;
  readonly files: readonly string[];
  readonly code: StepCode;
}

/** @returns How many were applied now; null when told to end. */
async function applyFiles(
  unit: UnitContext,
  login: Login,
  step: StepFiles,
): Promise<number | null> {
  const client = await connection(login, login.port);
  const stop = (): void => void client.end().catch(() => undefined);
  unit.signal.addEventListener('abort', stop);
  try {
    await client.connect();
    await client.query(
      'CREATE TABLE IF NOT EXISTS offshoot_steps (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const known = await appliedBefore(client);
    let applied = 0;
    for (const name of step.files) {
      if (await applyFile(client, { ...step, name }, known.get(name))) applied += 1;
    }
    return applied;
  } catch (error) {
    if (unit.signal.aborted) return null;
    throw error instanceof OperationError ? error : databaseFailure(step.code, error);
  } finally {
    unit.signal.removeEventListener('abort', stop);
    stop();
  }
}

async function appliedBefore(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'SELECT name, sha256 FROM offshoot_steps',
  );
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]));
}

/** @returns Whether there was something to do. */
async function applyFile(
  client: pg.Client,
  file: StepFiles & { readonly name: string },
  known: string | undefined,
): Promise<boolean> {
  const { name, code } = file;
  const text = await readFile(join(file.worktree, name), 'utf8');
  const sha256 = createHash('sha256').update(text).digest('hex');
  if (known === sha256) return false;
  if (known !== undefined) {
    throw new OperationError(
      code,
      `"${name}" was changed after it had been applied to this database`,
      {
        hint: 'put the change into a new file, or remove the environment and bring it up again',
        details: { file: name },
      },
    );
  }
  try {
    await client.query('BEGIN');
    await client.query(text);
    await client.query('INSERT INTO offshoot_steps (name, sha256) VALUES ($1, $2)', [name, sha256]);
    await client.query('COMMIT');
    return true;
  } catch (error) {
    throw databaseFailure(code, error, { name, text });
  }
}

/** File, line, SQLSTATE and what the database says. */
function databaseFailure(
  code: StepCode,
  error: unknown,
  file?: { readonly name: string; readonly text: string },
): OperationError {
  const says = error instanceof Error ? error.message : String(error);
  if (!isDatabaseError(error)) {
    const where = file === undefined ? '' : `"${file.name}": `;
    return new OperationError(code, `${where}${says}`, { cause: error });
  }
  const line = file === undefined ? null : lineAt(file.text, error.position);
  const where =
    file === undefined ? 'the database' : `"${file.name}"${line ? ` line ${line}` : ''}`;
  const more = [error.detail, error.hint].filter((text) => text !== undefined);
  return new OperationError(
    code,
    [`${where}: ${says} (SQLSTATE ${error.code ?? 'unknown'})`, ...more].join('; '),
    { cause: error, details: { file: file?.name, line, sqlState: error.code } },
  );
}

/** What the server says, as opposed to what became of the connection. */
function isDatabaseError(error: unknown): error is pg.DatabaseError {
  return error instanceof Error && 'severity' in error && 'code' in error;
}

/** @param position - Of a character, counted from 1 in code points, as PostgreSQL gives it. */
function lineAt(text: string, position: string | undefined): number | null {
  if (position === undefined) return null;
  const before = Array.from(text).slice(0, Number(position) - 1);
  return before.filter((character) => character === '\n').length + 1;
}
