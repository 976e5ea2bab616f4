import type { Engine, TaskObservation, TaskOrder } from '../../src/application/ports/engine.ts';
import type { Component, TestSuite } from '../../src/domain/catalog/component.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { decide } from '../../src/domain/plan/decide.ts';
import { planFor } from '../../src/domain/plan/plan-for.ts';
import type { Plan, Task } from '../../src/domain/plan/plan.ts';
import { catalogOf } from './catalogs.ts';

/** Components with a known fate, as the engine under test can run them. */
export interface Actors {
  /** A service with one port and `expose: true` that becomes ready. */
  readonly works: Component;
  /** A service that depends on nothing and becomes ready; another one. */
  readonly alsoWorks: Component;
  /** A service that runs and is never ready. Its readiness timeout is short. */
  readonly neverReady: Component;
  /** A service that ends, again and again, as soon as it was started; it writes `crash words` first. */
  readonly crashes: Component;
  /** A job that writes `job words` and ends well. */
  readonly succeeds: Component;
  /** A job that writes `fail words` and ends with an exit code other than 0. */
  readonly fails: Component;
  /** A job that goes on for longer than any test. */
  readonly hangs: Component;
  /** Components that the engine cannot run, each with the code that its preflight must find. */
  readonly unfit: readonly { readonly component: Component; readonly code: ErrorCode }[];
}

/** Suites of `works`, as the engine under test can run them. */
interface Suites {
  readonly passes: TestSuite;
  /** Ends with exit code 3. */
  readonly fails: TestSuite;
  /** Goes on for longer than its own short timeout. */
  readonly hangs: TestSuite;
}

export interface EngineHarness {
  readonly engine: Engine;
  readonly actors: Actors;
  readonly suites: Suites;
  /** Commands for `exec` beside `works`, and what they must end with. */
  readonly commands: readonly { readonly command: readonly string[]; readonly exitCode: number }[];
  /** Whether somebody in the place of a caller can be asked what it reaches. */
  readonly provesWiring: boolean;
  /** Milliseconds since the epoch, on the clock of the engine. */
  nowMs(): number;
  /** Lets some of the engine's time go by: a fake moves its clock, a real one waits. */
  passTime(): Promise<void>;
  /** Whether somebody answers there. */
  answers(url: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Turns of `passTime` after which what should have happened has not. */
const TURNS_MAX = 600;

/** Acts on the engine under test as the reconciler would. */
export class Stage {
  readonly #harness: EngineHarness;

  constructor(harness: EngineHarness) {
    this.#harness = harness;
  }

  get harness(): EngineHarness {
    return this.#harness;
  }

  get engine(): Engine {
    return this.#harness.engine;
  }

  get actors(): Actors {
    return this.#harness.actors;
  }

  plan(environment: string, components: readonly Component[]): Plan {
    return planFor({
      environment,
      branch: environment,
      domain: 'localhost',
      catalog: catalogOf(components),
      closure: {
        isolation: 'path',
        members: components.map(({ name }) => ({
          name,
          role: 'changed',
          reason: 'changed',
          witness: [name],
        })),
        boundary: [],
        warnings: [],
      },
      picks: new Map(),
      traits: { buildsFromSource: true },
    });
  }

  order(plan: Plan, id: string, generation = 1): TaskOrder {
    return { plan, task: taskOf(plan, id), generation, unavailable: [] };
  }

  async apply(plan: Plan, id: string, generation = 1): Promise<void> {
    await this.engine.apply(this.order(plan, id, generation));
  }

  async observed(plan: Plan, id: string): Promise<TaskObservation | undefined> {
    const observations = await this.engine.observe(plan.environment);
    const of = observations.filter(({ task }) => task === id);
    if (of.length > 1) throw new Error(`"${id}" is observed ${of.length} times`);
    return of[0];
  }

  async until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    for (let turn = 0; turn < TURNS_MAX; turn += 1) {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      await this.#harness.passTime();
    }
    throw new Error(`it never came to this: ${what}`);
  }

  async ended(plan: Plan, id: string): Promise<TaskObservation> {
    return await this.until(`"${id}" ends`, async () => {
      const seen = await this.observed(plan, id);
      return seen !== undefined && seen.state !== 'Running' && seen;
    });
  }

  /** Applies the namespace, and whatever else comes before a Task, and waits for it. */
  async prepare(plan: Plan, id: string, generation = 1): Promise<void> {
    for (const before of taskOf(plan, id).after) {
      await this.prepare(plan, before, generation);
      await this.apply(plan, before, generation);
      const { state } = await this.ended(plan, before);
      if (state !== 'Succeeded') throw new Error(`"${before}" came to be ${state}`);
    }
  }

  /** Removes as the reconciler does: again and again, until nothing is left. */
  async remove(environment: string): Promise<void> {
    await this.until('nothing is left', async () => {
      const { left } = await this.engine.remove(environment);
      return left.length === 0;
    });
  }

  /** Drives a whole plan until nothing more will happen. */
  async drive(plan: Plan, generation = 1): Promise<readonly TaskObservation[]> {
    return await this.until('the plan is settled', async () => {
      const observations = await this.engine.observe(plan.environment);
      const { start, settled } = decide({
        plan,
        generation,
        observations,
        attempts: new Map(),
        nowMs: this.#harness.nowMs(),
        toMs: Date.parse,
        limits: { concurrency: 4 },
      });
      for (const { task, unavailable } of start) {
        await this.engine.apply({ plan, task, generation, unavailable });
      }
      return settled && observations;
    });
  }
}

export function taskOf(plan: Plan, id: string): Task {
  const task = plan.tasks.find((each) => each.id === id);
  if (task === undefined) throw new Error(`the plan has no task "${id}"`);
  return task;
}

/** The same component with something else in its environment. */
export function altered(component: Component): Component {
  const value = { kind: 'template', template: 'other' } as const;
  return {
    ...component,
    environment: [...component.environment, { name: 'OFFSHOOT_TEST', value }],
  };
}
