import { describe, expect, it } from 'vitest';
import { ERROR_CODES, isErrorCode } from '../../../src/domain/errors.ts';
import { codeOfReason, reasonOf } from '../../../src/domain/plan/plan-conditions.ts';
import type { Decision } from '../../../src/domain/plan/decide.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { ObservedTask } from '../../../src/domain/plan/task-states.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';
import { decided, EPOCH_MS, planOf, seen, task } from '../../support/plans.ts';

function started({ start }: Decision): string[] {
  return start.map(({ task: { id } }) => id);
}

function states({ tasks }: Decision): Record<string, string> {
  return Object.fromEntries(tasks.map(({ id, state }) => [id, state]));
}

function statusOf(decision: Decision, id: string): Decision['tasks'][number] | undefined {
  return decision.tasks.find((each) => each.id === id);
}

function done(plan: Plan, ...ids: readonly string[]): ObservedTask[] {
  return ['namespace/coupon', ...ids].map((id) => seen(plan, id, 'Succeeded'));
}

const CHAIN = planOf(services({ gateway: ['cart'], cart: ['db'], db: [], lone: [] }));

describe('what may start', () => {
  it('is what waits for nothing, at first', () => {
    const decision = decided(CHAIN);
    expect(started(decision)).toEqual(['namespace/coupon']);
    expect(decision).toMatchObject({ settled: false, outcome: 'running', wakeAtMs: null });
    expect(statusOf(decision, 'deploy/cart')).toEqual({
      id: 'deploy/cart',
      state: 'Pending',
      attempts: 0,
      waitsFor: ['deploy/db'],
    });
  });

  it('starts the moment its own dependencies are ready, whatever else still runs', () => {
    const decision = decided(CHAIN, [
      ...done(CHAIN, 'deploy/db'),
      seen(CHAIN, 'deploy/lone', 'Running'),
    ]);
    expect(started(decision)).toEqual(['deploy/cart']);
  });

  it('begins with the longest remaining path', () => {
    expect(started(decided(CHAIN, done(CHAIN)))).toEqual(['deploy/db', 'deploy/lone']);
    const one = decided(CHAIN, done(CHAIN), { limits: { concurrency: 1 } });
    expect(started(one)).toEqual(['deploy/db']);
  });

  it('never exceeds the concurrency, which counts what runs', () => {
    const observations = [...done(CHAIN), seen(CHAIN, 'deploy/lone', 'Running')];
    expect(started(decided(CHAIN, observations, { limits: { concurrency: 1 } }))).toEqual([]);
    expect(started(decided(CHAIN, observations, { limits: { concurrency: 2 } }))).toEqual([
      'deploy/db',
    ]);
  });

  it('completes a start group that has begun before it begins anything else', () => {
    const plan = planOf(
      services({ b: ['c'], c: ['b'], top: ['middle'], middle: ['base'], base: [] }),
    );
    const decision = decided(plan, [...done(plan), seen(plan, 'deploy/b', 'Running')], {
      limits: { concurrency: 2 },
    });
    expect(started(decision)).toEqual(['deploy/c']);
  });

  it('waits until a task that was refused may be tried again', () => {
    const attempts = new Map([
      ['namespace/coupon', { count: 1, notBeforeMs: EPOCH_MS + 500, failure: null }],
    ]);
    const early = decided(CHAIN, [], { attempts });
    expect(started(early)).toEqual([]);
    expect(early).toMatchObject({ wakeAtMs: EPOCH_MS + 500, settled: false });
    expect(statusOf(early, 'namespace/coupon')?.attempts).toBe(1);
    const later = decided(CHAIN, [], { attempts, nowMs: EPOCH_MS + 500 });
    expect(started(later)).toEqual(['namespace/coupon']);
  });
});

describe('what was observed', () => {
  it('counts for nothing under another fingerprint', () => {
    const decision = decided(CHAIN, [
      ...done(CHAIN, 'deploy/db'),
      { ...seen(CHAIN, 'deploy/cart', 'Succeeded'), fingerprint: 'old' },
    ]);
    expect(states(decision)['deploy/cart']).toBe('Pending');
    expect(started(decision)).toContain('deploy/cart');
  });

  it('is skipped when it was done under an older generation', () => {
    const all = CHAIN.tasks.map(({ id }) => seen(CHAIN, id, 'Succeeded'));
    const decision = decided(CHAIN, all, { generation: 2 });
    expect(new Set(Object.values(states(decision)))).toEqual(new Set(['Skipped']));
    expect(decision).toMatchObject({ start: [], settled: true, outcome: 'ready' });
  });

  it('is tried again when it failed under an older generation', () => {
    const failure = seen(CHAIN, 'deploy/db', 'Failed', { code: 'CRASH_LOOP' });
    const decision = decided(CHAIN, [...done(CHAIN), failure], { generation: 2 });
    expect(states(decision)['deploy/db']).toBe('Pending');
    expect(started(decision)).toContain('deploy/db');
  });

  it('is run again when Offshoot itself ended it', () => {
    const ended = seen(CHAIN, 'deploy/db', 'Failed', { code: 'TASK_INTERRUPTED' });
    expect(started(decided(CHAIN, [...done(CHAIN), ended]))).toContain('deploy/db');
  });

  it('shows what went down later, and what is up again', () => {
    const up = CHAIN.tasks.map(({ id }) => seen(CHAIN, id, 'Succeeded'));
    const down = up.map((each) =>
      each.task === 'deploy/db' ? seen(CHAIN, 'deploy/db', 'Running') : each,
    );
    const decision = decided(CHAIN, down);
    expect(states(decision)).toMatchObject({ 'deploy/db': 'Running', 'deploy/cart': 'Succeeded' });
    expect(decision).toMatchObject({ settled: false, outcome: 'running', start: [] });
    expect(decided(CHAIN, up).outcome).toBe('ready');
  });

  it('keeps code, message, evidence and instants', () => {
    const facts = {
      code: 'CRASH_LOOP',
      message: 'it ended 3 times',
      evidence: 'boom',
      finishedAt: '2026-01-01T00:00:01.000Z',
    } as const;
    const decision = decided(CHAIN, [...done(CHAIN), seen(CHAIN, 'deploy/db', 'Failed', facts)]);
    expect(statusOf(decision, 'deploy/db')).toEqual({
      id: 'deploy/db',
      state: 'Failed',
      startedAt: '2026-01-01T00:00:00.000Z',
      attempts: 1,
      waitsFor: [],
      ...facts,
    });
    const bare = decided(CHAIN, [...done(CHAIN), seen(CHAIN, 'deploy/db', 'Failed')]);
    expect(statusOf(bare, 'deploy/db')?.code).toBe('INTERNAL');
  });
});

describe('a task that takes too long', () => {
  const timeoutMs = task(CHAIN, 'deploy/db').timeoutMs;
  const running = [...done(CHAIN), seen(CHAIN, 'deploy/db', 'Running', { startedAtMs: 1_000 })];
  const deadlineMs = EPOCH_MS + 1_000 + timeoutMs;

  it('is looked at again when its time is over', () => {
    expect(decided(CHAIN, running).wakeAtMs).toBe(deadlineMs);
    const replaced = running.map((each) => ({ ...each, fingerprint: 'old' }));
    expect(decided(CHAIN, replaced).wakeAtMs).toBeNull();
  });

  it('has failed then, with a code of its own', () => {
    const before = decided(CHAIN, running, { nowMs: deadlineMs - 1 });
    expect(statusOf(before, 'deploy/db')?.state).toBe('Running');
    const after = decided(CHAIN, running, { nowMs: deadlineMs });
    expect(statusOf(after, 'deploy/db')).toMatchObject({
      state: 'Failed',
      code: 'TASK_TIMEOUT',
      message: '"deploy/db" did not finish within 90 s',
    });
  });

  it('is tried again under a newer generation', () => {
    const after = decided(CHAIN, running, { nowMs: deadlineMs, generation: 2 });
    expect(started(after)).toContain('deploy/db');
  });
});

describe('a failure', () => {
  const failure = (plan: Plan, id: string): ObservedTask =>
    seen(plan, id, 'Failed', { code: 'CRASH_LOOP', message: 'it ended 3 times' });

  it('aborts what waits for it, all the way, and nothing else', () => {
    const decision = decided(CHAIN, [...done(CHAIN), failure(CHAIN, 'deploy/db')]);
    expect(states(decision)).toMatchObject({
      'deploy/db': 'Failed',
      'deploy/cart': 'Aborted',
      'deploy/gateway': 'Aborted',
      'expose/gateway': 'Aborted',
      'deploy/lone': 'Pending',
    });
    expect(started(decision)).toEqual(['deploy/lone']);
    expect(decision).toMatchObject({ settled: false, outcome: 'running' });
    expect(decision.conditions[0]).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'CrashLoop',
      message: '"deploy/db" failed: it ended 3 times',
    });
  });

  it('is named first by what it aborts, however far away', () => {
    const decision = decided(CHAIN, [...done(CHAIN), failure(CHAIN, 'deploy/db')]);
    expect(statusOf(decision, 'deploy/cart')?.waitsFor).toEqual(['deploy/db']);
    expect(statusOf(decision, 'expose/gateway')?.waitsFor).toEqual(['deploy/db', 'deploy/gateway']);
  });

  it('prefers the direct failure over one further away', () => {
    const plan = planOf(services({ a: ['b', 'c'], b: ['d'], c: [], d: [] }));
    const decision = decided(plan, [
      ...done(plan),
      failure(plan, 'deploy/c'),
      failure(plan, 'deploy/d'),
    ]);
    expect(statusOf(decision, 'deploy/a')?.waitsFor).toEqual(['deploy/c', 'deploy/d', 'deploy/b']);
  });

  it('settles the plan as failed once everything else is over', () => {
    const decision = decided(CHAIN, [...done(CHAIN, 'deploy/lone'), failure(CHAIN, 'deploy/db')]);
    expect(decision).toMatchObject({ settled: true, outcome: 'failed', start: [] });
    expect(decision.conditions[1]).toEqual({
      type: 'Progressing',
      status: 'False',
      reason: 'TasksFailed',
      message: '2 of 6 tasks are done, 4 failed or were aborted',
    });
  });

  it('of handing a task over counts like one of the task', () => {
    const attempts = new Map([
      [
        'namespace/coupon',
        {
          count: 5,
          notBeforeMs: 0,
          failure: { code: 'GIT_UNAVAILABLE', message: 'no answer' } as const,
        },
      ],
    ]);
    const decision = decided(CHAIN, [], { attempts });
    expect(statusOf(decision, 'namespace/coupon')).toEqual({
      id: 'namespace/coupon',
      state: 'Failed',
      code: 'GIT_UNAVAILABLE',
      message: 'no answer',
      attempts: 5,
      waitsFor: [],
    });
    expect(decision.outcome).toBe('failed');
  });
});

describe('an optional dependency', () => {
  const catalog = catalogOf([
    component({
      name: 'cart',
      expose: true,
      dependencies: [
        { name: 'hints', optional: true },
        { name: 'ads', optional: true, startup: 'independent' },
      ],
    }),
    component({ name: 'hints', dependencies: ['hints-db'] }),
    component({ name: 'hints-db', type: 'datastore' }),
    component({ name: 'ads' }),
  ]);
  const plan = planOf(catalog, { changed: ['cart'] });
  const failed = seen(plan, 'deploy/hints-db', 'Failed', { code: 'DATASTORE_FAILED' });

  it('that fails does not abort its dependent, which starts without it', () => {
    const decision = decided(plan, [...done(plan), failed]);
    expect(states(decision)['deploy/hints']).toBe('Aborted');
    const cart = decision.start.find(({ task: { id } }) => id === 'deploy/cart');
    expect(cart?.unavailable).toEqual(['hints']);
  });

  it('that is on its way is waited for, and then there', () => {
    expect(started(decided(plan, done(plan, 'deploy/hints-db')))).not.toContain('deploy/cart');
    const ready = decided(plan, done(plan, 'deploy/hints-db', 'deploy/hints'));
    const cart = ready.start.find(({ task: { id } }) => id === 'deploy/cart');
    expect(cart?.unavailable).toEqual([]);
  });

  it('that was not there is given to its dependent once it is, under a newer generation only', () => {
    const without = seen(plan, 'deploy/cart', 'Succeeded', { unavailable: ['hints'] });
    const all = [...done(plan, 'deploy/hints-db', 'deploy/hints'), without];
    expect(started(decided(plan, all))).not.toContain('deploy/cart');
    const later = decided(plan, all, { generation: 2 });
    const cart = later.start.find(({ task: { id } }) => id === 'deploy/cart');
    expect(cart?.unavailable).toEqual([]);
  });

  it('that nobody runs is unavailable', () => {
    const alone = planOf(catalog, {
      closure: {
        isolation: 'path',
        members: [{ name: 'cart', role: 'changed', reason: 'changed', witness: ['cart'] }],
        boundary: [],
        warnings: [],
      },
    });
    const [cart] = decided(alone, done(alone)).start;
    expect(cart?.unavailable).toEqual(['ads', 'hints']);
  });

  it('that fails leaves the environment ready, and says so', () => {
    const decision = decided(plan, [
      ...done(plan, 'deploy/cart', 'expose/cart', 'deploy/ads'),
      failed,
    ]);
    expect(decision).toMatchObject({ settled: true, outcome: 'ready' });
    expect(decision.conditions).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'OptionalTasksFailed',
        message: 'optional, and failed: "deploy/hints-db"',
      },
      {
        type: 'Progressing',
        status: 'False',
        reason: 'Completed',
        message: '4 of 6 tasks are done, 2 failed or were aborted',
      },
    ]);
  });

  it('that fails while others run is not what keeps the environment from being ready', () => {
    const decision = decided(plan, [...done(plan), failed]);
    expect(decision.conditions[0]).toMatchObject({ status: 'False', reason: 'Deploying' });
  });

  it('that was changed is what the environment is for, so its failure counts', () => {
    const changed = planOf(catalog, { changed: ['cart', 'hints'] });
    const decision = decided(changed, [
      ...done(changed, 'deploy/cart', 'expose/cart', 'deploy/ads'),
      seen(changed, 'deploy/hints-db', 'Failed', { code: 'DATASTORE_FAILED' }),
    ]);
    expect(decision.outcome).toBe('failed');
  });
});

describe('a boundary', () => {
  const catalog = services({
    gateway: ['cart'],
    cart: ['rates', { name: 'hints', optional: true }],
    rates: ['bank'],
    hints: [],
    bank: [],
  });
  const plan = planOf(catalog, { changed: ['cart'], isolation: 'path' });
  const others = ['deploy/cart', 'deploy/gateway', 'expose/gateway'];
  const failed = (id: string): ObservedTask =>
    seen(plan, id, 'Failed', { code: 'BASELINE_FAILED' });

  it('that is needed and does not run keeps the environment from being ready', () => {
    const decision = decided(plan, [...done(plan, 'boundary/hints'), failed('boundary/rates')]);
    expect(decision.outcome).toBe('failed');
    expect(decision.conditions[0]).toMatchObject({ reason: 'BaselineFailed' });
  });

  it('that is optional does not', () => {
    const decision = decided(plan, [
      ...done(plan, 'boundary/rates', ...others),
      failed('boundary/hints'),
    ]);
    expect(decision.outcome).toBe('ready');
  });
});

describe('a plan that was asked for nothing in particular', () => {
  it('needs all of its components', () => {
    const catalog = services({ a: [{ name: 'b', optional: true }], b: [] });
    const member = (name: string) =>
      ({ name, role: 'dependency', reason: 'the baseline runs it', witness: [name] }) as const;
    const plan = planOf(catalog, {
      closure: {
        isolation: 'full',
        members: [member('a'), member('b')],
        boundary: [],
        warnings: [],
      },
    });
    const decision = decided(plan, [
      ...done(plan, 'deploy/a', 'expose/a'),
      seen(plan, 'deploy/b', 'Failed', { code: 'CRASH_LOOP' }),
    ]);
    expect(decision.outcome).toBe('failed');
  });
});

describe('the conditions of a plan', () => {
  it('count while it runs, and are True once all is done', () => {
    const running = decided(CHAIN, done(CHAIN, 'deploy/lone'));
    expect(running.conditions).toEqual([
      { type: 'Ready', status: 'False', reason: 'Deploying', message: '6 tasks are to be done' },
      {
        type: 'Progressing',
        status: 'True',
        reason: 'TasksRunning',
        message: '2 of 6 tasks are done',
      },
    ]);
    const all = CHAIN.tasks.map(({ id }) => seen(CHAIN, id, 'Succeeded'));
    expect(decided(CHAIN, all).conditions).toEqual([
      { type: 'Ready', status: 'True', reason: 'TasksSucceeded', message: 'all 6 tasks are done' },
      {
        type: 'Progressing',
        status: 'False',
        reason: 'Completed',
        message: '6 of 6 tasks are done',
      },
    ]);
  });

  it('give back the code of their reason, and none for a reason of something else', () => {
    const codes = Object.keys(ERROR_CODES).filter(isErrorCode);
    expect(codes.map((code) => codeOfReason(reasonOf(code)))).toEqual(codes);
    expect(['TasksSucceeded', 'Deploying', 'crashLoop', ''].map(codeOfReason)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('name the code where a failure came without a message', () => {
    const decision = decided(CHAIN, [seen(CHAIN, 'namespace/coupon', 'Failed')]);
    expect(decision.conditions[0]).toMatchObject({
      reason: 'Internal',
      message: '"namespace/coupon" failed: INTERNAL',
    });
    expect(decision.outcome).toBe('failed');
  });
});
