import type { TestSuite } from '../../domain/catalog/component.ts';
import type { PlatformEvent } from '../../domain/calls/report.ts';
import type { Diagnostic } from '../../domain/diagnostic.ts';
import type { Plan, Task } from '../../domain/plan/plan.ts';
import type { ObservedTask } from '../../domain/plan/task-states.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { Wiring } from './wiring.ts';

/**
 * What runs components, split by capability; a use case asks only for what it uses. One contract
 * suite (`test/contract/engine.ts`) describes every method; each engine and the fake pass it.
 */

export interface TaskOrder {
  readonly plan: Plan;
  readonly task: Task;
  /** Of the operation. A failure observed under an older generation does not count any more. */
  readonly generation: number;
  /** Optional dependencies that failed or are missing: their references render empty. */
  readonly unavailable: readonly string[];
}

export type TaskObservation = ObservedTask;

export interface Preflight {
  /** All that would make the plan fail, before anything is written. Errors stop it, warnings do not. */
  preflight(plan: Plan): Promise<readonly Diagnostic[]>;
}

export interface TaskEngine {
  /**
   * Makes the Task's desired state accepted and returns; never waits for readiness. Idempotent: the
   * same fingerprint and generation again changes nothing. Another fingerprint replaces what ran, and so
   * do other unavailable dependencies under a newer generation.
   *
   * @throws {OperationError} when it could not be accepted; the code says whether a retry helps.
   */
  apply(order: TaskOrder): Promise<void>;
  /** The only source of Task state. */
  observe(environment: string): Promise<readonly TaskObservation[]>;
  /** Calls back, soon after, when an observation may have changed. Returns how to stop listening. */
  onChange(environment: string, listener: () => void): () => void;
  /** Ends whatever the environment runs that the plan does not have. Idempotent. */
  prune(plan: Plan): Promise<void>;
  /** Takes everything away. Idempotent; says what is left, empty when all is gone. */
  remove(environment: string): Promise<Removed>;
}

export interface Removed {
  readonly left: readonly string[];
  /** For people: what stays on purpose, such as volumes whose storage class keeps them. */
  readonly notes?: readonly string[];
}

export interface Address {
  readonly component: string;
  readonly url: string;
}

export interface EngineViews {
  /** Where people reach what is exposed. */
  addresses(environment: string): Promise<readonly Address[]>;
  logs(environment: string, component: string, options: LogOptions): AsyncIterable<LogLine>;
  /** Runs a command beside a component: its folder, its variables. Resolves to the exit code. */
  exec(environment: string, component: string, command: readonly string[]): Promise<number>;
}

export interface LogOptions {
  /** Last so many lines; all that is kept when absent. */
  readonly tail?: number;
  readonly follow?: boolean;
  /** Of the run before the last restart, where the engine keeps it. */
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface Evidence {
  /** What happened to components in the window, oldest first; microseconds since the epoch. */
  platformEvents(
    environment: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly PlatformEvent[]>;
  /** Last log lines of a component, redacted. */
  logTail(environment: string, component: string, lines: number): Promise<readonly string[]>;
}

export interface SuiteOrder {
  readonly plan: Plan;
  readonly suite: TestSuite;
  /** Of the suite's source, resolved when the run was requested; null when it has no source. */
  readonly revision: Revision | null;
  /** Unique; the engine may name files by it. */
  readonly runId: string;
  /** `environment`: as usual. `baseline`: the entry is the baseline's. */
  readonly target: 'environment' | 'baseline';
  readonly signal?: AbortSignal;
}

export interface SuiteResult {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly startedAtUs: number;
  readonly finishedAtUs: number;
  /** The JUnit file's text, null when the suite names none or it did not appear. At most 8 MiB. */
  readonly junit: string | null;
  /** Last lines of its output, redacted. */
  readonly output: readonly string[];
}

export interface SuiteRunner {
  /** Runs a test suite as caller `test` to its end or its timeout, and ends its whole process group. */
  runSuite(order: SuiteOrder): Promise<SuiteResult>;
}

export interface Engine extends Preflight, TaskEngine, EngineViews, Evidence, Wiring, SuiteRunner {}
