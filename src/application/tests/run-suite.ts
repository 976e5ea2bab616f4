import type { Report } from '../../domain/calls/report.ts';
import type { TestSuite } from '../../domain/catalog/component.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import { waitForReady, type WaitOutcome } from '../environments/wait.ts';
import type {
  EnvironmentRecord,
  EventStore,
  TestRun,
  TestRunStore,
} from '../ports/environment-store.ts';
import {
  baselineShas,
  compareOnBaseline,
  isSame,
  type ComparisonPorts,
} from './baseline-comparison.ts';
import { gather, judge, type Sighting } from './judge.ts';
import { toldWiring, type WiringTellerPorts } from './tell-wiring.ts';
import { usualTimes } from './usual-times.ts';

/**
 * Test runs: takes what was requested of an environment, waits until it is ready, runs the suite and
 * leaves a report. A run that its agent did not survive is run once more, then given up as an error.
 * The report is saved before the run counts as finished, and before the baseline is asked.
 */

export interface TestRunnerPorts extends ComparisonPorts, WiringTellerPorts {
  readonly engine: ComparisonPorts['engine'] & WiringTellerPorts['engine'];
  readonly tests: TestRunStore;
  readonly events: EventStore;
}

export interface TestRunner {
  /**
   * Carries out every unfinished run of the environment, oldest first; resolves when none is left or
   * the signal aborts, which leaves the present run to whoever comes next.
   */
  runRequested(environment: string, signal?: AbortSignal): Promise<void>;
}

export interface TestRunnerSettings {
  /** How long a run waits for its environment. */
  readonly readyTimeoutMs: number;
}

const READY_TIMEOUT_MS_DEFAULT = 30 * 60 * 1_000;
/** The run itself, and once more when its agent died. */
const STARTS_MAX = 2;
const EVENTS_PAGE = 1_000;

interface Pending {
  readonly run: TestRun;
  readonly suite: TestSuite;
  readonly revision: Revision | null;
}

type Readiness =
  | { readonly kind: 'ready'; readonly record: EnvironmentRecord; readonly plan: Plan }
  | { readonly kind: 'never'; readonly why: string }
  | { readonly kind: 'cancelled' };

export function createTestRunner(
  ports: TestRunnerPorts,
  settings: TestRunnerSettings = { readyTimeoutMs: READY_TIMEOUT_MS_DEFAULT },
): TestRunner {
  return {
    async runRequested(environment, signal) {
      const done = new Set<string>();
      for (;;) {
        const pending = await ports.tests.pendingTests(environment);
        const next = pending.find(({ run }) => !done.has(run.id));
        if (next === undefined || signal?.aborted === true) return;
        done.add(next.run.id);
        await carryOut(ports, settings, next, signal);
      }
    },
  };
}

async function carryOut(
  ports: TestRunnerPorts,
  settings: TestRunnerSettings,
  pending: Pending,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { run } = pending;
  try {
    const saved = run.state === 'running' ? await ports.reports.report(run.id) : null;
    if (saved !== null) {
      await finish(ports, run, saved);
      return;
    }
    const starts = await startsOf(ports.events, run);
    if (starts >= STARTS_MAX) {
      await giveUp(ports, run, `whoever ran it ended ${starts} times before it did`);
      return;
    }
    const readiness = await waitUntilReady(ports, settings, run.environment, signal);
    if (readiness.kind === 'cancelled') return;
    if (readiness.kind === 'never') await giveUp(ports, run, readiness.why);
    else await execute(ports, pending, { ...readiness, starts, signal });
  } catch (error) {
    if (signal?.aborted === true) return;
    await giveUp(ports, run, error instanceof Error ? error.message : String(error));
  }
}

async function giveUp(ports: TestRunnerPorts, run: TestRun, message: string): Promise<void> {
  await ports.tests.finishTest(run.id, { outcome: 'error', message });
  await emit(ports, run, 'test-finished', {
    message: `suite "${run.suite}" could not be run: ${message}`,
    data: { outcome: 'error' },
  });
}

/** A newer revision taking over is waited for in turn: tests are of what runs in the end. */
async function waitUntilReady(
  ports: TestRunnerPorts,
  settings: TestRunnerSettings,
  environment: string,
  signal: AbortSignal | undefined,
): Promise<Readiness> {
  const endMs = ports.clock.nowMs() + settings.readyTimeoutMs;
  for (;;) {
    const record = await ports.environments.get(environment);
    if (record === null) return { kind: 'never', why: `there is no environment "${environment}"` };
    const outcome = await waitForReady({ store: ports.environments, clock: ports.clock }, record, {
      timeoutMs: Math.max(0, endMs - ports.clock.nowMs()),
      ...(signal === undefined ? {} : { signal }),
    });
    if (isRunnable(outcome)) return await withPlan(ports, outcome.record);
    if (outcome.kind === 'cancelled') return { kind: 'cancelled' };
    if (outcome.kind !== 'superseded')
      return { kind: 'never', why: whyNever(environment, outcome) };
  }
}

/** What only lacks an edge runs: whether it still does is proved again. */
function isRunnable(
  outcome: WaitOutcome,
): outcome is Extract<WaitOutcome, { kind: 'ready' | 'failed' }> {
  return (
    outcome.kind === 'ready' || (outcome.kind === 'failed' && outcome.code === 'EDGE_UNREACHABLE')
  );
}

async function withPlan(ports: TestRunnerPorts, record: EnvironmentRecord): Promise<Readiness> {
  const plan = await ports.environments.plan(record.uid);
  if (plan !== null) return { kind: 'ready', record, plan };
  return { kind: 'never', why: `environment "${record.name}" was removed` };
}

function whyNever(environment: string, outcome: WaitOutcome): string {
  if (outcome.kind === 'failed') {
    return `ENVIRONMENT_NOT_READY: environment "${environment}" failed (${outcome.code})`;
  }
  if (outcome.kind === 'timeout') {
    return `ENVIRONMENT_NOT_READY: environment "${environment}" did not become ready in time`;
  }
  return `environment "${environment}" was removed`;
}

interface Attempt {
  readonly record: EnvironmentRecord;
  readonly plan: Plan;
  readonly starts: number;
  readonly signal: AbortSignal | undefined;
}

async function execute(ports: TestRunnerPorts, pending: Pending, attempt: Attempt): Promise<void> {
  const { run, suite, revision } = pending;
  const { record, plan, starts, signal } = attempt;
  await ports.tests.startTest(run.id);
  await emit(ports, run, 'test-started', {
    message: `suite "${suite.name}" runs${starts > 0 ? ' again' : ''}`,
    data: { attempt: starts + 1 },
  });
  const wiring = await toldWiring(ports, { record, plan, signal });
  const before = await baselineShas(ports, plan);
  const droppedBefore = await ports.calls.droppedCalls(plan.environment);
  const result = await ports.engine.runSuite({
    plan,
    suite,
    revision,
    runId: run.id,
    target: 'environment',
    ...(signal === undefined ? {} : { signal }),
  });
  // What a killed suite left behind says nothing about anybody.
  if (signal?.aborted === true) return;
  const after = await baselineShas(ports, plan);
  const seen = await gather(ports, {
    id: run.id,
    plan,
    suite,
    result,
    baselineRevisions: after,
    baselineMoved: hasMoved(plan, before, after),
    droppedBefore,
    wiring: wiring.unreachable,
    notes: [...(starts > 0 ? ['the run was interrupted and started again'] : []), ...wiring.notes],
  });
  const hasFailed = result.exitCode !== 0;
  const history = hasFailed ? await usualTimes(ports, plan.environment, suite.name) : [];
  const report = await reportOf(ports, pending, { ...seen, history }, attempt);
  await finish(ports, run, report);
}

async function reportOf(
  ports: TestRunnerPorts,
  pending: Pending,
  sighting: Sighting,
  { plan, signal }: Attempt,
): Promise<Report> {
  const { run, suite, revision } = pending;
  const report = await judge(ports, sighting, null);
  await ports.reports.saveReport(report);
  if (report.outcome !== 'failed' || !suite.safeOnBaseline || sighting.isBaseline === true) {
    return report;
  }
  const compared = await compareOnBaseline(ports, {
    plan,
    suite,
    revision,
    runId: run.id,
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => ({
    kind: 'impossible' as const,
    why: error instanceof Error ? error.message : String(error),
  }));
  const final =
    compared.kind === 'compared'
      ? await judge(ports, sighting, compared.result)
      : withNote(report, `not compared with the baseline: ${compared.why}`);
  await ports.reports.saveReport(final);
  return final;
}

function withNote(report: Report, note: string): Report {
  return { ...report, notes: [...report.notes, note] };
}

async function finish(ports: TestRunnerPorts, run: TestRun, report: Report): Promise<void> {
  const outcome = report.outcome;
  await ports.tests.finishTest(run.id, { outcome, message: null });
  const [first] = report.culprits;
  const because = first === undefined ? '' : ` because of "${first.component}" (${first.origin})`;
  await emit(ports, run, 'test-finished', {
    message: `suite "${run.suite}" ${outcome}${because}`,
    data: {
      outcome,
      culprits: report.culprits.map(({ component, origin, code }) => ({ component, origin, code })),
    },
  });
}

async function emit(
  ports: TestRunnerPorts,
  run: TestRun,
  type: 'test-started' | 'test-finished',
  event: { readonly message: string; readonly data: Readonly<Record<string, unknown>> },
): Promise<void> {
  const data = { run: run.id, suite: run.suite, ...event.data };
  const { environment } = run;
  await ports.events.append({ environment, type, message: event.message, data });
}

/** How often the run was started before, by the events that say so. */
async function startsOf(events: EventStore, run: TestRun): Promise<number> {
  if (run.state === 'requested') return 0;
  let starts = 0;
  let after = 0;
  for (;;) {
    const page = await events.events({ environment: run.environment, after, limit: EVENTS_PAGE });
    starts += page.filter(
      ({ type, data }) => type === 'test-started' && data['run'] === run.id,
    ).length;
    const last = page.at(-1);
    if (last === undefined || page.length < EVENTS_PAGE) return Math.max(1, starts);
    after = last.id;
  }
}

function hasMoved(
  plan: Plan,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  const used = new Set(plan.boundary.map(({ name }) => name));
  const only = (revisions: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(revisions).filter(([name]) => used.has(name)));
  return !isSame(only(before), only(after));
}
