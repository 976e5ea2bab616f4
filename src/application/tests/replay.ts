import { buildReport } from '../../domain/calls/report/build-report.ts';
import { lastKnownAtUs, type Call } from '../../domain/calls/call.ts';
import type { PlanFacts } from '../../domain/calls/verdict/origin.ts';
import { isFailed } from '../../domain/calls/outcomes.ts';
import type { Report, TestCase } from '../../domain/calls/report.ts';
import { joinRecords } from '../../domain/calls/spans/join-records.ts';
import { callsOfSpans } from '../../domain/calls/spans/span-calls.ts';
import type { Span } from '../../domain/calls/spans/span.ts';
import { OUTSIDE_CALLER, TEST_CALLER, type Catalog } from '../../domain/catalog/component.ts';
import { placeNames, spanPlaces, type Names } from './place-names.ts';

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
  /** Of the same time, from elsewhere. */
  readonly spans?: readonly Span[];
  readonly names: Names;
  /** What of the recording could not be used. */
  readonly doubts: readonly string[];
  /** Calls that are known to be missing. */
  readonly droppedCalls: number;
}

export function replay(catalog: Catalog, recording: Recording): Report {
  const { names, spans = [] } = recording;
  const told = callsOfSpans(spans, spanPlaces(catalog, names));
  const named = placeNames(catalog, names, [...recording.calls, ...told]);
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
      wiring: [],
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
  const marks = new Map<string, string>();
  for (const call of joinRecords(calls).calls) {
    if (call.client !== TEST_CALLER && call.client !== OUTSIDE_CALLER) continue;
    const { testCase } = call.correlation;
    const name = testCase ?? nextName(call, seen);
    marks.set(call.id, name);
    if (isFailed(call) && (outcomes.has(name) || outcomes.size < CASES_MAX)) {
      outcomes.set(name, 'failed');
    } else if (testCase !== undefined && !outcomes.has(name)) {
      outcomes.set(name, 'passed');
    }
  }
  const cases = [...outcomes].map(([name, outcome]) => ({
    name,
    outcome,
    message: null,
    window: null,
  }));
  return { cases, calls: calls.map((call) => marked(call, marks.get(call.id))) };
}

function marked(call: Call, testCase: string | undefined): Call {
  if (testCase === undefined) return call;
  return { ...call, client: TEST_CALLER, correlation: { ...call.correlation, testCase } };
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
