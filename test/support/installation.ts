import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { vi } from 'vitest';
import type * as z from 'zod';
import { installationOf } from '../../src/adapters/embedded/environment-folder.ts';
import { processHost } from '../../src/adapters/embedded/processes/process-host.ts';
import {
  environmentDocumentSchema,
  type EnvironmentDocument,
} from '../../src/contract/environment-document.ts';
import { COMPANY, createRepositories, documentOf, type Parts } from './company.ts';
import type { Files, TestRepository } from './git-repositories.ts';

/**
 * The real program for end-to-end tests: `bin/offshoot` as child processes, over a company in a temporary
 * folder with a state folder of its own. Looks at the world by other ways than the program's, and never
 * leaves a process behind.
 */

const ROOT = new URL('../..', import.meta.url).pathname;
export const PROGRAM = join(ROOT, 'bin', 'offshoot');
/** Longest wait for what happens by itself. */
const SOON_MS = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it printed, checked by a schema of the contract. */
  readonly json: <Schema extends z.ZodType>(schema: Schema) => z.infer<Schema>;
}

export interface Command {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stderr(): string;
  stdout(): string;
  signal(name: NodeJS.Signals): void;
}

export interface CompanyOptions {
  /** Replaces or adds parts of the company. */
  readonly parts?: Parts;
  /** Merged into the spec of `offshoot.yaml`. */
  readonly project?: Readonly<Record<string, unknown>>;
  /** `<name>/<key>` → value. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A company nobody has used Offshoot in yet. */
export async function givenCompany(options: CompanyOptions = {}): Promise<Installation> {
  // People have spaces and letters of their own in their paths.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'offshoot é2e ')));
  // As root, databases run as another user, who must come by here.
  await chmod(root, 0o711);
  const parts = { ...COMPANY, ...options.parts };
  const project = join(root, 'project');
  for (const folder of [project, join(root, 'git')]) mkdirSync(folder);
  const repositories = createRepositories(join(root, 'git'), parts);
  const installation = new Installation(root, repositories, options.variables ?? {});
  for (const [path, value] of Object.entries(options.secrets ?? {})) {
    const [name = '', key = ''] = path.split('/');
    mkdirSync(join(project, 'secrets', name), { recursive: true });
    writeFileSync(join(project, 'secrets', name, key), value, { mode: 0o600 });
  }
  installation.describe(parts, options.project);
  return installation;
}

export class Installation {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly #repositories: ReadonlyMap<string, TestRepository>;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #children = new Set<ChildProcess>();
  readonly #host = processHost();

  constructor(
    root: string,
    repositories: ReadonlyMap<string, TestRepository>,
    variables: Readonly<Record<string, string>>,
  ) {
    this.root = root;
    this.home = join(root, 'home');
    this.project = join(root, 'project');
    this.#repositories = repositories;
    this.#variables = variables;
  }

  /** Writes the project file and the catalog. */
  describe(parts: Parts, spec: Readonly<Record<string, unknown>> = {}): void {
    const project = {
      apiVersion: 'offshoot.dev/v1alpha1',
      kind: 'Project',
      metadata: { name: 'company' },
      spec: { catalog: 'catalog', ...spec },
    };
    writeFileSync(join(this.project, 'offshoot.yaml'), JSON.stringify(project));
    mkdirSync(join(this.project, 'catalog'), { recursive: true });
    for (const [name, part] of Object.entries(parts)) {
      const text = documentOf(name, part, this.#repositories.get(name) ?? null);
      writeFileSync(join(this.project, 'catalog', `${name}.yaml`), text);
    }
  }

  repository(component: string): TestRepository {
    const repository = this.#repositories.get(component);
    if (repository === undefined) throw new Error(`"${component}" has no repository`);
    return repository;
  }

  /** Commits to a branch of a component's repository; a text is its new marker. */
  push(branch: string, component: string, change: string | Files): string {
    const files = typeof change === 'string' ? { 'marker.txt': change } : change;
    return this.repository(component).commit(branch, files);
  }

  /** Starts a command without waiting for its end. */
  start(...args: readonly string[]): Command {
    const child = spawn(PROGRAM, args, {
      cwd: this.project,
      env: this.variables(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (output.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (output.stderr += part.toString()));
    const ended = once(child, 'close').then(([code]: unknown[]): Ended => {
      this.#children.delete(child);
      return {
        ...output,
        code: typeof code === 'number' ? code : null,
        json: (schema) => schema.parse(JSON.parse(output.stdout)),
      };
    });
    return {
      pid: child.pid ?? 0,
      ended,
      stderr: () => output.stderr,
      stdout: () => output.stdout,
      signal: (name) => void child.kill(name),
    };
  }

  async offshoot(...args: readonly string[]): Promise<Ended> {
    return await this.start(...args).ended;
  }

  /** Runs a command that must be fine, else says all it said. */
  async fine(...args: readonly string[]): Promise<Ended> {
    const ended = await this.offshoot(...args);
    if (ended.code === 0) return ended;
    throw new Error(`offshoot ${args.join(' ')} ended with ${ended.code}:\n${ended.stderr}`);
  }

  /** Brings the environment of a branch up. */
  async up(branch: string, ...flags: readonly string[]): Promise<EnvironmentDocument> {
    const ended = await this.fine('up', branch, '-o', 'json', ...flags);
    return ended.json(environmentDocumentSchema);
  }

  /** The environment variables of a person who uses it. */
  variables(): NodeJS.ProcessEnv {
    const { PATH, HOME, LANG, TMPDIR } = process.env;
    return {
      PATH,
      HOME,
      LANG,
      TMPDIR,
      OFFSHOOT_HOME: this.home,
      NO_COLOR: '1',
      ...this.#variables,
    };
  }

  /** Rows of the state, read beside the program; none before its tables are made. */
  rows(sql: string, ...values: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
    const file = join(this.home, 'state.db');
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      database.exec('PRAGMA busy_timeout = 5000');
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      return tables.length === 0 ? [] : database.prepare(sql).all(...values);
    } catch (error) {
      if (isReadOnly(error)) return [];
      throw error;
    } finally {
      database.close();
    }
  }

  /** What the state says of a living environment; unlike a command this wakes nobody. */
  observed(name: string): { readonly isReady: boolean; readonly generation: number } | null {
    const [row] = this.rows(
      `SELECT json_extract(status_json, '$.observedGeneration') AS generation, status_json AS status
       FROM environments WHERE name = ? AND removed_at IS NULL`,
      name,
    );
    if (row === undefined) return null;
    const { conditions } = JSON.parse(String(row['status'])) as Pick<
      EnvironmentDocument,
      'conditions'
    >;
    const ready = conditions.find(({ type }) => type === 'Ready');
    return { isReady: ready?.status === 'True', generation: Number(row['generation']) };
  }

  /** Number of the living agent of an environment. */
  agentOf(environment: string): number | null {
    const [row] = this.rows(
      'SELECT pid, start_time FROM leases WHERE environment = ?',
      environment,
    );
    const pid = Number(row?.['pid']);
    return this.#host.entry(pid)?.startTime === row?.['start_time'] && row !== undefined
      ? pid
      : null;
  }

  /** Ends the agent of an environment at once, as a crash would. */
  killAgentOf(environment: string): void {
    const pid = this.agentOf(environment);
    if (pid === null) throw new Error(`"${environment}" has no agent`);
    process.kill(pid, 'SIGKILL');
  }

  /** Ends everything at once, agents first: they would start again what ends before them. */
  killAll(): void {
    const agents = this.rows('SELECT environment FROM leases').map(({ environment }) =>
      this.agentOf(String(environment)),
    );
    for (const pid of agents) if (pid !== null) endNow(pid);
    for (let left = this.processes(); left.length > 0; left = this.processes()) {
      for (const pid of left) endNow(pid);
    }
  }

  recordedPorts(): ReadonlyMap<string, number> {
    return new Map(
      this.rows('SELECT environment, key, port FROM ports').map((row) => [
        `${String(row['environment'])} ${String(row['key'])}`,
        Number(row['port']),
      ]),
    );
  }

  /** Processes of this installation, whoever started them; commands that still run are not among them. */
  processes(): readonly number[] {
    const tags = [
      [`OFFSHOOT_HOME=${this.home}`],
      [`OFFSHOOT_INSTALLATION=${installationOf(this.home)}`],
    ];
    const own = new Set([...this.#children].map(({ pid }) => pid));
    return this.#host
      .table()
      .filter(({ isZombie, pid }) => !isZombie && !own.has(pid))
      .map(({ pid }) => pid)
      .filter(
        (pid) =>
          tags.some((variables) => this.#host.hasVariables(pid, variables)) ||
          this.#host.workingFolder(pid).startsWith(this.root),
      );
  }

  /** Whatever is still there of an environment that went, or of all of them. */
  remains(environment?: string): readonly string[] {
    const where = environment === undefined ? '' : 'WHERE environment = ?';
    const values = environment === undefined ? [] : [environment];
    const rows = ['ports', 'processes', 'tasks', 'leases', 'demands'].flatMap((table) =>
      this.rows(`SELECT * FROM ${table} ${where}`, ...values).map(
        (row) => `${table}: ${JSON.stringify(row)}`,
      ),
    );
    const folders = readFolder(join(this.home, 'environments')).filter(
      (name) => environment === undefined || name === environment,
    );
    if (environment !== undefined) return [...rows, ...folders];
    const worktrees = readFolder(join(this.home, 'worktrees'));
    const living = this.rows('SELECT name FROM environments WHERE removed_at IS NULL');
    const recorded = [
      ...rows,
      ...folders,
      ...worktrees,
      ...living.map(({ name }) => `environment ${String(name)}`),
    ];
    // Looking at all processes of the machine costs more than the rest.
    return recorded.length > 0 ? recorded : this.processes().map((pid) => `process ${pid}`);
  }

  /** Ends whatever runs and removes the folder. */
  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    try {
      await this.#endEverything();
    } finally {
      await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  async #endEverything(): Promise<void> {
    const living = this.rows('SELECT name FROM environments WHERE removed_at IS NULL');
    // Databases want to end in order.
    if (living.length > 0) {
      for (const { name } of living) await this.offshoot('down', String(name), '-t', '20s');
      await this.offshoot('baseline', 'down', '-t', '20s');
    }
    for (let tries = 0; this.processes().length > 0 && tries < 100; tries += 1) {
      if (tries > 80) for (const pid of this.processes()) endNow(pid);
      await new Promise((resolve) => void setTimeout(resolve, 25));
    }
  }
}

/** Asks until it holds; for what happens by itself. */
export async function soon<Result>(
  look: () => Result | Promise<Result>,
  timeoutMs = SOON_MS,
): Promise<Result> {
  return await vi.waitFor(look, { timeout: timeoutMs, interval: 30 });
}

/** What a service of the company told, and what the next one told it. */
export interface Told {
  readonly name: string;
  readonly marker: string;
  readonly pid: number;
  readonly error?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly next?: Told;
}

/** Asks a service; rejects when nobody answers with JSON. */
export function ask(url: string, path = '/'): Promise<Told> {
  return new Promise((resolve, reject) => {
    get(url + path, { agent: false, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => {
        try {
          resolve(JSON.parse(text) as Told);
        } catch (error) {
          reject(new Error(`not JSON: ${text}`, { cause: error }));
        }
      });
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** `gateway:main → greeter:feat → names:main`. */
export function chainOf(told: Told): string {
  const own = `${told.name}:${told.marker}`;
  if (told.error !== undefined) return `error ${told.error}`;
  return told.next === undefined ? own : `${own} → ${chainOf(told.next)}`;
}

export function addressOf(environment: EnvironmentDocument, component = 'gateway'): string {
  const found = environment.addresses.find((address) => address.component === component);
  if (found === undefined) throw new Error(`"${component}" has no address`);
  return found.url;
}

function readFolder(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Who was killed in its first transaction left what only a writer may roll back: nothing was told yet. */
function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 8;
}
