import { firstStatus } from '../../src/application/environments/environment-status.ts';
import type {
  BaselineDemands,
  Desire,
  EnvironmentEvent,
  EnvironmentRecord,
  EnvironmentStatus,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRun,
  TestRunStore,
} from '../../src/application/ports/environment-store.ts';
import type { Report } from '../../src/domain/calls/report.ts';
import type { TestSuite } from '../../src/domain/catalog/component.ts';
import { compareText } from '../../src/domain/diagnostic.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { canonicalJson } from '../../src/domain/plan/canonical-json.ts';
import { hashOfPlan } from '../../src/domain/plan/plan-for.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Revision } from '../../src/domain/revision/revision.ts';

const REPORTS_KEPT = 50;

interface Life {
  record: EnvironmentRecord;
  desire: Desire;
}

interface PendingTest {
  run: TestRun;
  readonly suite: TestSuite;
  readonly revision: Revision | null;
}

/**
 * The store for tests of what uses it: nothing survives it, and every answer is a copy.
 *
 * Its lies: it is never busy, and nobody else writes to it.
 */
export class MemoryStore
  implements EnvironmentStore, EventStore, BaselineDemands, TestRunStore, ReportStore
{
  readonly #now: () => string;
  readonly #lives: Life[] = [];
  readonly #events: EnvironmentEvent[] = [];
  readonly #demands = new Map<string, readonly string[]>();
  readonly #tests: PendingTest[] = [];
  readonly #reports: Report[] = [];
  #uidCount = 0;
  /** Statuses written and events appended, for tests that ask whether anything was. */
  writeCount = 0;

  constructor(now: () => string = () => new Date().toISOString()) {
    this.#now = now;
  }

  async get(name: string): Promise<EnvironmentRecord | null> {
    return copied(this.#living(name)?.record ?? null);
  }

  async list(options: { readonly removed?: boolean } = {}): Promise<readonly EnvironmentRecord[]> {
    const all = this.#lives.map(({ record }) => record);
    const living = all.filter(({ removedAt }) => removedAt === null);
    // Those removed last stand last in the list of lives.
    const past = all.filter(({ removedAt }) => removedAt !== null).toReversed();
    return copied([
      ...living.toSorted((a, b) => compareText(a.name, b.name)),
      ...(options.removed === true ? past : []),
    ]);
  }

  async desire(desire: Desire): Promise<EnvironmentRecord> {
    const at = this.#now();
    const { spec, plan } = desire;
    const planHash = hashOfPlan(plan);
    const life = this.#living(desire.name);
    if (life === undefined) {
      this.#uidCount += 1;
      const uid = `uid-${String(this.#uidCount).padStart(6, '0')}`;
      const record = firstRecord({ uid, name: desire.name, spec, planHash, at });
      this.#lives.push({ record, desire: copied(desire) });
      return copied(record);
    }
    const { branch } = life.record.spec;
    if (branch !== spec.branch) {
      throw new OperationError('ENVIRONMENT_NAME_TAKEN', `"${desire.name}" belongs to "${branch}"`);
    }
    const { generation } = life.record;
    life.desire = copied(desire);
    this.#change(life, { spec, desired: 'up', generation: generation + 1, planHash });
    return copied(life.record);
  }

  async desireRemoval(name: string): Promise<EnvironmentRecord | null> {
    const life = this.#living(name);
    if (life === undefined) return null;
    this.#change(life, { desired: 'removed', generation: life.record.generation + 1 });
    return copied(life.record);
  }

  async plan(uid: string): Promise<Plan | null> {
    return copied(this.#life(uid)?.desire.plan ?? null);
  }

  async explanation(uid: string): Promise<Pick<Desire, 'picks' | 'findings'> | null> {
    const desire = this.#life(uid)?.desire;
    if (desire === undefined) return null;
    return copied({ picks: desire.picks, findings: desire.findings });
  }

  async writeStatus(uid: string, status: EnvironmentStatus): Promise<boolean> {
    const life = this.#life(uid);
    if (life === undefined || life.record.removedAt !== null) return false;
    if (canonicalJson(life.record.status) === canonicalJson(status)) return false;
    this.#change(life, { status: copied(status) });
    this.writeCount += 1;
    return true;
  }

  async markRemoved(uid: string): Promise<void> {
    const life = this.#life(uid);
    if (life?.record.desired !== 'removed' || life.record.removedAt !== null) return;
    this.#change(life, { removedAt: this.#now() });
    this.#lives.splice(this.#lives.indexOf(life), 1);
    this.#lives.push(life);
    for (const { run } of await this.pendingTests(life.record.name)) {
      const message = 'the environment was removed';
      await this.finishTest(run.id, { outcome: 'error', message });
    }
  }

  async append(event: Omit<EnvironmentEvent, 'id' | 'at'>): Promise<void> {
    this.#events.push({ ...copied(event), id: this.#events.length + 1, at: this.#now() });
    this.writeCount += 1;
  }

  async events(filter: {
    readonly environment?: string;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly EnvironmentEvent[]> {
    const { environment, after = 0, limit = 1_000 } = filter;
    const found = this.#events
      .filter((event) => environment === undefined || event.environment === environment)
      .filter(({ id }) => id > after);
    return copied(found.slice(0, limit));
  }

  async setDemand(environment: string, components: readonly string[]): Promise<void> {
    if (components.length === 0) this.#demands.delete(environment);
    else this.#demands.set(environment, [...new Set(components)].toSorted(compareText));
  }

  async forgetGone(): Promise<void> {
    for (const environment of this.#demands.keys()) {
      const isGone = environment !== '*' && this.#living(environment) === undefined;
      if (isGone) this.#demands.delete(environment);
    }
  }

  async demands(): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map([...this.#demands].toSorted(([a], [b]) => compareText(a, b)));
  }

  async requestTest(request: {
    readonly environment: string;
    readonly suite: TestSuite;
    readonly revision: Revision | null;
  }): Promise<TestRun> {
    const { environment, suite, revision } = request;
    const run: TestRun = {
      id: `run-${this.#tests.length + 1}`,
      environment,
      suite: suite.name,
      state: 'requested',
      requestedAt: this.#now(),
      finishedAt: null,
      outcome: null,
      message: null,
    };
    this.#tests.push({ run, suite, revision });
    return run;
  }

  async testRun(id: string): Promise<TestRun | null> {
    return this.#test(id)?.run ?? null;
  }

  async pendingTests(environment: string): Promise<readonly PendingTest[]> {
    return this.#tests
      .filter(({ run }) => run.environment === environment && run.state !== 'finished')
      .map(({ run, suite, revision }) => ({ run, suite, revision }));
  }

  async startTest(id: string): Promise<void> {
    const test = this.#test(id);
    if (test?.run.state === 'requested') test.run = { ...test.run, state: 'running' };
  }

  async finishTest(
    id: string,
    result: { readonly outcome: 'passed' | 'failed' | 'error'; readonly message: string | null },
  ): Promise<void> {
    const test = this.#test(id);
    if (test === undefined || test.run.state === 'finished') return;
    test.run = { ...test.run, ...result, state: 'finished', finishedAt: this.#now() };
  }

  async saveReport(report: Report): Promise<void> {
    const index = this.#reports.findIndex(({ id }) => id === report.id);
    if (index !== -1) {
      this.#reports[index] = copied(report);
      return;
    }
    this.#reports.push(copied(report));
    const [oldest, ...others] = this.#reports.filter(
      ({ environment }) => environment === report.environment,
    );
    if (oldest !== undefined && others.length >= REPORTS_KEPT) {
      this.#reports.splice(this.#reports.indexOf(oldest), 1);
    }
  }

  async report(id: string): Promise<Report | null> {
    return copied(this.#reports.find((report) => report.id === id) ?? null);
  }

  async latestReport(environment: string): Promise<Report | null> {
    return (await this.reports(environment, 1))[0] ?? null;
  }

  async reports(environment: string, limit: number): Promise<readonly Report[]> {
    const found = this.#reports.filter((report) => report.environment === environment);
    return copied(found.toReversed().slice(0, limit));
  }

  #living(name: string): Life | undefined {
    return this.#lives.find(({ record }) => record.name === name && record.removedAt === null);
  }

  #life(uid: string): Life | undefined {
    return this.#lives.find(({ record }) => record.uid === uid);
  }

  #test(id: string): PendingTest | undefined {
    return this.#tests.find(({ run }) => run.id === id);
  }

  #change(life: Life, change: Partial<EnvironmentRecord>): void {
    life.record = { ...life.record, ...change, updatedAt: this.#now() };
  }
}

function copied<T>(value: T): T {
  return structuredClone(value);
}

function firstRecord(
  life: Pick<EnvironmentRecord, 'uid' | 'name' | 'spec' | 'planHash'> & { readonly at: string },
): EnvironmentRecord {
  const { uid, name, spec, planHash, at } = life;
  return {
    uid,
    name,
    spec,
    desired: 'up',
    generation: 1,
    planHash,
    createdAt: at,
    updatedAt: at,
    removedAt: null,
    status: firstStatus(at),
  };
}
