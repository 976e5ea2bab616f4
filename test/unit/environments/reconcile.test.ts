import { describe, expect, it } from 'vitest';
import type { TaskOrder } from '../../../src/application/ports/engine.ts';
import type {
  Condition,
  EnvironmentRecord,
} from '../../../src/application/ports/environment-store.ts';
import { ATTEMPTS_MAX } from '../../../src/application/environments/retry.ts';
import { services } from '../../support/catalogs.ts';
import type { TaskScript } from '../../support/fake-engine.ts';
import { ReconcileWorld } from '../../support/reconcile-world.ts';

const SHOP = services({ gateway: ['cart'], cart: [] });

async function eventsOf(world: ReconcileWorld): Promise<string[]> {
  const events = await world.store.events({ environment: world.name });
  return events.map(({ type, message }) => (type === 'task' ? message : type));
}

async function conditionsOf(world: ReconcileWorld): Promise<string[]> {
  const { status } = await world.record();
  return status.conditions.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`);
}

function failing(id: string): (order: TaskOrder) => TaskScript {
  const failure = { code: 'CRASH_LOOP', message: 'it ended 3 times', evidence: 'boom' } as const;
  return ({ task }) => (task.id === id ? { failure } : {});
}

describe('a wish that comes true', () => {
  it('is carried out Task by Task, and said to be ready with its addresses', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'done' });
    const { status } = await world.record();
    expect(await conditionsOf(world)).toEqual([
      'Ready True TasksSucceeded',
      'Progressing False Completed',
    ]);
    expect(status.observedGeneration).toBe(1);
    expect(status.addresses).toEqual([
      { component: 'gateway', url: 'http://coupon--gateway.example' },
    ]);
    expect(status.tasks.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(
      Array.from({ length: 4 }, () => 'Succeeded 1'),
    );
  });

  it('is told as events: every change of a Task, then the end', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    await world.settle();
    expect(await eventsOf(world)).toEqual([
      '"namespace/coupon" is Running',
      '"namespace/coupon" is Succeeded',
      '"deploy/cart" is Running',
      '"deploy/cart" is Succeeded',
      '"deploy/gateway" is Running',
      '"deploy/gateway" is Succeeded',
      '"expose/gateway" is Running',
      '"expose/gateway" is Succeeded',
      'ready',
    ]);
  });

  it('asks to be looked at when a Task would be overdue, and writes nothing before something happens', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    await world.pass();
    const writes = world.store.writeCount;
    const { status } = await world.record();
    const startedMs = Date.parse(status.tasks[0]?.startedAt ?? '');
    expect(await world.pass()).toEqual({ kind: 'again', atMs: startedMs + 60_000 });
    expect(world.store.writeCount).toBe(writes);
  });

  it('keeps the conditions that others write, and moves an instant only with its status', async () => {
    const world = new ReconcileWorld();
    const { uid } = await world.desire(SHOP);
    await world.pass();
    const before = await world.record();
    const tested: Condition = {
      type: 'Tested',
      status: 'True',
      reason: 'Passed',
      message: '',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
    };
    const conditions = [...before.status.conditions, tested];
    await world.store.writeStatus(uid, { ...before.status, conditions });
    await world.settle();
    const { status } = await world.record();
    expect(status.conditions.at(-1)).toEqual(tested);
    const began = before.status.conditions.find(({ type }) => type === 'Ready');
    const ended = status.conditions.find(({ type }) => type === 'Ready');
    expect(began?.status).toBe('False');
    expect(Date.parse(ended?.lastTransitionTime ?? '')).toBeGreaterThan(
      Date.parse(began?.lastTransitionTime ?? ''),
    );
  });

  it('tells of what goes down later, and that it is ready again', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    await world.settle();
    world.engine.crash(world.name, 'deploy/cart', { durationMs: 500 });
    await world.pass();
    expect(await conditionsOf(world)).toContain('Ready False Deploying');
    await world.settle();
    expect((await eventsOf(world)).slice(-3)).toEqual([
      '"deploy/cart" is Running',
      '"deploy/cart" is Succeeded',
      'ready',
    ]);
  });
});

describe('a wish that fails', () => {
  it('ends with the code of the first failure, what it aborts, and a reason', async () => {
    const world = new ReconcileWorld({ script: failing('deploy/cart') });
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'terminal', reason: 'CrashLoop' });
    expect(await world.states()).toEqual({
      'namespace/coupon': 'Succeeded',
      'deploy/cart': 'Failed',
      'deploy/gateway': 'Aborted',
      'expose/gateway': 'Aborted',
    });
    const { status } = await world.record();
    expect(status.tasks.find(({ id }) => id === 'deploy/cart')).toMatchObject({
      code: 'CRASH_LOOP',
      message: 'it ended 3 times',
      evidence: 'boom',
    });
    expect((await eventsOf(world)).filter((event) => event === 'failed')).toHaveLength(1);
  });

  it('is tried again by the next generation, which leaves alone what is up', async () => {
    const world = new ReconcileWorld({ script: failing('deploy/cart') });
    await world.desire(SHOP);
    await world.settle();
    await world.desire(SHOP);
    await world.settle();
    expect(world.engine.begun.map(({ task, generation }) => `${task.id} ${generation}`)).toEqual([
      'namespace/coupon 1',
      'deploy/cart 1',
      'deploy/cart 2',
    ]);
    expect((await eventsOf(world)).filter((event) => event === 'failed')).toHaveLength(2);
  });
});

describe('a refusal of the engine', () => {
  it('that passes is tried again with backoff, and nobody hears of it', async () => {
    const world = new ReconcileWorld();
    world.refusals.push('GIT_UNAVAILABLE', 'GIT_UNAVAILABLE');
    await world.desire(SHOP);
    const startMs = world.clock.nowMs();
    const first = await world.pass();
    expect(first).toEqual({ kind: 'again', atMs: startMs + 188 });
    expect(await world.states()).toMatchObject({ 'namespace/coupon': 'Pending' });
    expect(await eventsOf(world)).toEqual([]);
    expect(await world.pass()).toEqual(first);
    await world.clock.advance(188);
    expect(await world.pass()).toEqual({ kind: 'again', atMs: startMs + 188 + 375 });
    expect(await world.settle()).toEqual({ kind: 'done' });
    const { status } = await world.record();
    expect(status.tasks[0]).toMatchObject({ state: 'Succeeded', attempts: 3 });
  });

  it('that persists becomes the failure of the Task', async () => {
    const world = new ReconcileWorld();
    world.refusals.push(...Array.from({ length: 20 }, () => 'GIT_UNAVAILABLE' as const));
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'terminal', reason: 'GitUnavailable' });
    const { status } = await world.record();
    expect(status.tasks[0]).toMatchObject({
      state: 'Failed',
      code: 'GIT_UNAVAILABLE',
      message: 'not now',
      attempts: ATTEMPTS_MAX,
    });
    expect(world.refusals).toHaveLength(20 - ATTEMPTS_MAX);
  });

  it('that no retry mends fails at once, and stays so for the process that comes after', async () => {
    const world = new ReconcileWorld();
    world.refusals.push('SECRET_MISSING');
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'terminal', reason: 'SecretMissing' });
    await world.killedPass(Infinity, false);
    expect(world.engine.begun).toEqual([]);
    expect(await world.states()).toMatchObject({ 'namespace/coupon': 'Failed' });
  });

  it('for somebody else who is at it is not counted', async () => {
    const world = new ReconcileWorld();
    world.refusals.push(...Array.from({ length: 20 }, () => 'STATE_BUSY' as const));
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'done' });
  });

  it('of one Task keeps no other from starting', async () => {
    const world = new ReconcileWorld();
    await world.desire(services({ a: [], b: [] }));
    await world.pass();
    await world.clock.advance(100);
    world.refusals.push('SECRET_MISSING');
    await world.pass();
    expect(await world.states()).toMatchObject({ 'deploy/a': 'Failed', 'deploy/b': 'Running' });
  });
});

describe('a task that is accepted and does not last', () => {
  it('is given up after some tries, not started for ever', async () => {
    const failure = { code: 'TASK_INTERRUPTED', message: 'the agent ended' } as const;
    const world = new ReconcileWorld({
      script: ({ task }) => (task.id === 'deploy/cart' ? { durationMs: 0, failure } : {}),
    });
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'terminal', reason: 'TaskInterrupted' });
    const begun = world.engine.begun.filter(({ task }) => task.id === 'deploy/cart');
    expect(begun).toHaveLength(ATTEMPTS_MAX);
  });

  it('may be interrupted again and again over a long life, once it was done in between', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    await world.settle();
    const failure = { code: 'TASK_INTERRUPTED', message: 'the agent ended' } as const;
    for (let time = 0; time < ATTEMPTS_MAX * 3; time += 1) {
      world.engine.crash(world.name, 'deploy/cart', { durationMs: 0, failure });
      expect(await world.settle()).toEqual({ kind: 'done' });
    }
  });
});

describe('a newer wish', () => {
  it('ends what it does not have, keeps what is the same, and restarts who is called elsewhere now', async () => {
    const world = new ReconcileWorld();
    await world.desire(services({ gateway: ['cart'], cart: [], old: [] }));
    await world.settle();
    await world.desire(services({ gateway: ['cart', 'fresh'], cart: [], fresh: [] }));
    expect(await world.settle()).toEqual({ kind: 'done' });
    const observed = await world.engine.observe(world.name);
    expect(observed.map(({ task }) => task)).not.toContain('deploy/old');
    expect(await world.states()).toMatchObject({
      'deploy/cart': 'Skipped',
      'deploy/gateway': 'Succeeded',
      'deploy/fresh': 'Succeeded',
    });
    const { status } = await world.record();
    expect(status.observedGeneration).toBe(2);
  });

  it('that comes while a pass runs is not overwritten by what that pass saw', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    world.beforeApply = async () => {
      world.beforeApply = () => Promise.resolve();
      await world.desire(SHOP);
    };
    expect(await world.pass()).toEqual({ kind: 'again', atMs: world.clock.nowMs() });
    expect((await world.record()).status.observedGeneration).toBe(0);
    await world.pass();
    expect((await world.record()).status.observedGeneration).toBe(2);
  });
});

describe('a removal', () => {
  it('takes everything away and ends the life', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    await world.settle();
    await world.store.desireRemoval(world.name);
    expect(await world.settle()).toEqual({ kind: 'done' });
    expect(await world.store.get(world.name)).toBeNull();
    expect(await world.engine.observe(world.name)).toEqual([]);
    expect((await eventsOf(world)).slice(-2)).toEqual(['removing', 'removed']);
  });

  it('goes on for as long as something is left, and says what', async () => {
    const world = new ReconcileWorld({
      left: (_environment, removal) => (removal < 4 ? ['deploy/cart'] : []),
    });
    await world.desire(SHOP);
    await world.settle();
    await world.store.desireRemoval(world.name);
    expect(await world.pass()).toMatchObject({ kind: 'again' });
    const { status } = await world.record();
    expect(status.conditions.find(({ type }) => type === 'Removing')).toMatchObject({
      status: 'True',
      reason: 'RemovalIncomplete',
      message: 'still there: deploy/cart',
    });
    expect(await conditionsOf(world)).toContain('Ready False Removing');
    const writes = world.store.writeCount;
    await world.pass();
    expect(world.store.writeCount).toBe(writes);
    expect(await world.settle()).toEqual({ kind: 'done' });
    expect((await eventsOf(world)).slice(-2)).toEqual(['removing', 'removed']);
  });

  it('is not given up when it fails, and says why it takes so long', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    await world.settle();
    await world.store.desireRemoval(world.name);
    for (let pass = 0; pass < ATTEMPTS_MAX + 2; pass += 1) {
      world.faults.set('remove', 'DISK_FULL');
      expect(await world.pass()).toMatchObject({ kind: 'again' });
    }
    const { status } = await world.record();
    expect(status.conditions.find(({ type }) => type === 'Removing')).toMatchObject({
      reason: 'DiskFull',
      message: 'remove failed',
    });
    expect(await world.settle()).toEqual({ kind: 'done' });
  });

  it('gives way to a newer wish for the same environment', async () => {
    const world = new ReconcileWorld({ left: () => ['deploy/cart'] });
    await world.desire(SHOP);
    await world.settle();
    await world.store.desireRemoval(world.name);
    await world.pass();
    await world.desire(SHOP);
    expect(await world.settle()).toEqual({ kind: 'done' });
    expect(await conditionsOf(world)).toEqual([
      'Ready True TasksSucceeded',
      'Progressing False Completed',
    ]);
  });
});

describe('a removal that is taken back', () => {
  it('while the components end is no end of the life, and is not told as one', async () => {
    const again: Promise<EnvironmentRecord>[] = [];
    const world = new ReconcileWorld({
      left: () => {
        if (again.length === 0) again.push(world.desire(SHOP));
        return [];
      },
    });
    const { uid } = await world.desire(SHOP);
    await world.settle();
    await world.store.desireRemoval(world.name);
    expect(await world.settle()).toEqual({ kind: 'done' });
    expect(await Promise.all(again)).toMatchObject([{ uid, generation: 3 }]);
    expect((await world.record()).status.observedGeneration).toBe(3);
    expect(await conditionsOf(world)).toContain('Ready True TasksSucceeded');
    expect(await eventsOf(world)).not.toContain('removed');
  });
});

describe('an error of a port', () => {
  it('that passes ends the pass, not the work', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    for (const method of [
      'get',
      'plan',
      'observe',
      'prune',
      'append',
      'writeStatus',
      'addresses',
    ]) {
      world.faults.set(method, 'STATE_BUSY');
    }
    expect(await world.settle()).toEqual({ kind: 'done' });
    expect(world.faults.size).toBe(0);
  });

  it('that persists is said, while it is tried again', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    for (let pass = 0; pass < ATTEMPTS_MAX; pass += 1) {
      world.faults.set('observe', 'GIT_UNAVAILABLE');
      expect(await world.pass()).toMatchObject({ kind: 'again' });
    }
    expect(await conditionsOf(world)).toEqual([
      'Ready False GitUnavailable',
      'Progressing True Retrying',
    ]);
    expect(await world.settle()).toEqual({ kind: 'done' });
  });

  it('that no retry mends ends in a reason, and the next pass looks afresh', async () => {
    const world = new ReconcileWorld({ script: failing('deploy/cart') });
    await world.desire(SHOP);
    await world.settle();
    await world.desire(services({ gateway: [], cart: [] }));
    world.faults.set('prune', 'DISK_FULL');
    expect(await world.pass()).toEqual({ kind: 'terminal', reason: 'DiskFull' });
    expect(await conditionsOf(world)).toEqual([
      'Ready False DiskFull',
      'Progressing False DiskFull',
    ]);
    // Nothing of the older generation reads as if it were of this one.
    expect(await world.states()).toEqual({});
    expect(await world.settle()).toMatchObject({ kind: 'terminal', reason: 'CrashLoop' });
    expect((await world.record()).status.tasks).not.toEqual([]);
  });

  it('that is a mistake of ours is marked as such', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    world.engine.prune = () => Promise.reject(new TypeError('undefined is not a function'));
    expect(await world.pass()).toEqual({ kind: 'terminal', reason: 'InternalError' });
    const { status } = await world.record();
    expect(status.conditions[0]).toMatchObject({
      type: 'Ready',
      reason: 'InternalError',
      message: 'undefined is not a function',
    });
  });

  it('of the store itself leaves the reason to the caller', async () => {
    const world = new ReconcileWorld();
    await world.desire(SHOP);
    world.store.get = () => Promise.reject(new Error('broken'));
    expect(await world.pass()).toEqual({ kind: 'terminal', reason: 'InternalError' });
  });
});

describe('an environment that nobody asked for', () => {
  it('is done', async () => {
    expect(await new ReconcileWorld().pass()).toEqual({ kind: 'done' });
  });
});
