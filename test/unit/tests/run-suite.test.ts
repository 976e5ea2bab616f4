import { beforeEach, describe, expect, it } from 'vitest';
import { createJunitReader } from '../../../src/adapters/junit/read-junit.ts';
import type { Clock } from '../../../src/application/ports/clock.ts';
import type { SuiteOrder, SuiteResult } from '../../../src/application/ports/engine.ts';
import type { EdgeFinding } from '../../../src/application/ports/wiring.ts';
import {
  BASELINE,
  type EnvironmentStatus,
  type TestRun,
} from '../../../src/application/ports/environment-store.ts';
import { createTestRunner, type TestRunner } from '../../../src/application/tests/run-suite.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import type { PlatformEvent, Report } from '../../../src/domain/calls/report.ts';
import type { TestSuite } from '../../../src/domain/catalog/component.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { atMs, callsOf, event, STORY_AT_US } from '../../support/call-story.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';
import { settled } from '../../support/fake-clock.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { planOf, revision } from '../../support/plans.ts';

/** Sleeping is over at once; time moves on as if it had not been. */
class JumpingClock implements Clock {
  #nowMs = STORY_AT_US / 1_000;

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number): Promise<void> {
    this.#nowMs += ms;
    await settled();
  }
}

const SHOP = services({ gateway: ['checkout'], checkout: ['pricing'], pricing: [] });
const SUITE: TestSuite = {
  name: 'shop-e2e',
  entry: 'gateway',
  command: ['true'],
  environment: [],
  timeoutMs: 60_000,
  junit: 'junit.xml',
  safeOnBaseline: false,
  location: { file: 'suite.yaml', line: 1, column: 1 },
};

const FAILING = `test → gateway 500 #buys @10..60 [ gateway → checkout 500 #buys @15..50 [
  checkout → pricing 500 #buys @20..40 "division by zero" ] ]`;
const RED_JUNIT =
  '<testsuite><testcase name="buys"><failure message="answered 500"/></testcase></testsuite>';
const GREEN_JUNIT = '<testsuite><testcase name="buys"/></testsuite>';

function ended(result: Partial<SuiteResult>): Partial<SuiteResult> {
  return { exitCode: 0, startedAtUs: atMs(0), finishedAtUs: atMs(100), ...result };
}

/** One environment, one baseline, an engine that tells what a test wrote. */
class Stage {
  readonly clock = new JumpingClock();
  readonly store = new MemoryStore();
  catalog = SHOP;
  readonly calls = new Map<string, readonly Call[]>();
  readonly orders: SuiteOrder[] = [];
  readonly events: PlatformEvent[] = [];
  /** Environments that were to be looked at. */
  readonly passes: string[] = [];
  dropped = 0;
  wiring: EdgeFinding = 'ok';
  suite: (order: SuiteOrder) => Partial<SuiteResult> = () => ended({ junit: GREEN_JUNIT });
  readonly runner: TestRunner;

  constructor() {
    const engine = new FakeEngine({
      clock: this.clock,
      wiring: () => this.wiring,
      suite: (order) => {
        this.orders.push(order);
        return this.suite(order);
      },
    });
    const platformEvents = async (environment: string): Promise<readonly PlatformEvent[]> =>
      environment === 'coupon' ? this.events : [];
    const logTail = async (environment: string, name: string): Promise<readonly string[]> => [
      `${environment}/${name} says password=hunter2-is-long`,
    ];
    this.runner = createTestRunner({
      reconcile: async (name) => void this.passes.push(name),
      existingBaseline: null,
      tests: this.store,
      events: this.store,
      reports: this.store,
      environments: this.store,
      engine: Object.assign(engine, { platformEvents, logTail }),
      calls: {
        calls: async (environment, { fromUs, toUs }) =>
          (this.calls.get(environment) ?? []).filter(
            (call) => call.startedAtUs <= toUs && (call.endedAtUs ?? Infinity) >= fromUs,
          ),
        droppedCalls: async () => this.dropped,
      },
      results: createJunitReader(),
      clock: this.clock,
    });
  }

  async up(name: string, sha: string): Promise<void> {
    const plan = planOf(this.catalog, {
      environment: name,
      changed: ['pricing'],
      picks: { pricing: revision(sha) },
    });
    const spec = {
      branch: name,
      isolation: 'full' as const,
      pins: {},
      entries: [],
      include: [],
      unchanged: 'baseline' as const,
      project: '/project',
    };
    await this.store.desire({ name, spec, plan, picks: [], findings: [] });
    await this.status(name, 'True', 'False');
  }

  async status(
    name: string,
    ready: 'True' | 'False',
    progressing: 'True' | 'False',
    reason = 'Told',
  ): Promise<void> {
    const record = await this.store.get(name);
    if (record === null) throw new Error(`no environment "${name}"`);
    const condition = (type: 'Ready' | 'Progressing', status: 'True' | 'False') => ({
      type,
      status,
      reason,
      message: '',
      observedGeneration: record.generation,
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
    });
    const status: EnvironmentStatus = {
      observedGeneration: record.generation,
      conditions: [
        condition('Ready', ready),
        condition('Progressing', progressing),
        ...record.status.conditions.filter(({ type }) => type === 'Wired'),
      ],
      tasks: [],
      addresses: [],
    };
    await this.store.writeStatus(record.uid, status);
  }

  request(suite: Partial<TestSuite> = {}): Promise<TestRun> {
    return this.store.requestTest({
      environment: 'coupon',
      suite: { ...SUITE, ...suite },
      revision: revision('5u17e'),
    });
  }

  /** Requests, runs, and gives what came of it. */
  async run(
    suite: Partial<TestSuite> = {},
  ): Promise<{ run: TestRun | null; report: Report | null }> {
    const { id } = await this.request(suite);
    await this.runner.runRequested('coupon');
    return { run: await this.store.testRun(id), report: await this.store.report(id) };
  }

  async eventTypes(): Promise<readonly string[]> {
    return (await this.store.events({ environment: 'coupon' })).map(({ type }) => type);
  }
}

describe('the test runner', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = new Stage();
    await stage.up('coupon', 'c0ffee');
  });

  it('leaves a report with the cause, its origin and the last lines it wrote, without secrets', async () => {
    stage.suite = () => ended({ exitCode: 1, junit: RED_JUNIT });
    stage.calls.set('coupon', callsOf(FAILING));
    const { run, report } = await stage.run();
    expect(run).toMatchObject({ state: 'finished', outcome: 'failed', message: null });
    expect(report).toMatchObject({
      environment: 'coupon',
      suite: 'shop-e2e',
      outcome: 'failed',
      revisions: { pricing: 'c0ffee' },
    });
    expect(report?.culprits).toEqual([
      expect.objectContaining({ component: 'pricing', origin: 'change', code: 'http.500' }),
    ]);
    expect(report?.culprits[0]?.log).toEqual(['coupon/pricing says password=***']);
    expect(await stage.eventTypes()).toEqual(['test-started', 'test-finished']);
  });

  it('runs the suite at the revision that was frozen with the request', async () => {
    await stage.run();
    expect(stage.orders).toEqual([
      expect.objectContaining({
        target: 'environment',
        revision: revision('5u17e'),
        runId: 'run-1',
      }),
    ]);
  });

  it('carries out all requests, oldest first', async () => {
    await stage.request({ name: 'first' });
    await stage.request({ name: 'second' });
    await stage.runner.runRequested('coupon');
    expect(stage.orders.map(({ suite }) => suite.name)).toEqual(['first', 'second']);
    expect(await stage.store.pendingTests('coupon')).toEqual([]);
  });

  it('waits until the environment is ready', async () => {
    await stage.status('coupon', 'False', 'True');
    await stage.request();
    const running = stage.runner.runRequested('coupon');
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(stage.orders).toEqual([]);
    await stage.status('coupon', 'True', 'False');
    await running;
    expect(stage.orders).toHaveLength(1);
  });

  it('fails the run when the environment failed', async () => {
    await stage.status('coupon', 'False', 'False');
    const { run, report } = await stage.run();
    expect(run).toMatchObject({ state: 'finished', outcome: 'error' });
    expect(run?.message).toMatch(/^ENVIRONMENT_NOT_READY: environment "coupon" failed/u);
    expect(report).toBeNull();
    expect(stage.orders).toEqual([]);
  });

  it('gives up on an environment that never becomes ready', async () => {
    await stage.status('coupon', 'False', 'True');
    const { run } = await stage.run();
    expect(run?.message).toMatch(/^ENVIRONMENT_NOT_READY: .* did not become ready in time$/u);
  });

  describe('when an edge does not hold', () => {
    const PORTS = [{ name: 'http', port: 8080, protocol: 'http' }] as const;
    const wired = async (): Promise<unknown> =>
      (await stage.store.get('coupon'))?.status.conditions.find(({ type }) => type === 'Wired');

    beforeEach(async () => {
      stage.catalog = catalogOf([
        component({ name: 'gateway', expose: true, dependencies: ['pricing'] }),
        component({ name: 'pricing', ports: PORTS }),
      ]);
      await stage.up('coupon', 'c0ffee');
      stage.wiring = 'nothing-listens';
    });

    it('runs the suite all the same, reports the edge and has `Ready` taken back', async () => {
      const { run, report } = await stage.run();
      expect(run).toMatchObject({ state: 'finished', outcome: 'passed' });
      expect(report?.wiring).toEqual([
        {
          from: 'gateway',
          to: 'pricing',
          problem: 'nothing-listens',
          message: 'nothing listens at pricing:8080',
        },
      ]);
      expect(await wired()).toMatchObject({ status: 'False', reason: 'EdgeUnreachable' });
      expect(stage.passes).toEqual(['coupon']);
    });

    it('runs again in what is not ready for that alone, and finds it well', async () => {
      await stage.run();
      await stage.status('coupon', 'False', 'False', 'EdgeUnreachable');
      stage.wiring = 'ok';
      const { run, report } = await stage.run();
      expect([run?.outcome, report?.wiring]).toEqual(['passed', []]);
      expect(await wired()).toMatchObject({ status: 'True', reason: 'EdgesProved' });
    });

    it('says nothing when nobody could ask, but in a note', async () => {
      await stage.run();
      const before = await wired();
      stage.wiring = null;
      const { report } = await stage.run();
      expect(report?.wiring).toEqual([]);
      expect(report?.notes).toContain('1 of 1 required edges could not be proved before the tests');
      expect(await wired()).toEqual(before);
    });

    it('leaves a newer generation alone', async () => {
      const proving = stage.run();
      await settled();
      await stage.up('coupon', 'c0ffee2');
      await proving;
      expect(await wired()).toBeUndefined();
    });

    it('says it until it stands, not for ever', async () => {
      const write = stage.store.writeStatus.bind(stage.store);
      let writes = 0;
      stage.store.writeStatus = async (uid, status) => {
        writes += 1;
        return await write(uid, { ...status, conditions: [] });
      };
      const { run } = await stage.run();
      expect([run?.outcome, writes]).toEqual(['passed', 3]);
    });
  });

  it('ends the run as an error when the environment is being removed', async () => {
    await stage.request();
    await stage.store.desireRemoval('coupon');
    await stage.runner.runRequested('coupon');
    const run = await stage.store.testRun('run-1');
    expect(run).toMatchObject({ outcome: 'error', message: 'environment "coupon" was removed' });
  });

  it('ends the run as an error when the suite cannot be started', async () => {
    stage.suite = () => {
      throw new OperationError('TEST_SUITE_FAILED_TO_RUN', 'suite "shop-e2e" has no "command"');
    };
    const { run } = await stage.run();
    expect(run).toMatchObject({ outcome: 'error', message: 'suite "shop-e2e" has no "command"' });
    expect(await stage.eventTypes()).toEqual(['test-started', 'test-finished']);
  });

  it('runs again, once, what its agent did not survive', async () => {
    const { id } = await stage.request();
    await stage.store.startTest(id);
    await stage.store.append({
      environment: 'coupon',
      type: 'test-started',
      message: '',
      data: { run: id },
    });
    await stage.runner.runRequested('coupon');
    expect(await stage.store.testRun(id)).toMatchObject({ state: 'finished', outcome: 'passed' });
    expect((await stage.store.report(id))?.notes).toContain(
      'the run was interrupted and started again',
    );
  });

  it('gives up on a run that two agents did not survive', async () => {
    const { id } = await stage.request();
    await stage.store.startTest(id);
    for (const attempt of [1, 2]) {
      const data = { run: id, attempt };
      await stage.store.append({ environment: 'coupon', type: 'test-started', message: '', data });
    }
    await stage.runner.runRequested('coupon');
    expect(await stage.store.testRun(id)).toMatchObject({
      outcome: 'error',
      message: 'whoever ran it ended 2 times before it did',
    });
    expect(stage.orders).toEqual([]);
  });

  it('does not repeat a run whose report was saved before its agent died', async () => {
    const { report } = await stage.run();
    if (report === null) throw new Error('no report');
    const { id } = await stage.request();
    await stage.store.startTest(id);
    await stage.store.saveReport({ ...report, id, outcome: 'failed' });
    await stage.runner.runRequested('coupon');
    expect(await stage.store.testRun(id)).toMatchObject({ state: 'finished', outcome: 'failed' });
    expect(stage.orders).toHaveLength(1);
  });

  it('leaves a run that was cancelled to whoever comes next', async () => {
    const abort = new AbortController();
    stage.suite = () => {
      abort.abort();
      return ended({ exitCode: null });
    };
    const { id } = await stage.request();
    await stage.runner.runRequested('coupon', abort.signal);
    expect(await stage.store.testRun(id)).toMatchObject({ state: 'running' });
    expect(await stage.store.report(id)).toBeNull();
  });

  it.each([
    {
      title: 'fails by exit code when every case passed',
      result: { exitCode: 3, junit: GREEN_JUNIT, output: ['token=abcdefghijklmn', 'boom'] },
      cases: [
        ['buys', 'passed', null],
        ['shop-e2e', 'failed', 'exit code 3 although no case failed token=*** boom'],
      ],
    },
    {
      title: 'fails by running out of time',
      result: { exitCode: null, timedOut: true, junit: null },
      cases: [['shop-e2e', 'failed', 'timed out after 60s']],
    },
    {
      title: 'fails by a signal',
      result: { exitCode: null, junit: null },
      cases: [['shop-e2e', 'failed', 'ended by a signal']],
    },
    {
      title: 'passes by exit code when it wrote nothing',
      result: { exitCode: 0, junit: null },
      cases: [['shop-e2e', 'passed', null]],
    },
    {
      title: 'fails by its cases whatever its exit code',
      result: { exitCode: 0, junit: RED_JUNIT },
      cases: [['buys', 'failed', 'answered 500']],
    },
  ])('a suite $title', async ({ result, cases }) => {
    stage.suite = () => ended(result);
    const { report } = await stage.run();
    expect(report?.cases.map(({ name, outcome, message }) => [name, outcome, message])).toEqual(
      cases,
    );
    expect(report?.outcome).toBe(
      cases.some(([, outcome]) => outcome === 'failed') ? 'failed' : 'passed',
    );
  });

  it('says that a JUnit file is missing or unreadable', async () => {
    stage.suite = () => ended({ junit: null });
    const missing = await stage.run();
    expect(missing.report?.notes).toEqual([
      'suite "shop-e2e" wrote no "junit.xml"; its exit code decides alone',
    ]);
    stage.suite = () => ended({ junit: 'garbage' });
    const unreadable = await stage.run();
    expect(unreadable.report?.notes[0]).toMatch(/^the JUnit file cannot be read/u);
  });

  it('joins what happened to components', async () => {
    stage.suite = () => ended({ exitCode: 1, junit: RED_JUNIT });
    stage.calls.set(
      'coupon',
      callsOf('test → gateway 502 #buys @10..60 [ gateway → checkout refused #buys @20..21 ]'),
    );
    stage.events.push(event('checkout', -500, 'OUT_OF_MEMORY'));
    const { report } = await stage.run();
    expect(report?.culprits[0]).toMatchObject({ component: 'checkout', code: 'OUT_OF_MEMORY' });
  });

  it('counts only calls that were lost during the run', async () => {
    stage.dropped = 7;
    const before = await stage.run();
    expect(before.report?.notes).toEqual([]);
    stage.suite = () => {
      stage.dropped += 2;
      return ended({ junit: GREEN_JUNIT });
    };
    const during = await stage.run();
    expect(during.report?.notes[0]).toMatch(/^2 calls were lost/u);
  });

  it('blames the edge that took longer than in five passing runs when a case ran out of time', async () => {
    const usually = `test → gateway 200 #buys @0..60 [ gateway → checkout 200 #buys @5..30
      gateway → pricing 200 #buys @30..50 ]`;
    stage.calls.set('coupon', callsOf(usually));
    for (let passed = 0; passed < 5; passed += 1) await stage.run();
    // The slow run begins after the others: what they left must not be in its window.
    const afterMs = 10_000;
    const late = callsOf(`test → gateway timeout #buys @0..1000 [
      gateway → checkout 200 #buys @5..30  gateway → pricing 200 #buys @30..990 ]`);
    const moved = late.map((call) => ({
      ...call,
      id: `late-${call.id}`,
      startedAtUs: call.startedAtUs + afterMs * 1_000,
      firstByteAtUs: call.firstByteAtUs === null ? null : call.firstByteAtUs + afterMs * 1_000,
      endedAtUs: call.endedAtUs === null ? null : call.endedAtUs + afterMs * 1_000,
    }));
    stage.calls.set('coupon', [...callsOf(usually), ...moved]);
    stage.suite = () =>
      ended({
        exitCode: 1,
        junit: RED_JUNIT,
        startedAtUs: atMs(afterMs),
        finishedAtUs: atMs(afterMs + 1_100),
      });
    const { report } = await stage.run();
    expect(report?.culprits[0]).toMatchObject({ component: 'pricing', cases: ['buys'] });
  });

  describe('with a suite that is safe on the baseline', () => {
    beforeEach(async () => {
      await stage.up(BASELINE, 'ba5e');
      stage.calls.set('coupon', [
        ...callsOf(FAILING),
        ...callsOf('test → gateway 500 #buys @1010..1060'),
      ]);
    });

    const onBaseline = (junit: string, exitCode: number) => (order: SuiteOrder) =>
      order.target === 'environment'
        ? ended({ exitCode: 1, junit: RED_JUNIT })
        : ended({ exitCode, junit, startedAtUs: atMs(1_000), finishedAtUs: atMs(1_100) });

    it('keeps the origin when the case passes there', async () => {
      stage.suite = onBaseline(GREEN_JUNIT, 0);
      const { report } = await stage.run({ safeOnBaseline: true });
      expect(stage.orders.map(({ target }) => target)).toEqual(['environment', 'baseline']);
      expect(report?.culprits[0]?.origin).toBe('change');
      expect(report?.baselineRevisions).toEqual({ pricing: 'ba5e' });
    });

    it('names the baseline when the case fails there in the same way', async () => {
      stage.suite = onBaseline(RED_JUNIT, 1);
      stage.calls.set(
        BASELINE,
        callsOf(
          `gateway → checkout 500 #buys @1015..1050 [ checkout → pricing 500 #buys @1020..1040 ]`,
        ),
      );
      const { report } = await stage.run({ safeOnBaseline: true });
      expect(report?.culprits[0]).toMatchObject({ component: 'pricing', origin: 'baseline' });
      expect(await stage.store.latestReport(BASELINE)).toMatchObject({
        outcome: 'failed',
        culprits: [expect.objectContaining({ component: 'pricing', origin: 'baseline' })],
      });
    });

    it('asks the baseline once while it and the tests stay the same', async () => {
      stage.suite = onBaseline(RED_JUNIT, 1);
      await stage.run({ safeOnBaseline: true });
      await stage.run({ safeOnBaseline: true });
      expect(stage.orders.filter(({ target }) => target === 'baseline')).toHaveLength(1);
      await stage.up(BASELINE, 'ba5e2');
      await stage.run({ safeOnBaseline: true });
      expect(stage.orders.filter(({ target }) => target === 'baseline')).toHaveLength(2);
    });

    it('does not ask when the suite passed, or is not safe there', async () => {
      await stage.run({ safeOnBaseline: true });
      stage.suite = () => ended({ exitCode: 1, junit: RED_JUNIT });
      await stage.run({ safeOnBaseline: false });
      expect(stage.orders.map(({ target }) => target)).toEqual(['environment', 'environment']);
    });

    it('reports without a comparison when the baseline cannot be asked', async () => {
      stage.suite = (order) => {
        if (order.target === 'environment') return ended({ exitCode: 1, junit: RED_JUNIT });
        throw new OperationError('BASELINE_FAILED', 'the baseline is down');
      };
      const { run, report } = await stage.run({ safeOnBaseline: true });
      expect(run?.outcome).toBe('failed');
      expect(report?.notes).toContain('not compared with the baseline: the baseline is down');
      expect(report?.culprits[0]?.origin).toBe('change');
    });
  });
});
