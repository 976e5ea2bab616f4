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
} from '../../application/ports/environment-store.ts';
import type { Report } from '../../domain/calls/report.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Demands } from './demands.ts';
import type { Environments } from './environments.ts';
import type { Events } from './events.ts';
import type { Reports } from './reports.ts';
import type { TestRuns } from './test-runs.ts';

type Stores = EnvironmentStore & BaselineDemands & EventStore & TestRunStore & ReportStore;

interface Parts {
  readonly environments: Environments;
  readonly demands: Demands;
  readonly events: Events;
  readonly testRuns: TestRuns;
  readonly reports: Reports;
}

/** Everything about environments in one object, as use cases ask for it. */
export class Store implements Stores {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get(name: string): Promise<EnvironmentRecord | null> {
    return this.#parts.environments.get(name);
  }

  list(options?: { readonly removed?: boolean }): Promise<readonly EnvironmentRecord[]> {
    return this.#parts.environments.list(options);
  }

  desire(desire: Desire): Promise<EnvironmentRecord> {
    return this.#parts.environments.desire(desire);
  }

  desireRemoval(name: string): Promise<EnvironmentRecord | null> {
    return this.#parts.environments.desireRemoval(name);
  }

  plan(uid: string): Promise<Plan | null> {
    return this.#parts.environments.plan(uid);
  }

  explanation(uid: string): Promise<Pick<Desire, 'picks' | 'findings'> | null> {
    return this.#parts.environments.explanation(uid);
  }

  writeStatus(uid: string, status: EnvironmentStatus): Promise<boolean> {
    return this.#parts.environments.writeStatus(uid, status);
  }

  markRemoved(uid: string): Promise<void> {
    return this.#parts.environments.markRemoved(uid);
  }

  setDemand(environment: string, components: readonly string[]): Promise<void> {
    return this.#parts.demands.setDemand(environment, components);
  }

  demands(): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#parts.demands.demands();
  }

  forgetGone(): Promise<void> {
    return this.#parts.demands.forgetGone();
  }

  append(event: Omit<EnvironmentEvent, 'id' | 'at'>): Promise<void> {
    return this.#parts.events.append(event);
  }

  events(filter: Parameters<EventStore['events']>[0]): Promise<readonly EnvironmentEvent[]> {
    return this.#parts.events.events(filter);
  }

  requestTest(request: Parameters<TestRunStore['requestTest']>[0]): Promise<TestRun> {
    return this.#parts.testRuns.requestTest(request);
  }

  testRun(id: string): Promise<TestRun | null> {
    return this.#parts.testRuns.testRun(id);
  }

  pendingTests(environment: string): ReturnType<TestRunStore['pendingTests']> {
    return this.#parts.testRuns.pendingTests(environment);
  }

  startTest(id: string): Promise<void> {
    return this.#parts.testRuns.startTest(id);
  }

  finishTest(id: string, result: Parameters<TestRunStore['finishTest']>[1]): Promise<void> {
    return this.#parts.testRuns.finishTest(id, result);
  }

  saveReport(report: Report): Promise<void> {
    return this.#parts.reports.saveReport(report);
  }

  report(id: string): Promise<Report | null> {
    return this.#parts.reports.report(id);
  }

  latestReport(environment: string): Promise<Report | null> {
    return this.#parts.reports.latestReport(environment);
  }

  reports(environment: string, limit: number): Promise<readonly Report[]> {
    return this.#parts.reports.reports(environment, limit);
  }
}
