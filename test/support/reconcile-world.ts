import { createReconciler } from '../../src/application/environments/reconcile.ts';
import type { PassResult, Reconcile } from '../../src/application/environments/reconcile.ts';
import type { TaskObservation, TaskOrder } from '../../src/application/ports/engine.ts';
import type { EnvironmentRecord } from '../../src/application/ports/environment-store.ts';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import { OperationError } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeEngine } from './fake-engine.ts';
import type { TaskScript } from './fake-engine.ts';
import { MemoryStore } from './memory-store.ts';
import { MortalProcess } from './mortal-process.ts';
import { planOf, type PlanSpec } from './plans.ts';
import { sampleSpec } from './state-samples.ts';

/** Passes after which what is desired must have come true. */
const PASSES_MAX = 400;

export interface WorldOptions {
  readonly concurrency?: number;
  readonly script?: (order: TaskOrder) => TaskScript;
  readonly left?: (environment: string, removal: number) => readonly string[];
}

/**
 * One environment with everything around it: a store, an engine, a clock, and a reconciler that may be
 * killed and replaced. Rules that hold at every single apply are checked there.
 */
export class ReconcileWorld {
  readonly name = 'coupon';
  readonly clock = new FakeClock();
  readonly store = new MemoryStore(() => new Date(this.clock.nowMs()).toISOString());
  readonly engine: FakeEngine;
  readonly concurrency: number;
  /** Everything that was done against the rules. */
  readonly breaches: string[] = [];
  /** Codes that the next applies are refused with. */
  readonly refusals: ErrorCode[] = [];
  /** Methods of ports that throw once, each with its code. */
  readonly faults = new Map<string, ErrorCode>();
  /** What somebody else does while the engine is asked. */
  beforeApply: () => Promise<void> = () => Promise.resolve();
  #reconcile: Reconcile | null = null;

  constructor(options: WorldOptions = {}) {
    this.concurrency = options.concurrency ?? 2;
    this.engine = new FakeEngine({
      clock: this.clock,
      ...(options.left === undefined ? {} : { left: options.left }),
      script: (order) => options.script?.(order) ?? {},
    });
  }

  async desire(catalog: Catalog, closure: PlanSpec = {}): Promise<EnvironmentRecord> {
    const plan = planOf(catalog, { ...closure, environment: this.name });
    return await this.store.desire({
      name: this.name,
      spec: sampleSpec('feat/coupon'),
      plan,
      picks: [],
      findings: [],
    });
  }

  async record(): Promise<EnvironmentRecord> {
    const record = await this.store.get(this.name);
    if (record === null) throw new Error('the environment does not exist');
    return record;
  }

  async states(): Promise<Record<string, string>> {
    const { status } = await this.record();
    return Object.fromEntries(status.tasks.map(({ id, state }) => [id, state]));
  }

  /** One pass of the present reconciler. */
  async pass(): Promise<PassResult> {
    this.#reconcile ??= this.#reconcilerIn(new MortalProcess(Infinity, false));
    return await this.#reconcile(this.name);
  }

  /** One pass of a new reconciler, which is killed at the call of that number, if it comes so far. */
  async killedPass(calls: number, afterEffect: boolean): Promise<void> {
    const process = new MortalProcess(calls, afterEffect);
    await Promise.race([this.#reconcilerIn(process)(this.name), process.died]);
    this.#reconcile = null;
  }

  /** Passes at the times they ask for, until there is nothing more to do. */
  async settle(): Promise<PassResult> {
    const result = await this.work(PASSES_MAX);
    if (result.kind === 'again') throw new Error('it never settled');
    return result;
  }

  /** So many passes, each when the last one asked for it or something happens, fewer when all is done. */
  async work(passes: number): Promise<PassResult> {
    let result = await this.pass();
    for (let count = 1; count < passes && result.kind === 'again'; count += 1) {
      const nextMs = Math.min(result.atMs, this.clock.nextWakeMs() ?? Infinity);
      await this.clock.advance(Math.max(0, nextMs - this.clock.nowMs()));
      result = await this.pass();
    }
    return result;
  }

  #reconcilerIn(process: MortalProcess): Reconcile {
    const { store, engine } = this;
    const port = <A extends readonly unknown[], R>(
      method: string,
      call: (...args: A) => Promise<R>,
    ): ((...args: A) => Promise<R>) =>
      process.lives(async (...args: A) => {
        const fault = this.faults.get(method);
        this.faults.delete(method);
        if (fault !== undefined) throw new OperationError(fault, `${method} failed`);
        return await call(...args);
      });
    return createReconciler({
      store: {
        get: port('get', (name: string) => store.get(name)),
        plan: port('plan', (uid: string) => store.plan(uid)),
        writeStatus: port('writeStatus', (...args: Parameters<MemoryStore['writeStatus']>) =>
          store.writeStatus(...args),
        ),
        markRemoved: port('markRemoved', (uid: string) => store.markRemoved(uid)),
      },
      events: {
        append: port('append', (...args: Parameters<MemoryStore['append']>) =>
          store.append(...args),
        ),
      },
      engine: {
        apply: port('apply', (order: TaskOrder) => this.#apply(order)),
        observe: port('observe', (name: string) => engine.observe(name)),
        prune: port('prune', (plan: Plan) => engine.prune(plan)),
        remove: port('remove', (name: string) => engine.remove(name)),
        addresses: port('addresses', (name: string) => engine.addresses(name)),
      },
      clock: this.clock,
      random: () => 0.5,
      limits: { concurrency: this.concurrency },
    });
  }

  async #apply(order: TaskOrder): Promise<void> {
    await this.beforeApply();
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw new OperationError(refusal, 'not now');
    this.breaches.push(...(await this.#breachesOf(order)));
    await this.engine.apply(order);
  }

  async #breachesOf({ plan, task, generation }: TaskOrder): Promise<string[]> {
    const fingerprints = new Map(plan.tasks.map(({ id, fingerprint }) => [id, fingerprint]));
    const observed = new Map(
      (await this.engine.observe(this.name))
        .filter((each) => fingerprints.get(each.task) === each.fingerprint)
        .map((each) => [each.task, each] as const),
    );
    const timeouts = new Map(plan.tasks.map(({ id, timeoutMs }) => [id, timeoutMs]));
    const isOverdue = (each: TaskObservation): boolean =>
      Date.parse(each.startedAt) + (timeouts.get(each.task) ?? 0) <= this.clock.nowMs();
    const running = observed
      .values()
      .filter((each) => each.state === 'Running' && !isOverdue(each));
    const breaches: string[] = [];
    if ([...running].length >= this.concurrency) breaches.push(`"${task.id}" is one too many`);
    for (const id of task.after) {
      if (task.tolerates.includes(id) || observed.get(id)?.state === 'Succeeded') continue;
      breaches.push(`"${task.id}" was started before "${id}" was done`);
    }
    const latest = await this.store.get(this.name);
    if (latest !== null && generation > latest.generation) breaches.push('of the future');
    return breaches;
  }
}
