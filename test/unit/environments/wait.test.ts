import { describe, expect, it } from 'vitest';
import {
  waitForReady,
  waitForRemoval,
  type WaitOutcome,
} from '../../../src/application/environments/wait.ts';
import type { EnvironmentRecord } from '../../../src/application/ports/environment-store.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';
import type { TaskScript } from '../../support/fake-engine.ts';
import { ReconcileWorld } from '../../support/reconcile-world.ts';

const SHOP = services({ gateway: ['cart'], cart: [] });

function wait(
  world: ReconcileWorld,
  record: EnvironmentRecord,
  more: { readonly signal?: AbortSignal; readonly states?: string[] } = {},
): Promise<WaitOutcome> {
  const { store, clock } = world;
  return waitForReady({ store, clock }, record, {
    timeoutMs: 1_000,
    ...(more.signal === undefined ? {} : { signal: more.signal }),
    onState: ({ status }) => more.states?.push(JSON.stringify(status)),
  });
}

/** Fails Tasks of these ids, each with its code. */
function failing(codes: Readonly<Record<string, TaskScript['failure']>>): ReconcileWorld {
  return new ReconcileWorld({
    script: ({ task }) => {
      const failure = codes[task.id];
      return failure === undefined ? {} : { failure };
    },
  });
}

describe('waiting for an environment', () => {
  it('ends when it is ready, and tells every new state once', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    const states: string[] = [];
    const outcome = wait(world, record, { states });
    await world.clock.advance(100);
    expect(states).toEqual([]);
    await world.pass();
    await world.clock.advance(200);
    await world.settle();
    await world.clock.advance(100);
    expect(await outcome).toMatchObject({ kind: 'ready', record: { uid: record.uid } });
    expect(states.length).toBeGreaterThan(1);
    expect(new Set(states).size).toBe(states.length);
    expect(states.at(-1)).toContain('TasksSucceeded');
  });

  it('ends when it has failed, with the code of what made it fail', async () => {
    const world = failing({ 'deploy/cart': { code: 'CRASH_LOOP', message: 'it ended 3 times' } });
    const record = await world.desire(SHOP);
    await world.settle();
    expect(await wait(world, record)).toMatchObject({ kind: 'failed', code: 'CRASH_LOOP' });
  });

  it('does not blame an optional component that failed as well', async () => {
    const world = failing({
      'deploy/ads': { code: 'OUT_OF_MEMORY', message: 'too much' },
      'deploy/gateway': { code: 'PROBE_FAILING', message: 'status 503' },
    });
    const ads = { name: 'ads', optional: true };
    const shop = catalogOf([
      component({ name: 'ads' }),
      component({ name: 'gateway', expose: true, dependencies: [ads] }),
    ]);
    const record = await world.desire(shop, { changed: ['gateway'] });
    await world.settle();
    const { status } = await world.record();
    expect(status.tasks.find(({ state }) => state === 'Failed')?.code).toBe('OUT_OF_MEMORY');
    expect(await wait(world, record)).toMatchObject({ kind: 'failed', code: 'PROBE_FAILING' });
  });

  it('knows the code of a failure that is no Task’s', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    world.faults.set('observe', 'DISK_FULL');
    await world.pass();
    expect(await wait(world, record)).toMatchObject({ kind: 'failed', code: 'DISK_FULL' });
  });

  it.each([
    [[{ id: 'deploy/cart', state: 'Failed', code: 'CRASH_LOOP' }], 'CRASH_LOOP'],
    [[], 'INTERNAL'],
  ] as const)('takes what it finds where no reason is a code: %j', async (tasks, code) => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    const condition = { status: 'False', message: '', observedGeneration: 1 } as const;
    await world.store.writeStatus(record.uid, {
      observedGeneration: 1,
      conditions: [
        { ...condition, type: 'Ready', reason: 'InternalError', lastTransitionTime: '' },
        { ...condition, type: 'Progressing', reason: 'InternalError', lastTransitionTime: '' },
      ],
      tasks: tasks.map((task) => ({ ...task, attempts: 1, waitsFor: [] })),
      addresses: [],
    });
    expect(await wait(world, record)).toMatchObject({ kind: 'failed', code });
  });

  it('ends when a newer wish has taken its place', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    await world.desire(SHOP);
    await world.settle();
    expect(await wait(world, record)).toMatchObject({
      kind: 'superseded',
      record: { generation: 2 },
    });
  });

  it('ends when its removal is wished for, when it is gone, and when it lives anew', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    await world.store.desireRemoval(world.name);
    expect(await wait(world, record)).toEqual({ kind: 'removed' });
    await world.settle();
    expect(await wait(world, record)).toEqual({ kind: 'removed' });
    await world.desire(SHOP);
    expect(await wait(world, record)).toEqual({ kind: 'removed' });
  });

  it('ends when its time is over, and the work goes on', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    const outcome = wait(world, record);
    await world.clock.advance(950);
    let isOver = false;
    void outcome.then(() => (isOver = true));
    await world.clock.advance(0);
    expect(isOver).toBe(false);
    await world.clock.advance(50);
    expect(await outcome).toMatchObject({ kind: 'timeout', record: { generation: 1 } });
    expect(await world.settle()).toEqual({ kind: 'done' });
  });

  it('ends when who waits goes, whatever there is to tell first', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    const leaving = new AbortController();
    const outcome = wait(world, record, { signal: leaving.signal });
    await world.clock.advance(100);
    leaving.abort();
    expect(await outcome).toEqual({ kind: 'cancelled' });
    await world.settle();
    expect(await wait(world, record, { signal: leaving.signal })).toMatchObject({ kind: 'ready' });
  });
});

describe('waiting for a removal', () => {
  function gone(
    world: ReconcileWorld,
    record: EnvironmentRecord,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { store, clock } = world;
    const options = { timeoutMs: 1_000, ...(signal === undefined ? {} : { signal }) };
    return waitForRemoval({ store, clock }, record, options);
  }

  it('ends with the life, also when the name lives anew', async () => {
    const world = new ReconcileWorld();
    const record = await world.desire(SHOP);
    await world.store.desireRemoval(world.name);
    const isGone = gone(world, record);
    await world.clock.advance(100);
    await world.settle();
    await world.clock.advance(100);
    expect(await isGone).toBe(true);
    await world.desire(SHOP);
    expect(await gone(world, record)).toBe(true);
  });

  it('ends when its time is over or who waits goes', async () => {
    const world = new ReconcileWorld({ left: () => ['deploy/cart'] });
    const record = await world.desire(SHOP);
    await world.store.desireRemoval(world.name);
    const late = gone(world, record);
    await world.clock.advance(1_000);
    expect(await late).toBe(false);
    const leaving = new AbortController();
    const left = gone(world, record, leaving.signal);
    leaving.abort();
    expect(await left).toBe(false);
  });
});
