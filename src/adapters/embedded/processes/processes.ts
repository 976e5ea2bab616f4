import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Clock } from '../../../application/ports/clock.ts';
import type {
  ProcessIdentity,
  ProcessLedger,
  ProcessRecord,
} from '../../../application/ports/engine-ledger.ts';
import { exitOf, startFailure, type Exit } from '../child.ts';
import { identityOf, type ProcessEntry, type ProcessHost } from './process-host.ts';

/**
 * Starts components as process groups of their own and ends whole groups, never anybody else's process.
 *
 * A process is recorded as soon as it has a number. For the moment between, and for children that leave
 * the group, everything we start carries tags in its environment by which it can be found again.
 */

export interface ProcessOrder {
  readonly environment: string;
  /** Task id, or `test/<run>`. */
  readonly owner: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Another user to run as; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface EndOptions {
  readonly signal?: NodeJS.Signals;
  /** Sent when the first did not help in time, before SIGKILL. */
  readonly secondSignal?: NodeJS.Signals;
  readonly graceMs?: number;
}

export interface RunningProcess {
  readonly identity: ProcessIdentity;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the leader has ended and its output is read. The group may have others left. */
  readonly exited: Promise<Exit>;
  /** Ends the whole group and forgets it. Idempotent. */
  end(options?: EndOptions): Promise<void>;
}

const GRACE_MS = 5_000;
/** A database that is told to end by the first waits for its clients, by the second no longer. */
const LEFTOVER_ENDING: EndOptions = { secondSignal: 'SIGINT', graceMs: GRACE_MS / 2 };
/** After SIGKILL only the kernel can be slow. */
const KILL_WAIT_MS = 5_000;

/** @param installation - Tells our processes from those of another state folder. */
export class Processes {
  readonly #host: ProcessHost;
  readonly #ledger: ProcessLedger;
  readonly #clock: Clock;
  readonly #installation: string;
  #memoryKills: number | null;

  constructor(
    installation: string,
    ports: { readonly ledger: ProcessLedger; readonly clock: Clock; readonly host: ProcessHost },
  ) {
    this.#installation = installation;
    this.#host = ports.host;
    this.#ledger = ports.ledger;
    this.#clock = ports.clock;
    this.#memoryKills = ports.host.outOfMemoryKills();
  }

  /** @throws {OperationError} `COMMAND_NOT_FOUND` */
  async start(order: ProcessOrder): Promise<RunningProcess> {
    const [command = '', ...parameters] = order.command;
    const child = spawn(command, parameters, {
      cwd: order.folder,
      env: { ...order.variables, ...this.#tags(order.environment, order.owner) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...order.user,
    });
    // Before anything else runs: a dead child keeps its entry until the event loop collects it.
    const identity = child.pid === undefined ? null : identityOf(this.#host, child.pid);
    if (identity === null) throw await startFailure(child, order);
    child.on('error', () => undefined);
    const exited = exitOf(child).then((exit) => ({
      ...exit,
      outOfMemory: exit.signal === 'SIGKILL' && this.#wasOutOfMemory(),
    }));
    const record: ProcessRecord = {
      ...identity,
      environment: order.environment,
      owner: order.owner,
    };
    try {
      await this.#ledger.recordProcess(record);
    } catch (error) {
      await this.#endGroup(record, { signal: 'SIGKILL' });
      throw error;
    }
    let ending: Promise<void> | null = null;
    return {
      identity,
      stdout: child.stdout,
      stderr: child.stderr,
      exited,
      end: (options = {}) => (ending ??= this.#endAndForget(record, options)),
    };
  }

  /**
   * Ends what an environment still has running from whoever ran it before.
   *
   * @param folder - Of the environment: what has it as its working folder belongs to it.
   * @returns What could not be ended, for people.
   */
  async endLeftovers(environment: string, folder: string): Promise<readonly string[]> {
    const records = await this.#ledger.processesOf(environment);
    await Promise.all(records.map((record) => this.#endAndForget(record, LEFTOVER_ENDING)));
    const path = realPathOf(folder);
    const isLeft = (entry: ProcessEntry): boolean =>
      this.#hasTags(entry.pid, environment) || isInside(this.#host.workingFolder(entry.pid), path);
    return await this.#endEach(isLeft);
  }

  /** Ends what one Task started and what left its group. */
  async endStragglers(environment: string, owner: string): Promise<readonly string[]> {
    return await this.#endEach((entry) => this.#hasTags(entry.pid, environment, owner));
  }

  /** Ends what works in a folder; the folder is ours, so whatever works there is. */
  async endInside(folder: string): Promise<readonly string[]> {
    const path = realPathOf(folder);
    return await this.#endEach((entry) => isInside(this.#host.workingFolder(entry.pid), path));
  }

  async #endAndForget(record: ProcessRecord, options: EndOptions): Promise<void> {
    if (await this.#endGroup(record, options)) {
      await this.#ledger.forgetProcess(record.environment, record.pid);
    }
  }

  /** @returns Whether nothing of the group is left. */
  async #endGroup(record: ProcessRecord, options: EndOptions): Promise<boolean> {
    const signals: readonly NodeJS.Signals[] = [
      options.signal ?? 'SIGTERM',
      ...(options.secondSignal === undefined ? [] : [options.secondSignal]),
    ];
    const isGone = (): boolean => this.#isGone(record);
    for (const signal of signals) {
      this.#signalGroup(record, signal);
      if (await this.#holdsWithin(isGone, options.graceMs ?? GRACE_MS)) return true;
    }
    return await this.#holdsWithin(() => {
      this.#signalGroup(record, 'SIGKILL');
      return this.#isGone(record);
    }, KILL_WAIT_MS);
  }

  /** The whole group at once while its leader proves that it is ours, else each proven member. */
  #signalGroup(record: ProcessRecord, signal: NodeJS.Signals): void {
    if (record.bootId !== this.#host.bootId) return;
    const leader = this.#host.entry(record.pid);
    if (leader?.startTime === record.startTime) sendSignal(-record.pid, signal);
    else for (const { pid } of this.#membersOf(record)) sendSignal(pid, signal);
  }

  #isGone(record: ProcessRecord): boolean {
    if (record.bootId !== this.#host.bootId || isGroupEmpty(record.pid)) return true;
    const leader = this.#host.entry(record.pid);
    const isLeaderAlive = leader?.startTime === record.startTime && !leader.isZombie;
    return !isLeaderAlive && this.#membersOf(record).length === 0;
  }

  async #endEach(isMember: (entry: ProcessEntry) => boolean): Promise<readonly string[]> {
    const members = (): readonly ProcessEntry[] => {
      const table = this.#host.table();
      const lineage = lineageOf(table, process.pid);
      return table.filter((entry) => !entry.isZombie && !lineage.has(entry.pid) && isMember(entry));
    };
    const signalled = new Set<number>();
    const endWith = (signal: NodeJS.Signals) => (): boolean => {
      const left = members();
      for (const { pid } of left) {
        if (signal === 'SIGKILL' || !signalled.has(pid)) sendSignal(pid, signal);
        signalled.add(pid);
      }
      return left.length === 0;
    };
    if (await this.#holdsWithin(endWith('SIGTERM'), GRACE_MS)) return [];
    if (await this.#holdsWithin(endWith('SIGKILL'), KILL_WAIT_MS)) return [];
    return members().map((entry) => `process ${entry.pid}`);
  }

  /** The living members of a recorded group. When its leader is gone only those with our tags count. */
  #membersOf(record: ProcessRecord): readonly ProcessEntry[] {
    if (record.bootId !== this.#host.bootId || isGroupEmpty(record.pid)) return [];
    const leader = this.#host.entry(record.pid);
    if (leader !== null && leader.startTime !== record.startTime) return [];
    return this.#host
      .table()
      .filter(
        (entry) =>
          entry.group === record.pid &&
          !entry.isZombie &&
          (leader !== null || this.#hasTags(entry.pid, record.environment)),
      );
  }

  async #holdsWithin(condition: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = this.#clock.nowMs() + withinMs;
    for (let pauseMs = 5; !condition(); pauseMs = Math.min(pauseMs * 2, 100)) {
      if (this.#clock.nowMs() >= deadline) return false;
      await this.#clock.sleep(pauseMs);
    }
    return true;
  }

  #tags(environment: string, owner: string): Record<string, string> {
    return {
      OFFSHOOT_INSTALLATION: this.#installation,
      OFFSHOOT_ENVIRONMENT: environment,
      OFFSHOOT_TASK: owner,
    };
  }

  #hasTags(pid: number, environment: string, owner?: string): boolean {
    const tags = [
      `OFFSHOOT_INSTALLATION=${this.#installation}`,
      `OFFSHOOT_ENVIRONMENT=${environment}`,
      ...(owner === undefined ? [] : [`OFFSHOOT_TASK=${owner}`]),
    ];
    return this.#host.hasVariables(pid, tags);
  }

  /** Every kill of the kernel's explains one exit. */
  #wasOutOfMemory(): boolean {
    const before = this.#memoryKills;
    this.#memoryKills = this.#host.outOfMemoryKills();
    return before !== null && this.#memoryKills !== null && this.#memoryKills > before;
  }
}

/** Who is signalled was looked at a moment ago; one that has ended meanwhile is no error. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone, which is what was wanted.
  }
}

/** A cheap question before the dear one: reading the table of all processes. */
function isGroupEmpty(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** The process and all above it: they may carry the tags of an environment they were started from. */
function lineageOf(table: readonly ProcessEntry[], pid: number): ReadonlySet<number> {
  const parents = new Map(table.map((entry) => [entry.pid, entry.parent]));
  const lineage = new Set<number>();
  for (let at: number | undefined = pid; at !== undefined && !lineage.has(at);) {
    lineage.add(at);
    at = parents.get(at);
  }
  return lineage;
}

export function realPathOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
