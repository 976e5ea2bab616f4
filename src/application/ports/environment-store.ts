import type { TestSuite } from '../../domain/catalog/component.ts';
import type { ClosureIsolation } from '../../domain/closure/closure.ts';
import type { Plan, TaskStatus } from '../../domain/plan/plan.ts';
import type { Report } from '../../domain/calls/report.ts';
import type { ChangeFinding, Revision, RevisionPick } from '../../domain/revision/revision.ts';

/** Where desired and observed state live. Everything accepted here survives `kill -9` at any point. */

/** The name of the environment that stands for the baseline on engines that run one. */
export const BASELINE = 'baseline';

/** What a person or a push asked for. */
export interface EnvironmentSpec {
  readonly branch: string;
  readonly isolation: ClosureIsolation;
  /** Component → branch, tag or commit. */
  readonly pins: Readonly<Record<string, string>>;
  readonly entries: readonly string[];
  readonly include: readonly string[];
  /** Which revision components that are inside but unchanged use. */
  readonly unchanged: 'baseline' | 'head';
  /** File or folder of the project, absolute, so that whoever reconciles finds secrets and settings. */
  readonly project: string;
}

export interface Condition {
  readonly type: 'Ready' | 'Progressing' | 'Removing' | 'Captured' | 'Tested' | 'Wired';
  readonly status: 'True' | 'False' | 'Unknown';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export interface EnvironmentStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly tasks: readonly TaskStatus[];
  readonly addresses: readonly { readonly component: string; readonly url: string }[];
}

/** One life of one environment. A name lives again under another uid. */
export interface EnvironmentRecord {
  readonly uid: string;
  readonly name: string;
  readonly spec: EnvironmentSpec;
  readonly desired: 'up' | 'removed';
  /** Grows with every accepted request; the newest wins. */
  readonly generation: number;
  readonly planHash: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly removedAt: string | null;
  readonly status: EnvironmentStatus;
}

export interface Desire {
  readonly name: string;
  readonly spec: EnvironmentSpec;
  readonly plan: Plan;
  /** Explains every pick; kept for `explain`. */
  readonly picks: readonly RevisionPick[];
  readonly findings: readonly ChangeFinding[];
}

export interface EnvironmentStore {
  /** The living one of that name, or null. */
  get(name: string): Promise<EnvironmentRecord | null>;
  /** The living ones, by name; with `removed` also those of the past, newest first after them. */
  list(options?: { readonly removed?: boolean }): Promise<readonly EnvironmentRecord[]>;
  /** Accepts a desire in one transaction: a new life, or a next generation of the living one. */
  desire(desire: Desire): Promise<EnvironmentRecord>;
  /** Accepts removal. Null when there is nothing of that name: already gone is success. */
  desireRemoval(name: string): Promise<EnvironmentRecord | null>;
  plan(uid: string): Promise<Plan | null>;
  explanation(uid: string): Promise<Pick<Desire, 'picks' | 'findings'> | null>;
  /** Writes only if something differs and the life still is this one. Says whether it wrote. */
  writeStatus(uid: string, status: EnvironmentStatus): Promise<boolean>;
  /**
   * Ends the life, with its unfinished test runs; what it held is history. Does nothing when the
   * life is over already, or was asked for again since its removal began.
   */
  markRemoved(uid: string): Promise<void>;
}

/** Demands on the baseline: which components it must run, and for whom. */
export interface BaselineDemands {
  /** Replaces what one environment (by name; `*` for people) needs. */
  setDemand(environment: string, components: readonly string[]): Promise<void>;
  demands(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Takes back what environments need that do not live, in one step with looking; that of people stays. */
  forgetGone(): Promise<void>;
}

export interface EnvironmentEvent {
  readonly id: number;
  readonly environment: string;
  readonly at: string;
  /** `created`, `updated`, `task`, `ready`, `failed`, `test-started`, `test-finished`, `removing`, `removed` … */
  readonly type: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventStore {
  append(event: Omit<EnvironmentEvent, 'id' | 'at'>): Promise<void>;
  /** After an id, oldest first, at most `limit` (1,000 unless told). */
  events(filter: {
    readonly environment?: string;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly EnvironmentEvent[]>;
}

export interface TestRun {
  readonly id: string;
  readonly environment: string;
  readonly suite: string;
  readonly state: 'requested' | 'running' | 'finished';
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  readonly outcome: 'passed' | 'failed' | 'error' | null;
  /** Why there is no report, when `error`. */
  readonly message: string | null;
}

export interface TestRunStore {
  /** The suite's definition travels with the request: who runs it reads no catalog. */
  requestTest(run: {
    readonly environment: string;
    readonly suite: TestSuite;
    readonly revision: Revision | null;
  }): Promise<TestRun>;
  testRun(id: string): Promise<TestRun | null>;
  /** Unfinished runs of an environment, oldest first, each with its suite. */
  pendingTests(environment: string): Promise<
    readonly {
      readonly run: TestRun;
      readonly suite: TestSuite;
      readonly revision: Revision | null;
    }[]
  >;
  startTest(id: string): Promise<void>;
  finishTest(
    id: string,
    result: { readonly outcome: 'passed' | 'failed' | 'error'; readonly message: string | null },
  ): Promise<void>;
}

export interface ReportStore {
  saveReport(report: Report): Promise<void>;
  report(id: string): Promise<Report | null>;
  /** The newest of an environment, also after its removal. */
  latestReport(environment: string): Promise<Report | null>;
  reports(environment: string, limit: number): Promise<readonly Report[]>;
}
