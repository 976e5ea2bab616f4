import { buildReport } from '../../domain/calls/build-report.ts';
import { lastKnownAtUs, type Call } from '../../domain/calls/call.ts';
import type { PlanFacts } from '../../domain/calls/origin.ts';
import { isFailed } from '../../domain/calls/outcomes.ts';
import type { Report, TestCase } from '../../domain/calls/report.ts';
import { TEST_CALLER, type Catalog } from '../../domain/catalog/component.ts';
import { placeNames, type Names } from './place-names.ts';

/**
 * The report of a recording alone: no environment, no test results.
 *
 * Calls from clients that are no component are the roots, and each that failed is a failed case of its
 * own, so that two causes are both found. A root's own mark (`baggage: offshoot-test=…`) names its case.
 */

/** More failed roots than this are not told apart; the first say what is wrong. */
const CASES_MAX = 200;
const REPLAY = 'replay';

export interface Recording {
  readonly calls: readonly Call[];
  readonly names: Names;
  /** What of the recording could not be used. */
  readonly doubts: readonly string[];
  /** Calls that are known to be missing. */
  readonly droppedCalls: number;
}

export function replay(catalog: Catalog, recording: Recording): Report {
  const named = placeNames(catalog, recording.names, recording.calls);
  const { cases, calls } = withCases(named);
  const fromUs = calls.reduce((least, call) => Math.min(least, call.startedAtUs), Infinity);
  const toUs = calls.reduce((most, call) => Math.max(most, lastKnownAtUs(call)), 0);
  const window = { fromUs: Number.isFinite(fromUs) ? fromUs : 0, toUs };
  return buildReport({
    plan: planOf(catalog),
    run: {
      id: REPLAY,
      suite: REPLAY,
      startedAt: isoOf(window.fromUs),
      finishedAt: isoOf(window.toUs),
      window,
      baselineRevisions: {},
      baselineMoved: false,
      droppedCalls: recording.droppedCalls,
      notes: recording.doubts,
    },
    cases,
    calls,
    platformEvents: [],
  });
}

/** Everything in the catalog ran, as far as the recording knows; what is external ran elsewhere. */
function planOf({ components }: Catalog): PlanFacts {
  const all = [...components.values()];
  return {
    environment: REPLAY,
    branch: '',
    components: all
      .filter(({ type }) => type !== 'external')
      .map(({ name, type }) => ({
        name,
        role: type === 'datastore' ? 'datastore' : 'path',
        revision: null,
      })),
    boundary: all.filter(({ type }) => type === 'external').map(({ name }) => ({ name })),
    definitions: Object.fromEntries(components),
  };
}

/** Marks every failed root with a case, and says how each case ended. */
function withCases(calls: readonly Call[]): {
  readonly cases: readonly TestCase[];
  readonly calls: readonly Call[];
} {
  const outcomes = new Map<string, TestCase['outcome']>();
  const seen = new Map<string, number>();
  const marked = calls
    .toSorted((a, b) => a.startedAtUs - b.startedAtUs)
    .map((call) => {
      if (call.client !== TEST_CALLER) return call;
      const name = call.correlation.testCase ?? nextName(call, seen);
      if (isFailed(call) && (outcomes.has(name) || outcomes.size < CASES_MAX)) {
        outcomes.set(name, 'failed');
      } else if (call.correlation.testCase !== undefined && !outcomes.has(name)) {
        outcomes.set(name, 'passed');
      }
      return { ...call, correlation: { ...call.correlation, testCase: name } };
    });
  const cases = [...outcomes].map(([name, outcome]) => ({
    name,
    outcome,
    message: null,
    window: null,
  }));
  return { cases, calls: marked };
}

/** `GET /orders`, then `GET /orders (2)`. */
function nextName({ operation }: Call, seen: Map<string, number>): string {
  const count = (seen.get(operation) ?? 0) + 1;
  seen.set(operation, count);
  return count === 1 ? operation : `${operation} (${count})`;
}

function isoOf(us: number): string {
  return new Date(us / 1_000).toISOString();
}
