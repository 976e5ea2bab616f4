import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperationError } from '../../../domain/errors.ts';
import type { Credentials } from '../configuration/secrets.ts';
import type { EnvironmentFolder } from '../environment-folder.ts';
import { readJson } from '../read-json.ts';
import { letPass } from './passable-root.ts';
import { runTool, type Postgres } from './postgres-binaries.ts';

/**
 * The files of one PostgreSQL cluster: made from the template, kept between starts, thrown away when
 * they can't be trusted. The data of environments is disposable, so it is written without `fsync`;
 * after a crash of the machine it is made anew rather than believed.
 */

/** What a cluster was made for, beside its folder. */
interface Birth {
  readonly database: string;
  readonly username: string;
  readonly version: string;
  /** Of the last start. */
  readonly bootId: string;
}

interface Wanted extends Credentials {
  readonly bootId: string;
  /** See `databaseRoot`. */
  readonly root: string;
}

/** @param root - See `databaseRoot`. */
export function clusterFolder(root: string, folder: EnvironmentFolder, component: string): string {
  const isAtHome = folder.path.startsWith(`${root}/`);
  const data = isAtHome ? folder.data : join(root, 'environments', folder.environment);
  return join(data, component);
}

/** Makes it unless it is there and was made for the same database. */
export async function ensureCluster(
  postgres: Postgres,
  cluster: string,
  wanted: Wanted,
): Promise<void> {
  const { username, database, bootId } = wanted;
  const birth: Birth = { username, database, bootId, version: postgres.version };
  const known = readBirth(cluster);
  const isSame =
    known?.username === username &&
    known.database === database &&
    known.version === postgres.version &&
    existsSync(join(cluster, 'PG_VERSION'));
  if (!isSame) {
    await removeCluster(cluster);
    await makeCluster(postgres, cluster, wanted);
  }
  writeFileSync(birthPath(cluster), JSON.stringify(birth), { mode: 0o600 });
}

/** Whether the machine went down while it was running. Then its files may be anything. */
export function isTorn(cluster: string, bootId: string): boolean {
  const birth = readBirth(cluster);
  return birth !== null && birth.bootId !== bootId && existsSync(join(cluster, 'postmaster.pid'));
}

/** Names of the datastores that have a cluster beside this one. */
export function clustersIn(data: string): readonly string[] {
  if (!existsSync(data)) return [];
  return readdirSync(data).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []));
}

/** Its server must have ended. */
export async function removeCluster(cluster: string): Promise<void> {
  await freeSharedMemory(cluster);
  await rm(cluster, { recursive: true, force: true });
  await rm(birthPath(cluster), { force: true });
}

async function makeCluster(postgres: Postgres, cluster: string, wanted: Wanted): Promise<void> {
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const data = dirname(cluster);
  mkdirSync(data, { recursive: true });
  // `<root>/environments/<name>`, and `data` in it at home: whatever the umask made of them.
  if (postgres.users !== null) for (const path of above(data, wanted.root)) letPass(path);
  await runTool('cp', ['-R', postgres.template, unfinished], {});
  // To all databases: tools for tests and migrations make some of their own beside the one.
  const login = `host all ${quotedName(wanted.username)} 127.0.0.1/32 scram-sha-256\n`;
  writeFileSync(join(unfinished, 'pg_hba.conf'), login, { mode: 0o600 });
  if (postgres.users !== null) await changeOwner(unfinished, postgres.users.tools);
  await createDatabase(postgres, unfinished, wanted);
  if (postgres.users !== null) await changeOwner(unfinished, postgres.users.server);
  renameSync(unfinished, cluster);
}

/** Before anybody can connect, and by standard input: the password is in no argument and on no wire. */
async function createDatabase(
  postgres: Postgres,
  cluster: string,
  { username, password, database }: Credentials,
): Promise<void> {
  const [user, name] = [quotedName(username), quotedName(database)];
  const statements = [
    `CREATE ROLE ${user} LOGIN CREATEDB PASSWORD '${password.replaceAll("'", "''")}'`,
    database === 'postgres'
      ? `ALTER DATABASE ${name} OWNER TO ${user}`
      : `CREATE DATABASE ${name} OWNER ${user} STRATEGY file_copy`,
  ];
  await runTool(
    join(postgres.folder, 'bin', 'postgres'),
    ['--single', '-D', cluster, '-c', 'fsync=off', '-c', 'exit_on_error=on', 'template1'],
    { user: postgres.users?.tools, input: `${statements.join('\n')}\n` },
  );
}

/** One statement is one line there, and the same form serves `pg_hba.conf`. */
function quotedName(name: string): string {
  if (/[\p{Cc}"]/u.test(name) || name === '') {
    throw new OperationError(
      'DATASTORE_FAILED',
      `"${name}" can't be the name of a database or user, expected no quotes or control characters`,
    );
  }
  return `"${name}"`;
}

async function changeOwner(
  folder: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await runTool('chown', ['-R', `${uid}:${gid}`, folder], {});
}

/** A folder and those above it, up to a root that is not among them. */
function above(folder: string, root: string): readonly string[] {
  return folder.startsWith(`${root}/`) ? [folder, ...above(dirname(folder), root)] : [];
}

/** A server that was killed leaves a few bytes of System V memory, which outlive its files. */
async function freeSharedMemory(cluster: string): Promise<void> {
  const segment = abandonedSegment(cluster);
  // Whoever is first takes it away; that it is gone is what was wanted.
  if (segment !== null) await runTool('ipcrm', ['-m', segment], {}).catch(() => undefined);
}

/** Null when it ended in order, when somebody uses the segment, and where the system does not tell. */
function abandonedSegment(cluster: string): string | null {
  try {
    const line = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[6] ?? '';
    const [key, id] = line.trim().split(/\s+/u);
    const segments = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n');
    const isOurs = segments.some((segment) => {
      const fields = segment.trim().split(/\s+/u);
      return fields[0] === key && fields[1] === id && fields[6] === '0';
    });
    return isOurs && id !== undefined ? id : null;
  } catch {
    return null;
  }
}

function birthPath(cluster: string): string {
  return `${cluster}.json`;
}

function readBirth(cluster: string): Birth | null {
  const value = readJson(birthPath(cluster));
  return isBirth(value) ? value : null;
}

function isBirth(value: unknown): value is Birth {
  return (
    typeof value === 'object' &&
    value !== null &&
    'database' in value &&
    'username' in value &&
    'version' in value &&
    'bootId' in value
  );
}
