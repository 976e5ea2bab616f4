import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/domain/calls/report/build-report.ts';
import { OUTCOMES, type Call } from '../../src/domain/calls/call.ts';
import { edgesOf } from '../../src/domain/calls/report/edges.ts';
import { linkCalls } from '../../src/domain/calls/linking/linking.ts';
import { isFailed } from '../../src/domain/calls/outcomes.ts';
import type { PlatformEvent, TestCase } from '../../src/domain/calls/report.ts';
import { joinSides } from '../../src/domain/calls/linking/sides.ts';
import { atMs, reportInput } from '../support/call-story.ts';
import { sampleCall } from '../support/state-samples.ts';

/** Laws of the verdict, on calls that make no sense in particular. */

const COMPONENTS = ['gateway', 'cart', 'checkout', 'pricing', 'db'];

const anyCall = fc.record({
  client: fc.constantFrom('test', ...COMPONENTS),
  server: fc.constantFrom(...COMPONENTS),
  operation: fc.constantFrom('GET /a', 'GET /b/1', 'POST /c'),
  fromMs: fc.integer({ min: 0, max: 400 }),
  lengthMs: fc.option(fc.integer({ min: 0, max: 300 }), { freq: 8 }),
  outcome: fc.constantFrom(...OUTCOMES),
  errorType: fc.constantFrom('500', '404', 'tcp.refused', 'tcp.reset_before_response', null),
  side: fc.constantFrom('both' as const, 'client' as const, 'server' as const),
  testCase: fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 3 }),
  traceId: fc.option(fc.constantFrom('t1', 't2'), { freq: 3 }),
  confidence: fc.constantFrom('high' as const, 'low' as const),
});

const anyCalls = fc.array(anyCall, { maxLength: 60 }).map((drafts) =>
  drafts.map<Call>((draft, index) => {
    const startedAtUs = atMs(draft.fromMs);
    const endedAtUs = draft.lengthMs === null ? null : atMs(draft.fromMs + draft.lengthMs);
    const hasStatus = ['ok', 'client_error', 'server_error'].includes(draft.outcome);
    return {
      id: `c${index}`,
      client: draft.client,
      server: draft.server,
      protocol: 'http',
      operation: draft.operation,
      startedAtUs,
      firstByteAtUs: hasStatus ? endedAtUs : null,
      endedAtUs,
      outcome: draft.outcome,
      errorType: draft.errorType,
      reason: null,
      side: draft.side,
      status: hasStatus ? 200 : null,
      correlation: {
        ...(draft.testCase === null ? {} : { testCase: draft.testCase }),
        ...(draft.traceId === null ? {} : { traceId: draft.traceId }),
      },
      confidence: draft.confidence,
      connectionId: `k${index}`,
    };
  }),
);

const anyCases = fc
  .array(
    fc.record({
      outcome: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const),
      span: fc.option(fc.tuple(fc.nat(500), fc.nat(200))),
    }),
    { maxLength: 4 },
  )
  .map((drafts) =>
    drafts.map<TestCase>(({ outcome, span }, index) => ({
      name: 'abcd'.charAt(index),
      outcome,
      message: null,
      window: span === null ? null : { fromUs: atMs(span[0]), toUs: atMs(span[0] + span[1]) },
    })),
  );

const anyEvents = fc.array(
  fc.record<PlatformEvent>({
    component: fc.constantFrom(...COMPONENTS),
    atUs: fc.integer({ min: 0, max: 700 }).map(atMs),
    code: fc.constantFrom('EXITED', 'OUT_OF_MEMORY', 'DISK_FULL'),
    message: fc.constantFrom('x', 'y'),
  }),
  { maxLength: 4 },
);

const anyRun = fc.record({ calls: anyCalls, cases: anyCases, events: anyEvents });

function inputOf(run: {
  readonly calls: readonly Call[];
  readonly cases: readonly TestCase[];
  readonly events: readonly PlatformEvent[];
}): Parameters<typeof buildReport>[0] {
  const { calls, cases, events } = run;
  return reportInput('', {
    boundary: ['db'],
    types: { gateway: 'service' },
    more: { calls, cases, platformEvents: events },
  });
}

describe('laws of the report', () => {
  it('is the same whatever the order in which calls and events arrive', () => {
    fc.assert(
      fc.property(anyRun, fc.array(fc.nat(), { minLength: 70, maxLength: 70 }), (run, keys) => {
        const shuffled = <Item>(items: readonly Item[]): Item[] =>
          items
            .map((item, index) => ({ item, key: keys[index] ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ item }) => item);
        // The plan is the same: it is made of what the calls name.
        const input = inputOf(run);
        const other = {
          ...input,
          calls: shuffled(run.calls),
          platformEvents: shuffled(run.events),
        };
        expect(JSON.stringify(buildReport(other))).toBe(JSON.stringify(buildReport(input)));
      }),
    );
  });

  it('names at most one cause for a failed case, and none for others', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const report = buildReport(inputOf(run));
        const explained = report.culprits.flatMap(({ cases }) => cases);
        expect(explained).toHaveLength(new Set(explained).size);
        const failed = new Set(
          run.cases.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name),
        );
        expect(new Set(explained).isSubsetOf(failed)).toBe(true);
      }),
    );
  });

  it('paints exactly the causes red, and everything else by one other verdict', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const report = buildReport(inputOf(run));
        const causes = report.culprits
          .filter(({ cases }) => cases.length > 0)
          .map(({ component }) => component);
        const failing = report.verdicts
          .filter(({ verdict }) => verdict === 'Failing')
          .map(({ component }) => component);
        expect(new Set(failing)).toEqual(new Set(causes));
        const names = report.verdicts.map(({ component }) => component);
        expect(names).toHaveLength(new Set(names).size);
      }),
    );
  });

  it('gives as evidence a way on which each call comes from the server of the one before', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const report = buildReport(inputOf(run));
        const calls = new Map(report.calls.map((call) => [call.id, call]));
        for (const { evidence } of report.culprits) {
          const chain = evidence.map((id) => calls.get(id));
          expect(chain).not.toContain(undefined);
          const servers = chain.slice(0, -1).map((call) => call?.server);
          expect(chain.slice(1).map((call) => call?.client)).toEqual(servers);
        }
      }),
    );
  });

  it('counts each call on exactly one edge', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const edges = edgesOf(calls);
        expect(sum(edges.map((edge) => edge.calls))).toBe(calls.length);
        expect(sum(edges.map(({ failed }) => failed))).toBe(calls.filter(isFailed).length);
        const pairs = edges.map(({ from, to }) => `${from} ${to}`);
        expect(pairs).toHaveLength(new Set(pairs).size);
      }),
    );
  });

  it('finds percentiles that occurred, as a plain sort finds them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: 50 }), (lengths) => {
        const calls = lengths.map<Call>((ms, index) => ({
          ...TEMPLATE,
          id: `c${index}`,
          endedAtUs: TEMPLATE.startedAtUs + ms * 1_000,
        }));
        const sorted = lengths.toSorted((a, b) => a - b);
        const [edge] = edgesOf(calls);
        expect(edge?.p50Ms).toBe(sorted[Math.ceil(lengths.length * 0.5) - 1]);
        expect(edge?.p95Ms).toBe(sorted[Math.ceil(lengths.length * 0.95) - 1]);
      }),
    );
  });

  it('links each call to a call that its client served and that began before', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const ordered = joinSides(calls).calls;
        const forest = linkCalls(ordered);
        for (const call of ordered) {
          const parent = forest.parentOf(call);
          if (parent === null) continue;
          const isPossible =
            parent.server === call.client && ordered.indexOf(parent) < ordered.indexOf(call);
          expect(isPossible).toBe(true);
          expect(forest.childrenOf(parent)).toContain(call);
        }
      }),
    );
  });

  it('finds the true parent of every call when calls do not overlap at a component', () => {
    const widths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(widths, (shape) => {
        const parents = new Map<string, string | null>();
        const calls: Call[] = [];
        let nowUs = atMs(0);
        const make = (client: string, depth: number, parent: string | null): void => {
          const id = `c${calls.length}`;
          const server = `s${depth}`;
          const startedAtUs = (nowUs += 10);
          const index = calls.push({ ...TEMPLATE, id, client, server, startedAtUs }) - 1;
          parents.set(id, parent);
          for (let count = 0; count < (shape[depth] ?? 0); count += 1) make(server, depth + 1, id);
          calls[index] = { ...TEMPLATE, id, client, server, startedAtUs, endedAtUs: (nowUs += 10) };
        };
        make('test', 0, null);
        const forest = linkCalls(joinSides(calls).calls);
        for (const call of forest.calls) {
          expect(forest.parentOf(call)?.id ?? null).toBe(parents.get(call.id));
          expect(forest.isGuess(call)).toBe(false);
        }
      }),
    );
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

const TEMPLATE: Call = sampleCall('c0', atMs(0), null);
