import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterFiles } from './files.ts';
import { put } from './files.ts';
import { waitFor } from './waiting.ts';

/**
 * The processes of a cluster: detached, output to a file, each with a record from which it can be ended or started
 * again by another process. Between start and record, and for children that outlive their parent, a mark in the
 * environment tells them from everybody else's.
 */

export interface ProcessOrder {
  readonly name: string;
  readonly command: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

interface ProcessRecord extends ProcessOrder {
  readonly pid: number;
  /** Clock ticks since the machine started; with the pid it names a process for good. */
  readonly startTime: string;
}

const MARK = 'OFFSHOOT_TEST_CLUSTER_DIRECTORY';
const GRACE_MS = 10_000;

export async function start(files: ClusterFiles, order: ProcessOrder): Promise<void> {
  await mkdir(files.logs, { recursive: true });
  const log = openSync(join(files.logs, `${order.name}.log`), 'a');
  const [command = '', ...parameters] = order.command;
  const child = spawn(command, parameters, {
    cwd: '/',
    env: { ...process.env, ...order.variables, [MARK]: files.processes },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const pid = await new Promise<number | undefined>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid));
    child.once('error', reject);
  });
  child.unref();
  const startTime = pid === undefined ? null : await startTimeOf(pid);
  if (pid === undefined || startTime === null) throw new Error(`"${order.name}" ended at once`);
  const record: ProcessRecord = { ...order, pid, startTime };
  await put(recordFile(files, order.name), `${JSON.stringify(record)}\n`);
}

/** Ends a process if it runs: SIGTERM (or `signal`), and after ten seconds SIGKILL. Its record stays. */
export async function end(
  files: ClusterFiles,
  name: string,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  const record = await recordOf(files, name);
  if (record === null || !(await runs(record))) return;
  process.kill(record.pid, signal);
  const ended = async (): Promise<true | null> => ((await runs(record)) ? null : true);
  await waitFor(`"${name}" ends`, ended, GRACE_MS).catch(async () => {
    if (await runs(record)) process.kill(record.pid, 'SIGKILL');
    await waitFor(`"${name}" is killed`, ended, GRACE_MS);
  });
}

/** Ends a process and starts it again with the same parameters. */
export async function restart(
  files: ClusterFiles,
  name: string,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  const record = await recordOf(files, name);
  if (record === null) throw new Error(`no process of the cluster is called "${name}"`);
  await end(files, name, signal);
  await startAgain(files, name);
}

/** Starts what `end` ended. */
async function startAgain(files: ClusterFiles, name: string): Promise<void> {
  const record = await recordOf(files, name);
  if (record === null) throw new Error(`no process of the cluster is called "${name}"`);
  const { name: same, command, variables = {} } = record;
  await start(files, { name: same, command, variables });
}

/** Names of all recorded processes with whether they run. */
export async function recorded(files: ClusterFiles): Promise<ReadonlyMap<string, boolean>> {
  const names = await readdir(files.processes).catch(() => []);
  const states = new Map<string, boolean>();
  for (const file of names.filter((name) => name.endsWith('.json'))) {
    const name = file.slice(0, -'.json'.length);
    const record = await recordOf(files, name);
    states.set(name, record !== null && (await runs(record)));
  }
  return states;
}

/** Pids of every living process that was started here, or by one that was. */
export async function marked(files: ClusterFiles): Promise<readonly number[]> {
  const wanted = `${MARK}=${files.processes}`;
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const variables = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (variables.split('\0').includes(wanted)) found.push(pid);
  }
  return found;
}

async function runs(record: ProcessRecord): Promise<boolean> {
  return (await startTimeOf(record.pid)) === record.startTime;
}

async function recordOf(files: ClusterFiles, name: string): Promise<ProcessRecord | null> {
  const text = await readFile(recordFile(files, name), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as ProcessRecord);
}

function recordFile(files: ClusterFiles, name: string): string {
  return join(files.processes, `${name}.json`);
}

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold anything. Null if it is gone or a zombie. */
export async function startTimeOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}
