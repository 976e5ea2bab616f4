import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskObservation, TaskOrder } from '../../application/ports/engine.ts';
import type { EdgeFinding } from '../../application/ports/wiring.ts';
import type { TaskRecord } from '../../application/ports/engine-ledger.ts';
import { isErrorCode } from '../../domain/errors.ts';
import type { Plan, TaskKind } from '../../domain/plan/plan.ts';
import type { RequiredEdge } from '../../domain/plan/required-edges.ts';
import type { AddressBook } from './addresses/address-book.ts';
import { databaseFiles } from './datastores/datastore-removal.ts';
import { logPath } from './logs/log-files.ts';
import type { Site } from './site.ts';
import { Unit } from './works/unit.ts';
import { DURABLE_KINDS, workFor } from './works/works.ts';
import { definitionOf } from '../../domain/plan/plan-lookup.ts';

/**
 * Everything that one environment runs in this process: its units, ports and relays.
 *
 * Changes come one after another; what they set in motion runs beside them.
 */
export class EnvironmentRuntime {
  readonly site: Site;
  readonly addresses: AddressBook;
  readonly #units = new Map<string, Unit>();
  readonly #listeners = new Set<() => void>();
  /** Ends test runs when the environment goes. */
  readonly #suites = new Map<AbortController, Promise<unknown>>();
  #change: Promise<unknown> = Promise.resolve();

  constructor(site: Site, addresses: AddressBook) {
    this.site = site;
    this.addresses = addresses;
  }

  /**
   * Ends what a dead agent left and forgets what died with it, so that it is applied again. What was
   * done for good stays done. To be called once, before anything else, by who holds the lease.
   */
  async recover(): Promise<void> {
    const { folder, processes, settings, host } = this.site;
    await processes.endLeftovers(folder.environment, folder.path);
    await this.#forgetEnded(await databaseFiles(settings, folder).removeTorn(host.bootId));
  }

  async apply(order: TaskOrder): Promise<void> {
    if (isSame(this.#units.get(order.task.id), order)) return;
    await this.#oneByOne(() => this.addresses.adopt(order.plan));
    const work = await workFor(this.site, order);
    await this.#oneByOne(async () => {
      const { id, kind } = order.task;
      const present = this.#units.get(id);
      if (isSame(present, order)) return;
      if (present !== undefined && serves(present, order)) {
        await present.renew(order);
        return;
      }
      if (present === undefined && DURABLE_KINDS.has(kind) && (await this.#isDone(order))) return;
      const unit = new Unit(order, {
        ledger: this.site.ledger,
        clock: this.site.clock,
        onChange: () => this.#tellListeners(),
        redact: (text) => this.site.logs.redactor.redact(text),
      });
      await unit.begin(work, async () => {
        if (present !== undefined) await this.#end(present);
      });
      this.#units.set(id, unit);
    });
  }

  async observe(): Promise<readonly TaskObservation[]> {
    const recorded = await this.site.ledger.tasksOf(this.site.folder.environment);
    const observations = new Map(recorded.map((record) => [record.task, observationOf(record)]));
    for (const [task, { record, order }] of this.#units) {
      const { unavailable } = order;
      const without = unavailable.length === 0 ? {} : { unavailable };
      observations.set(task, { ...observationOf(record), ...without });
    }
    return [...observations.values()];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An agent that has just begun has no relays yet, and knows no port. */
  async prove(plan: Plan, edges: readonly RequiredEdge[]): Promise<readonly EdgeFinding[]> {
    try {
      await this.#oneByOne(() => this.addresses.adopt(plan));
      return await this.addresses.prove(plan, edges);
    } catch {
      return edges.map(() => null);
    }
  }

  async prune(plan: Plan): Promise<void> {
    await this.#oneByOne(async () => {
      const planned = new Set(plan.tasks.map(({ id }) => id));
      await this.#stop([...this.#units.keys()].filter((id) => !planned.has(id)));
      const recorded = await this.site.ledger.tasksOf(this.site.folder.environment);
      await this.#forget(recorded.map(({ task }) => task).filter((task) => !planned.has(task)));
      const kept = new Set(plan.components.map(({ name }) => name));
      for (const name of this.#namesOnDisk()) if (!kept.has(name)) await this.#removeFiles(name);
      await this.addresses.adopt(plan);
      await this.addresses.releaseUnused(plan);
    });
  }

  /** Takes everything away; says what is left. */
  async remove(): Promise<readonly string[]> {
    return await this.#oneByOne(async () => {
      const { folder, ledger, processes, settings, logs } = this.site;
      await this.#stopAll();
      const left = await processes.endLeftovers(folder.environment, folder.path);
      if (left.length > 0) return left;
      await databaseFiles(settings, folder).removeAll();
      logs.close();
      await rm(folder.path, { recursive: true, force: true });
      await ledger.freePorts(folder.environment);
      const records = await ledger.tasksOf(folder.environment);
      await this.#forget(records.map(({ task }) => task));
      return [];
    });
  }

  /** Ends all processes and relays; data, ports and what was done for good stay. */
  async close(): Promise<void> {
    await this.#oneByOne(async () => {
      await this.#stopAll();
      await this.#forgetEnded([]);
      this.site.logs.close();
    });
  }

  /** Runs beside everything else, and is told to end when the environment goes. */
  async whileHere<T>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const here = new AbortController();
    const running = run(
      signal === undefined ? here.signal : AbortSignal.any([signal, here.signal]),
    );
    this.#suites.set(here, running);
    try {
      return await running;
    } finally {
      this.#suites.delete(here);
    }
  }

  async #stopAll(): Promise<void> {
    const suites = [...this.#suites];
    for (const [suite] of suites) suite.abort();
    await Promise.allSettled(suites.map(([, running]) => running));
    await this.#stop([...this.#units.keys()]);
    await this.addresses.close();
  }

  /** Who uses datastores first, then the datastores. */
  async #stop(ids: readonly string[]): Promise<void> {
    const units = ids.flatMap((id) => this.#units.get(id) ?? []);
    for (const datastores of [false, true]) {
      await Promise.all(
        units.filter((unit) => isDatastore(unit) === datastores).map((unit) => this.#end(unit)),
      );
    }
    for (const id of ids) this.#units.delete(id);
  }

  /** With what has left its process group. */
  async #end(unit: Unit): Promise<void> {
    const { kind, id } = unit.order.task;
    await unit.stop();
    const started = kind === 'deploy' || kind === 'run' || kind === 'build';
    if (started) await this.site.processes.endStragglers(this.site.folder.environment, id);
  }

  /** Done before by an agent that is gone: only its generation is new. */
  async #isDone(order: TaskOrder): Promise<boolean> {
    const { environment } = order.plan;
    const { id, fingerprint } = order.task;
    const records = await this.site.ledger.tasksOf(environment);
    const record = records.find(({ task }) => task === id);
    if (record?.state !== 'Succeeded' || record.fingerprint !== fingerprint) return false;
    await this.site.ledger.writeTask(environment, { ...record, generation: order.generation });
    this.#tellListeners();
    return true;
  }

  /** What no longer runs, so that it is applied again. @param torn - Datastores that must be filled again. */
  async #forgetEnded(torn: readonly string[]): Promise<void> {
    const records = await this.site.ledger.tasksOf(this.site.folder.environment);
    const ended = records.filter(
      ({ task, state }) =>
        state !== 'Succeeded' ||
        !DURABLE_KINDS.has(kindOf(task)) ||
        torn.some((component) => fills(task, component)),
    );
    await this.#forget(ended.map(({ task }) => task));
  }

  async #forget(tasks: readonly string[]): Promise<void> {
    if (tasks.length === 0) return;
    await this.site.ledger.forgetTasks(this.site.folder.environment, tasks);
    this.#tellListeners();
  }

  /** Components that have files, whether or not they were running when the agent was killed. */
  #namesOnDisk(): ReadonlySet<string> {
    const { folder, settings } = this.site;
    const kept = existsSync(folder.configuration) ? readdirSync(folder.configuration) : [];
    const deployed = kept.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []));
    return new Set([...deployed, ...databaseFiles(settings, folder).names()]);
  }

  async #removeFiles(component: string): Promise<void> {
    const { folder, settings, logs } = this.site;
    await databaseFiles(settings, folder).remove(component);
    for (const kept of [folder.configuration, folder.secrets]) {
      rmSync(join(kept, `${component}.json`), { force: true });
    }
    rmSync(join(folder.secrets, `password-of-${component}`), { force: true });
    logs.forget(component);
    const path = logPath(folder, component);
    for (const part of [path, `${path}.1`, `${path}.2`]) rmSync(part, { force: true });
  }

  #oneByOne<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#change.then(change);
    this.#change = result.catch(() => undefined);
    return result;
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isDatastore({ order: { plan, task } }: Unit): boolean {
  return definitionOf(plan, task.component ?? '')?.type === 'datastore';
}

/** What runs is what a newer generation wants too. */
function serves({ record, order }: Unit, wanted: TaskOrder): boolean {
  return (
    record.fingerprint === wanted.task.fingerprint &&
    record.state === 'Succeeded' &&
    order.unavailable.join() === wanted.unavailable.join()
  );
}

function isSame(unit: Unit | undefined, order: TaskOrder): boolean {
  return (
    unit?.record.fingerprint === order.task.fingerprint &&
    unit.record.generation === order.generation
  );
}

function observationOf(record: TaskRecord): TaskObservation {
  const { task, fingerprint, generation, state, startedAt } = record;
  return {
    task,
    fingerprint,
    generation,
    state,
    startedAt,
    ...(record.code === null ? {} : { code: isErrorCode(record.code) ? record.code : 'INTERNAL' }),
    ...(record.message === null ? {} : { message: record.message }),
    ...(record.evidence === null ? {} : { evidence: record.evidence }),
    ...(record.finishedAt === null ? {} : { finishedAt: record.finishedAt }),
  };
}

function kindOf(task: string): TaskKind {
  return task.slice(0, task.indexOf('/')) as TaskKind;
}

function nameOf(task: string): string {
  return task.slice(task.indexOf('/') + 1);
}

/** A step that filled a datastore. */
function fills(task: string, component: string): boolean {
  return nameOf(task) === component && ['migrate', 'seed', 'index', 'topic'].includes(kindOf(task));
}
