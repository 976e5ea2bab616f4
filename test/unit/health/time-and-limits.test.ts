import { describe, expect, it } from 'vitest';
import type {
  ConditionFacts,
  ContainerFacts,
  HttpRouteFacts,
  JobFacts,
  PodFacts,
  QuotaFacts,
  Surroundings,
  Termination,
  WorkloadFacts,
} from '../../../src/domain/health/facts.ts';
import { healthOf } from '../../../src/domain/health/health-of.ts';
import { brief, progressing } from '../../../src/domain/health/health.ts';

/** What fixtures cannot show: what time changes, and facts that are not told. Instants are small numbers. */

const NOW = 1_000_000;

function container(more: Partial<ContainerFacts> = {}): ContainerFacts {
  const base = {
    name: 'cart',
    role: 'main',
    state: 'running',
    waiting: '',
    waitingText: '',
  } as const;
  return {
    ...base,
    sinceMs: 0,
    isReady: true,
    ends: 0,
    last: null,
    startupMs: null,
    given: null,
    ...more,
  };
}

function condition(
  type: string,
  status: string,
  more: Partial<ConditionFacts> = {},
): ConditionFacts {
  return { type, status, reason: '', message: '', sinceMs: 0, ...more };
}

function pod(containers: readonly ContainerFacts[], more: Partial<PodFacts> = {}): PodFacts {
  const ready = condition('Ready', containers.every(({ isReady }) => isReady) ? 'True' : 'False');
  const base = { kind: 'Pod', name: 'cart-1', phase: 'Running', reason: '', message: '' } as const;
  return { ...base, createdMs: 0, scheduled: null, ready, containers, revision: 'r', ...more };
}

function workload(more: Partial<WorkloadFacts> = {}): WorkloadFacts {
  return {
    kind: 'StatefulSet',
    name: 'cart',
    generation: 1,
    observedGeneration: 1,
    desired: 1,
    updated: 1,
    available: 1,
    total: 1,
    revision: '',
    conditions: [],
    asked: {},
    needs: { pods: 1 },
    ...more,
  };
}

function around(more: Partial<Surroundings> = {}): Surroundings {
  const none = { pods: [], replicaSets: [], creationFailure: null, quotas: [] };
  return { nowMs: NOW, title: 'cart', taskKind: 'deploy', ...none, ...more };
}

function ended(more: Partial<Termination> = {}): Termination {
  return { exitCode: 1, reason: 'Error', text: '', startedMs: 0, finishedMs: 1_000, ...more };
}

function waitingFor(reason: string, sinceMs: number | null): PodFacts {
  return pod([container({ state: 'waiting', waiting: reason, sinceMs, isReady: false })]);
}

describe('what passes by itself', () => {
  it.each([
    ['ErrImagePull', 15_000],
    ['CreateContainerConfigError', 10_000],
  ])('is waited for after %s', (reason, graceMs) => {
    const judged = healthOf(waitingFor(reason, NOW - 1_000), around());
    expect(judged).toMatchObject({ state: 'Progressing', changesAtMs: NOW - 1_000 + graceMs });
    const later = around({ nowMs: NOW - 1_000 + graceMs });
    expect(healthOf(waitingFor(reason, NOW - 1_000), later).state).toBe('Failed');
  });

  it('counts from now when nobody knows since when', () => {
    expect(healthOf(waitingFor('ImagePullBackOff', null), around())).toMatchObject({
      changesAtMs: NOW + 15_000,
    });
    const unplaced = condition('PodScheduled', 'False', { reason: 'Unschedulable', sinceMs: null });
    const facts = pod([], { scheduled: unplaced, createdMs: NOW - 5_000 });
    expect(healthOf(facts, around())).toMatchObject({ changesAtMs: NOW + 10_000 });
    const gated = condition('PodScheduled', 'False', { reason: 'SchedulingGated' });
    expect(healthOf(pod([], { scheduled: gated, ready: null }), around()).state).toBe(
      'Progressing',
    );
  });

  it('is waited for when no pod can be made', () => {
    const creationFailure = { sinceMs: null, message: '' };
    const facts = workload({ updated: 0, available: 0, total: 0 });
    expect(healthOf(facts, around({ creationFailure }))).toMatchObject({
      state: 'Progressing',
      changesAtMs: NOW + 5_000,
    });
  });

  it('is waited for at a gateway', () => {
    const refused = { reason: 'NoMatchingParent', sinceMs: NOW - 1_000 };
    const route = (...conditions: readonly ConditionFacts[]): HttpRouteFacts => ({
      kind: 'HTTPRoute',
      name: 'cart',
      parents: [conditions],
    });
    const judged = healthOf(route(condition('Accepted', 'False', refused)), around());
    expect(judged).toMatchObject({ state: 'Progressing', changesAtMs: NOW + 9_000 });
    const unknown = route(condition('Accepted', 'False', { sinceMs: null }));
    expect(healthOf(unknown, around())).toMatchObject({ changesAtMs: NOW + 10_000 });
    const timeless = [
      condition('Accepted', 'True', { sinceMs: null }),
      condition('ResolvedRefs', 'True'),
    ];
    expect(healthOf(route(...timeless), around())).toEqual({ state: 'Healthy', sinceMs: 0 });
  });
});

describe('a container that ended', () => {
  const again = (last: Termination, more: Partial<ContainerFacts> = {}): PodFacts =>
    pod([container({ isReady: false, state: 'waiting', ends: 3, last, ...more })]);

  it('is no loop after a long run, nor before it ended three times', () => {
    expect(healthOf(again(ended({ finishedMs: 600_000 })), around()).state).toBe('Progressing');
    expect(healthOf(again(ended(), { ends: 2 }), around()).state).toBe('Progressing');
    expect(healthOf(again(ended()), around())).toMatchObject({ code: 'CRASH_LOOP' });
  });

  it('for lack of memory is given another try only after it was ready', () => {
    const last = ended({ reason: 'OOMKilled', startedMs: 10_000, finishedMs: 20_000 });
    const ready = condition('Ready', 'False', { sinceMs: 20_000 });
    const once = pod([container({ isReady: false, state: 'waiting', ends: 1, last })], { ready });
    expect(healthOf(once, around()).state).toBe('Progressing');
    const thrice = pod([container({ isReady: false, state: 'waiting', ends: 3, last })], { ready });
    expect(healthOf(thrice, around())).toMatchObject({ code: 'OUT_OF_MEMORY' });
    const early = { ...once, ready: null };
    expect(healthOf(early, around())).toMatchObject({ code: 'OUT_OF_MEMORY' });
    const runsAgain = container({ isReady: false, sinceMs: 21_000, ends: 1, last });
    expect(healthOf(pod([runsAgain]), around())).toMatchObject({
      code: 'OUT_OF_MEMORY',
      evidenceOf: { isPrevious: true },
    });
  });

  it.each([0, 137])(
    'with %i is blamed on its probe when it never was ready in time',
    (exitCode) => {
      const last = ended({ finishedMs: 5_000, exitCode });
      expect(healthOf(again(last, { ends: 1, startupMs: 5_000 }), around())).toMatchObject({
        code: 'PROBE_FAILING',
      });
      const early = again(last, { ends: 1, startupMs: 60_000 });
      expect(healthOf(early, around()).state).toBe('Progressing');
    },
  );

  it('before it began is told in the words of its runtime, from their end', () => {
    const words = `${'failed to create shim task: '.repeat(20)}stat /no/such: no such file`;
    const last = ended({ reason: 'StartError', exitCode: 128, text: words });
    const { message } = { message: '', ...healthOf(again(last), around()) };
    expect(message).toMatch(/^"cart" cannot be started: .*: ….*stat \/no\/such: no such file$/u);
    expect(message?.length).toBeLessThan(300);
    const silent = ended({ reason: 'ContainerCannotRun', exitCode: 127 });
    expect(healthOf(again(silent), around())).toMatchObject({
      code: 'COMMAND_NOT_FOUND',
      message: '"cart" cannot be started: its command is missing or may not be run',
    });
  });

  it('is well again once it has run for a while', () => {
    const up = (sinceMs: number | null): PodFacts =>
      pod([container({ ends: 1, last: ended({ finishedMs: NOW - 5_000 }), sinceMs })]);
    expect(healthOf(up(NOW - 4_000), around())).toMatchObject({ changesAtMs: NOW + 6_000 });
    expect(healthOf(up(null), around())).toMatchObject({ changesAtMs: NOW + 5_000 });
    expect(healthOf(up(NOW - 4_000), around({ nowMs: NOW + 6_000 })).state).toBe('Healthy');
    const unready = container({ isReady: false, ends: 1, last: ended(), sinceMs: NOW - 1_000 });
    expect(healthOf(pod([unready]), around()).state).toBe('Progressing');
  });

  it('and nobody starts again is the end of its pod', () => {
    const over = (containers: readonly ContainerFacts[]): PodFacts =>
      pod(containers, { phase: 'Failed', ready: null });
    expect(healthOf(over([]), around())).toMatchObject({ message: '"cart" ended', sinceMs: null });
    const gone = container({ state: 'terminated', isReady: false });
    expect(healthOf(over([gone]), around())).toMatchObject({ evidenceOf: null });
    const helper = container({
      name: 'tap',
      role: 'sidecar',
      state: 'terminated',
      last: ended(),
      ends: 1,
    });
    const own = container({
      state: 'terminated',
      last: ended({ exitCode: 4 }),
      ends: 1,
      isReady: false,
    });
    expect(healthOf(over([helper, own]), around())).toMatchObject({
      message: '"cart" ended with exit code 4',
    });
    expect(healthOf(over([helper]), around())).toMatchObject({ evidenceOf: { container: 'tap' } });
    const starved = container({
      state: 'terminated',
      last: ended({ reason: 'OOMKilled' }),
      isReady: false,
    });
    const scheduled = over([{ ...starved, last: ended({ reason: 'OOMKilled', startedMs: -1 }) }]);
    const ready = condition('Ready', 'True');
    expect(healthOf({ ...scheduled, ready }, around())).toMatchObject({
      message: '"cart" ended with no memory left',
    });
  });
});

describe('a pod', () => {
  it('is up even when nobody says since when', () => {
    const ready = condition('Ready', 'True', { sinceMs: null });
    expect(healthOf(pod([], { ready }), around())).toEqual({ state: 'Healthy', sinceMs: null });
    expect(healthOf(pod([], { ready: null }), around())).toEqual(progressing());
  });

  it('that runs and is not ready fails when its startup probe would have', () => {
    const slow = container({ isReady: false, sinceMs: null, startupMs: 30_000 });
    const facts = pod([slow], { ready: null });
    expect(healthOf(facts, around({ nowMs: 1_000 }))).toMatchObject({ changesAtMs: 32_000 });
    expect(healthOf(facts, around())).toMatchObject({ code: 'PROBE_FAILING', sinceMs: 32_000 });
  });

  it('that ended well says when', () => {
    const facts = pod([container({ state: 'terminated' })], { phase: 'Succeeded' });
    expect(healthOf(facts, around())).toEqual({ state: 'Healthy', sinceMs: null });
  });
});

describe('a workload', () => {
  it('of no pods is well', () => {
    const none = workload({ desired: 0, updated: 0, available: 0, total: 0 });
    expect(healthOf(none, around())).toEqual({ state: 'Healthy', sinceMs: null });
  });

  it('that its controller gave up without a pod that runs was not up in time', () => {
    const gaveUp = condition('Progressing', 'False', { reason: 'ProgressDeadlineExceeded' });
    const facts = workload({
      kind: 'Deployment',
      available: 0,
      conditions: [gaveUp],
      revision: '1',
    });
    const replicaSets = [{ kind: 'ReplicaSet', name: 'r', revision: '1', conditions: [] }] as const;
    const starting = pod([container({ state: 'waiting', isReady: false })]);
    const over = pod([container({ isReady: false })], { phase: 'Failed' });
    const judged = healthOf(facts, around({ replicaSets, pods: [over, starting] }));
    expect(judged).toMatchObject({ code: 'TASK_TIMEOUT' });
  });

  it('waits for the first thing that time decides', () => {
    const pods = [
      pod([]),
      waitingFor('ErrImagePull', NOW),
      waitingFor('ErrImagePull', NOW - 1_000),
    ];
    const facts = workload({ desired: 3, available: 0 });
    expect(healthOf(facts, around({ pods }))).toMatchObject({ changesAtMs: NOW + 14_000 });
    const revised = workload({ revision: 'new', available: 0 });
    expect(healthOf(revised, around({ pods }))).toMatchObject({ message: '0 of 1 ready' });
  });

  it('is refused by the quota that is full, for pods only', () => {
    const creationFailure = { sinceMs: 0, message: 'no' };
    const facts = workload({ updated: 0, available: 0, total: 0, needs: { cpu: 100 } });
    const quota = (hard: QuotaFacts['hard'], used: QuotaFacts['used']): QuotaFacts => ({
      kind: 'ResourceQuota',
      name: 'team',
      wanted: [],
      hard,
      used,
    });
    const code = (quotas: readonly QuotaFacts[]): unknown => {
      const judged = healthOf(facts, around({ creationFailure, quotas }));
      return judged.state === 'Failed' ? judged.code : judged.state;
    };
    expect(code([quota({ cpu: 99 }, {})])).toBe('QUOTA_EXCEEDED');
    expect(code([quota({ cpu: 100 }, {})])).toBe('ADMISSION_DENIED');
    expect(code([quota({ memory: 5 }, { memory: 5 })])).toBe('QUOTA_EXCEEDED');
    expect(code([quota({ secrets: 5 }, { secrets: 5 })])).toBe('ADMISSION_DENIED');
  });

  it('knows nothing of limits that are not told', () => {
    const asked = {
      cart: { cpuMillis: 100, memoryBytes: null },
      other: { cpuMillis: 1, memoryBytes: 1 },
    };
    const given = { cpuMillis: null, memoryBytes: null };
    const pods = [pod([container({ given }), container({ name: 'tap', given })])];
    expect(healthOf(workload({ asked }), around({ pods })).state).toBe('Healthy');
    const near = [pod([container({ given: { cpuMillis: 102, memoryBytes: 7 } })])];
    expect(healthOf(workload({ asked }), around({ pods: near })).state).toBe('Healthy');
  });
});

describe('a Job', () => {
  const job = (...conditions: readonly ConditionFacts[]): JobFacts => ({
    kind: 'Job',
    name: 'report',
    conditions,
    finishedMs: null,
    needs: {},
  });

  it('takes the end of what is told', () => {
    expect(healthOf(job(condition('Complete', 'True', { sinceMs: 7 })), around())).toMatchObject({
      sinceMs: 7,
    });
    expect(healthOf(job(condition('Complete', 'False')), around()).state).toBe('Progressing');
    const withoutInstant = job(condition('Complete', 'True', { sinceMs: null }));
    expect(healthOf(withoutInstant, around())).toEqual({ state: 'Healthy', sinceMs: null });
  });

  it('tells the end of its newest pod', () => {
    const end = (exitCode: number, createdMs: number): PodFacts => {
      const last = ended({ exitCode });
      return pod([container({ state: 'terminated', last, isReady: false })], {
        phase: 'Failed',
        createdMs,
      });
    };
    const pods = [end(3, 1), end(4, 2)];
    expect(healthOf(job(condition('Failed', 'True')), around({ pods }))).toMatchObject({
      message: '"cart" ended with exit code 4',
    });
  });
});

describe('a text of the cluster', () => {
  it('is cut', () => {
    expect(brief('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
    expect(brief('x'.repeat(300))).toBe('x'.repeat(300));
  });
});
