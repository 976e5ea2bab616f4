import { buildReport } from '../../domain/calls/report/build-report.ts';
import type { BaselineResult } from '../../domain/calls/verdict/culprits.ts';
import { fitReport } from '../../domain/calls/report/fit-report.ts';
import { redact } from '../../domain/calls/redact.ts';
import type { ReportInput } from '../../domain/calls/report/report-input.ts';
import type { Culprit, PlatformEvent, Report } from '../../domain/calls/report.ts';
import type { UnreachableEdge } from '../../domain/calls/wiring.ts';
import type { TestSuite } from '../../domain/catalog/component.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { CallSource } from '../ports/call-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Evidence, SuiteResult } from '../ports/engine.ts';
import { BASELINE } from '../ports/environment-store.ts';
import type { TestResults } from '../ports/test-results.ts';
import { casesOfSuite } from './suite-cases.ts';

/** From one execution of a suite to its report: gathers what was seen meanwhile and applies the rules. */

export interface JudgePorts {
  readonly engine: Evidence;
  readonly calls: CallSource;
  readonly results: TestResults;
  readonly clock: Clock;
}

/** What was seen while a suite ran; the same for every judgement of it. */
export type Sighting = Omit<ReportInput, 'baselineResult'>;

export interface Execution {
  readonly id: string;
  readonly plan: Plan;
  readonly suite: TestSuite;
  readonly result: SuiteResult;
  readonly baselineRevisions: Readonly<Record<string, string>>;
  readonly baselineMoved: boolean;
  /** Calls that were lost before the suite began. */
  readonly droppedBefore: number;
  readonly wiring: readonly UnreachableEdge[];
  readonly notes: readonly string[];
}

/** For connections that the suite left open to end, and for calls on their way to the store. Part of the second a verdict may take. */
const SETTLE_MS = 200;
/** What began or happened so shortly before the suite still counts. */
const BEFORE_US = 2_000_000;
const CALLS_MAX = 100_000;
const LOG_LINES = 20;
const LOG_LINE_BYTES_MAX = 512;

export async function gather(ports: JudgePorts, execution: Execution): Promise<Sighting> {
  await ports.clock.sleep(SETTLE_MS);
  const { plan, suite, result } = execution;
  const window = { fromUs: result.startedAtUs, toUs: result.finishedAtUs };
  const [calls, baselineCalls, platformEvents, droppedCalls] = await Promise.all([
    callsOf(ports, plan.environment, window),
    callsOf(ports, BASELINE, { ...window, apartFrom: plan.environment }),
    eventsOf(ports, plan, window),
    ports.calls.droppedCalls(plan.environment),
  ]);
  const { cases, notes } = casesOfSuite(ports.results, suite, result);
  return {
    plan,
    run: {
      id: execution.id,
      suite: suite.name,
      startedAt: isoOf(window.fromUs),
      finishedAt: isoOf(window.toUs),
      window,
      baselineRevisions: execution.baselineRevisions,
      baselineMoved: execution.baselineMoved,
      droppedCalls: Math.max(0, droppedCalls - execution.droppedBefore),
      wiring: execution.wiring,
      notes: [...execution.notes, ...notes],
    },
    cases,
    calls,
    platformEvents,
    baselineCalls: plan.environment === BASELINE ? [] : baselineCalls,
    isBaseline: plan.environment === BASELINE,
  };
}

export async function judge(
  ports: Pick<JudgePorts, 'engine'>,
  sighting: Sighting,
  baselineResult: BaselineResult | null,
): Promise<Report> {
  const report = buildReport({ ...sighting, baselineResult });
  const inside = new Set(sighting.plan.components.map(({ name }) => name));
  const culprits = await Promise.all(
    report.culprits.map(async (culprit) => ({
      ...culprit,
      log: await logOf(
        ports,
        culprit,
        inside.has(culprit.component) ? report.environment : BASELINE,
      ),
    })),
  );
  return fitReport({ ...report, culprits });
}

type Window = ReportInput['run']['window'];

function callsOf(
  ports: JudgePorts,
  environment: string,
  window: Parameters<CallSource['calls']>[1],
): ReturnType<CallSource['calls']> {
  return ports.calls.calls(environment, { ...window, limit: CALLS_MAX });
}

/** Of the environment, and of those components of the baseline that it uses. */
async function eventsOf(
  ports: JudgePorts,
  plan: Plan,
  { fromUs, toUs }: Window,
): Promise<readonly PlatformEvent[]> {
  const since = fromUs - BEFORE_US;
  const own = ports.engine.platformEvents(plan.environment, since, toUs);
  if (plan.environment === BASELINE) return await own;
  const boundary = new Set(plan.boundary.map(({ name }) => name));
  const beyond = await ports.engine.platformEvents(BASELINE, since, toUs);
  return [...(await own), ...beyond.filter(({ component }) => boundary.has(component))];
}

/** Evidence that cannot be had is left out: the verdict stands without it. */
async function logOf(
  ports: Pick<JudgePorts, 'engine'>,
  culprit: Culprit,
  environment: string,
): Promise<readonly string[]> {
  if (culprit.origin === 'external') return [];
  try {
    const lines = await ports.engine.logTail(environment, culprit.component, LOG_LINES);
    return lines.map((line) => redact(line, LOG_LINE_BYTES_MAX));
  } catch {
    return [];
  }
}

function isoOf(us: number): string {
  return new Date(us / 1_000).toISOString();
}
