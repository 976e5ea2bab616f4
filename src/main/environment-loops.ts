import { createJunitReader } from '../adapters/junit/read-junit.ts';
import type { Finding } from '../application/environments/finding.ts';
import { createReconciler, type Reconcile } from '../application/environments/reconcile.ts';
import { runReconciler, type ReconcileLoop } from '../application/environments/run-reconciler.ts';
import { isSettled } from '../application/environments/wait.ts';
import { createTestRunner, type TestRunner } from '../application/tests/run-suite.ts';
import type { CallSource } from '../application/ports/call-store.ts';
import type { Engine } from '../application/ports/engine.ts';
import type { ExistingBaseline } from '../application/ports/existing-baseline.ts';
import type {
  EnvironmentRecord,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRunStore,
} from '../application/ports/environment-store.ts';
import { systemClock } from './clock.ts';

/**
 * Reconciles several environments in one process: a loop for each, and their tests. Whoever starts a loop
 * holds what entitles it to act on that environment.
 */

export interface LoopParts {
  readonly store: EnvironmentStore;
  readonly events: EventStore;
  readonly testRuns: TestRunStore;
  readonly reports: ReportStore;
  readonly calls: CallSource;
  readonly engine: Engine;
  readonly existingBaseline: ExistingBaseline | null;
  /** Tasks at once in one environment. */
  readonly concurrency: number;
  /** Passes at once in all environments. */
  readonly passes: number;
  /** An end that is no end of the environment: a mistake, or a store that cannot be reached. */
  readonly onError: (environment: string, error: unknown) => void;
  /** What is true of all environments of this installation. */
  readonly standing: readonly Finding[];
  /** Nothing more will happen to it by itself, and no test of it waits. */
  readonly onSettled: (environment: string) => void;
  /** The life of the environment is over. */
  readonly onGone: (environment: string) => Promise<void>;
}

export interface EnvironmentLoops {
  /** Begins to reconcile; an environment that has a loop keeps it. */
  start(environment: string): void;
  /** Looks again, soon. Nothing for an environment without a loop. */
  wake(environment: string): void;
  has(environment: string): boolean;
  names(): readonly string[];
  /** Ends after the pass that is running; what the tests did is left to whoever comes next. */
  stop(environment: string): Promise<void>;
  /** Resolves when the loop has ended by itself, or was stopped; at once without a loop. */
  ended(environment: string): Promise<void>;
  stopAll(): Promise<void>;
}

/** Without any signal. The view and the watch of environments tell of changes; this is the safety net. */
const RESYNC_MS = 30_000;
/** Between two looks for tests of an environment that changes, whose passes are many. Unit: milliseconds. */
const ASK_EVERY_MS = 5_000;

interface Running {
  readonly loop: ReconcileLoop;
  readonly over: AbortController;
  readonly ended: Promise<void>;
  /** The tests that run now. */
  testing: Promise<void> | null;
  /** Somebody may have asked for tests. */
  isRung: boolean;
}

export function createEnvironmentLoops(parts: LoopParts): EnvironmentLoops {
  const { engine } = parts;
  const reconcile = limited(reconcileOf(parts), parts.passes);
  const tests = testsOf(parts, reconcile);
  const running = new Map<string, Running>();
  /** Loops that are over, while what comes after a life is carried out. */
  const endings = new Set<Promise<void>>();

  const runTests = (environment: string): void => {
    const of = running.get(environment);
    if (of === undefined || of.testing !== null) return;
    of.testing = tests
      .runRequested(environment, of.over.signal)
      .catch((error: unknown) => parts.onError(environment, error))
      .finally(() => {
        of.testing = null;
        of.isRung = true;
      });
  };

  const begin = (environment: string): void => {
    const over = new AbortController();
    const looking = lookingAt(environment, parts, {
      over,
      running: () => running.get(environment),
      runTests: () => runTests(environment),
    });
    const loop = runReconciler({
      name: environment,
      reconcile,
      engine,
      clock: systemClock,
      signal: over.signal,
      resyncMs: RESYNC_MS,
      onPass: () => looking.look().catch((error: unknown) => parts.onError(environment, error)),
    });
    const end = async (): Promise<void> => {
      await loop.finished.catch((error: unknown) => parts.onError(environment, error));
      over.abort();
      await running.get(environment)?.testing;
      running.delete(environment);
      if (looking.isGone()) await parts.onGone(environment);
    };
    const ended = end().catch((error: unknown) => parts.onError(environment, error));
    endings.add(ended);
    void ended.then(() => endings.delete(ended));
    running.set(environment, { loop, over, ended, testing: null, isRung: true });
  };

  const stop = async (environment: string): Promise<void> => {
    const of = running.get(environment);
    of?.over.abort();
    await of?.ended;
  };

  return {
    start(environment) {
      if (!running.has(environment)) begin(environment);
    },
    wake(environment) {
      const of = running.get(environment);
      if (of === undefined) return;
      of.isRung = true;
      of.loop.wake();
    },
    has: (environment) => running.has(environment),
    names: () => [...running.keys()],
    stop,
    async ended(environment) {
      await running.get(environment)?.ended;
    },
    stopAll: () => stopEverything(running, endings),
  };
}

interface Looked {
  readonly over: AbortController;
  readonly running: () => Running | undefined;
  readonly runTests: () => void;
}

/** After each pass: whether the life is over, and whether somebody asked for tests. */
function lookingAt(
  environment: string,
  { store, testRuns, onSettled }: LoopParts,
  { over, running, runTests }: Looked,
): { look(): Promise<void>; isGone(): boolean } {
  let isGone = false;
  const isDue = everySoOften(ASK_EVERY_MS);
  const mustAsk = (record: EnvironmentRecord): boolean => {
    const of = running();
    if (!isDue(of?.isRung !== false || isSettled(record))) return false;
    if (of !== undefined) of.isRung = false;
    return true;
  };
  return {
    // What fails is looked at again by the next pass.
    async look() {
      const record = await store.get(environment);
      isGone = record === null;
      if (record === null) over.abort();
      else if (mustAsk(record) && (await testRuns.pendingTests(environment)).length > 0) runTests();
      else if (running()?.testing === null && isSettled(record)) onSettled(environment);
    },
    isGone: () => isGone,
  };
}

/** True when it is wanted now, or was not true for so long. */
function everySoOften(ms: number): (isWanted: boolean) => boolean {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (isWanted) => {
    const nowMs = systemClock.nowMs();
    if (!isWanted && nowMs - lastMs < ms) return false;
    lastMs = nowMs;
    return true;
  };
}

/** The end of one may begin another. */
async function stopEverything(
  running: ReadonlyMap<string, Running>,
  endings: ReadonlySet<Promise<void>>,
): Promise<void> {
  while (endings.size > 0) {
    for (const { over } of running.values()) over.abort();
    await Promise.all(endings);
  }
}

function reconcileOf({ store, events, engine, concurrency, standing }: LoopParts): Reconcile {
  return createReconciler({
    standing,
    store,
    events,
    engine,
    clock: systemClock,
    random: Math.random,
    limits: { concurrency },
  });
}

function testsOf(parts: LoopParts, reconcile: Reconcile): TestRunner {
  return createTestRunner({
    reconcile,
    tests: parts.testRuns,
    events: parts.events,
    environments: parts.store,
    reports: parts.reports,
    calls: parts.calls,
    engine: parts.engine,
    existingBaseline: parts.existingBaseline,
    results: createJunitReader(),
    clock: systemClock,
  });
}

/** At most so many at once; the others in turn. */
function limited<Result>(
  run: (name: string) => Promise<Result>,
  max: number,
): (name: string) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let count = 0;
  return async (name) => {
    if (count >= max) await new Promise<void>((enter) => waiting.push(enter));
    else count += 1;
    try {
      return await run(name);
    } finally {
      const next = waiting.shift();
      if (next === undefined) count -= 1;
      else next();
    }
  };
}
