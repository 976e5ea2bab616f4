import { baselinePlan, releaseByGone } from '../../src/application/environments/baseline.ts';
import type { CompileRequest } from '../../src/application/environments/compile.ts';
import {
  baselinePortsOf,
  type EnvironmentPorts,
} from '../../src/application/environments/environment-ports.ts';
import {
  createEnvironments,
  type Accepted,
  type Environments,
} from '../../src/application/environments/environments.ts';
import { tidyUp } from '../../src/application/environments/tidy.ts';
import type { EnvironmentRecord } from '../../src/application/ports/environment-store.ts';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import type { Diagnostic } from '../../src/domain/diagnostic.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { HeldBranchMemories } from './branch-memories.ts';
import { BranchTable, type Branches } from './branch-table.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryStore } from './memory-store.ts';

export interface EnvironmentsStageOptions {
  readonly catalog: Catalog;
  readonly branches?: Branches;
  /** Of another stage: two projects on one machine. */
  readonly store?: MemoryStore;
  readonly environmentsMax?: number;
}

/** The use cases of environments over a store in memory and a table of branches; nobody reconciles. */
export class EnvironmentsStage {
  readonly store: MemoryStore;
  readonly repositories: BranchTable;
  readonly environments: Environments;
  /** Environments that were woken, in order. */
  readonly woken: string[] = [];
  catalog: Catalog;
  catalogFound: readonly Diagnostic[] = [];
  preflightFound: readonly Diagnostic[] = [];
  /** What others do just before a turn of that name, once. */
  readonly beforeTurn = new Map<string, () => Promise<unknown>>();
  /** What others do just before a test run is accepted. */
  beforeTest: () => Promise<unknown> = () => Promise.resolve();
  readonly #ports: EnvironmentPorts;

  constructor(options: EnvironmentsStageOptions) {
    this.catalog = options.catalog;
    this.repositories = new BranchTable(options.branches);
    this.store = options.store ?? new MemoryStore();
    this.#ports = this.#portsOver(this.store, options.environmentsMax ?? 20);
    this.environments = createEnvironments(this.#ports);
  }

  async up(branch: string, more: Partial<CompileRequest> = {}): Promise<Accepted> {
    return await this.environments.up({ ...request(), ...more, branch });
  }

  /** Its life ends, with all that its agent leaves behind. */
  async gone(name: string): Promise<void> {
    const record = await this.record(name);
    await this.store.desireRemoval(name);
    await this.store.markRemoved(record.uid);
    await this.tidy();
  }

  async tidy(): Promise<void> {
    await releaseByGone(baselinePortsOf(this.#ports));
  }

  /** What every command does first. */
  async tidyUp(): Promise<void> {
    await tidyUp({
      ...baselinePortsOf(this.#ports),
      testRuns: this.#ports.testRuns,
      leases: { leases: () => Promise.resolve(new Map()), releaseLease: () => Promise.resolve() },
      workingCopies: { releaseAllBut: () => Promise.resolve([]) },
      isAlive: () => false,
    });
  }

  async record(name: string): Promise<EnvironmentRecord> {
    const record = await this.store.get(name);
    if (record === null) throw new Error(`there is no environment "${name}"`);
    return record;
  }

  async plan(name: string): Promise<Plan> {
    const plan = await this.store.plan((await this.record(name)).uid);
    if (plan === null) throw new Error(`"${name}" has no plan`);
    return plan;
  }

  async demands(): Promise<Record<string, readonly string[]>> {
    return Object.fromEntries(await this.store.demands());
  }

  /** What the baseline is to run; nothing when it is to go. */
  async baseline(): Promise<readonly string[]> {
    if ((await this.store.get('baseline'))?.desired !== 'up') return [];
    return ((await baselinePlan(this.store))?.components ?? []).map(({ name }) => name);
  }

  /** Everything that is durable. */
  async written(): Promise<unknown> {
    return [await this.store.list(), await this.demands()];
  }

  #portsOver(store: MemoryStore, environmentsMax: number): EnvironmentPorts {
    return {
      catalogs: {
        load: () => Promise.resolve({ catalog: this.catalog, diagnostics: this.catalogFound }),
      },
      repositories: this.repositories,
      memories: new HeldBranchMemories(),
      store,
      demands: store,
      testRuns: {
        requestTest: async (run) => {
          await this.beforeTest();
          return await store.requestTest(run);
        },
        testRun: (id) => store.testRun(id),
        pendingTests: (environment) => store.pendingTests(environment),
        startTest: (id) => store.startTest(id),
        finishTest: (id, result) => store.finishTest(id, result),
      },
      preflight: { preflight: () => Promise.resolve(this.preflightFound) },
      existingBaseline: null,
      files: null,
      agents: {
        wake: (environment) => {
          this.woken.push(environment);
          return Promise.resolve();
        },
      },
      turns: {
        take: async (what, act) => {
          const others = this.beforeTurn.get(what);
          this.beforeTurn.delete(what);
          await others?.();
          return await act();
        },
      },
      clock: new FakeClock(),
      settings: {
        domain: 'localhost',
        project: '/project',
        buildsFromSource: true,
        environmentsMax,
      },
    };
  }
}

/** What a person asks for who says nothing but the branch. */
export function request(): Omit<CompileRequest, 'branch'> {
  return {
    changed: [],
    pins: {},
    entries: [],
    include: [],
    isolation: 'path',
    unchanged: 'baseline',
  };
}
