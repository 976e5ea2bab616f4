import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnvironmentStatus } from '../../src/application/ports/environment-store.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { FINALIZER } from '../../src/adapters/kubernetes/labels.ts';
import type { TaskStatus } from '../../src/domain/plan/plan.ts';
import { sampleDesire, sampleReport } from '../support/state-samples.ts';
import { Killed, mortalApi } from './support/mortal-api.ts';
import { openTestState } from './support/test-cluster.ts';
import type { OpenedState } from './support/test-cluster.ts';

const { configMap, environment: ENVIRONMENT, report: REPORT } = RESOURCE_TYPES;

let opened: OpenedState;
beforeEach(async () => {
  opened = await openTestState();
});
afterEach(() => opened.close());

async function keptNames(kind: string): Promise<readonly string[]> {
  const { api, namespace } = opened;
  const { items } = await api.list(configMap, {
    namespace,
    labelSelector: `offshoot.dev/kept=${kind}`,
  });
  return items.map(({ metadata }) => metadata.name);
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

function bigDesire(bytes: number): ReturnType<typeof sampleDesire> {
  // Random, so that it does not shrink.
  return sampleDesire('big', 'feat/big', randomBytes(bytes).toString('base64'));
}

describe('a plan', () => {
  it('that does not fit into one object comes back whole from several', async () => {
    const desire = bigDesire(1_500_000);
    const { uid } = await opened.state.store.desire(desire);
    expect((await keptNames('plan')).length).toBeGreaterThan(2);
    expect(await opened.reopen().store.plan(uid)).toEqual(desire.plan);
  });

  it('goes when another replaces it, and with its environment, however that goes', async () => {
    const { store, planFiles } = opened.state;
    const first = sampleDesire('coupon', 'feat/coupon', 'one');
    await planFiles.save(first.plan, 'orders-db', new Map([['1.sql', 'select 1']]));
    await store.desire(first);
    const second = sampleDesire('coupon', 'feat/coupon', 'two');
    const files = new Map([
      ['b/2.sql', 'create table größe ();'],
      ['a/1.sql', ''],
    ]);
    await planFiles.save(second.plan, 'orders-db', files);
    await store.desire(second);
    expect(await keptNames('plan')).toHaveLength(1);
    expect(await keptNames('plan-files')).toHaveLength(1);
    expect(await planFiles.load(first.plan, 'orders-db')).toBeNull();
    expect([...((await opened.reopen().planFiles.load(second.plan, 'orders-db')) ?? [])]).toEqual([
      ...files,
    ]);
    await opened.api.delete(ENVIRONMENT, { name: 'coupon' });
    await expect.poll(() => keptNames('plan'), { timeout: 60_000 }).toEqual([]);
    await expect.poll(() => keptNames('plan-files'), { timeout: 60_000 }).toEqual([]);
  });

  it('of a removed life stays when its environment is gone', async () => {
    const { store } = opened.state;
    const { uid } = await store.desire(sampleDesire('coupon', 'coupon', 'kept'));
    await store.desireRemoval('coupon');
    await store.markRemoved(uid);
    await store.desire(sampleDesire('other'));
    expect(await keptNames('plan')).toHaveLength(2);
    await opened.api.delete(ENVIRONMENT, { name: 'other' });
    // When the collector has taken this one, it has looked at the first one, which went before, too.
    await expect.poll(() => keptNames('plan'), { timeout: 60_000 }).toHaveLength(1);
    expect((await opened.reopen().store.plan(uid))?.components[0]?.reason).toBe('kept');
  });
});

describe('a kill after any write', () => {
  /** Runs an act in processes that die after 1, 2, 3 … writes, and `mended` after each death. */
  async function killedAnywhere(
    act: (state: OpenedState['state']) => Promise<unknown>,
    mended: (round: number) => Promise<void>,
  ): Promise<number> {
    for (let writesMax = 0; ; writesMax += 1) {
      const { api } = mortalApi(opened.api, writesMax);
      const dying = opened.reopen({ api });
      const error = await errorOf(act(dying));
      await mended(writesMax);
      if (error === null) return writesMax;
      expect(error).toBeInstanceOf(Killed);
    }
  }

  it('of a wish leaves nothing that the next one and a sweep do not mend', async () => {
    const deaths = await killedAnywhere(
      async ({ store, planFiles }) => {
        const desire = sampleDesire('coupon');
        await planFiles.save(desire.plan, 'db', new Map([['1.sql', 'select 1']]));
        await store.desire(desire);
      },
      async (round) => {
        const later = opened.reopen({ limits: { orphanMs: -1 } });
        await later.sweep();
        const living = await later.store.get('coupon');
        const isWhole = living === null || (await later.store.plan(living.uid)) !== null;
        expect(isWhole, `after ${round} writes the plan is there`).toBe(true);
        expect(await keptNames('plan')).toHaveLength(living === null ? 0 : 1);
        expect(await keptNames('plan-files')).toHaveLength(living === null ? 0 : 1);
        if (living === null) return;
        // Taken away, so that the next round begins a life too.
        await later.store.desireRemoval('coupon');
        await later.store.markRemoved(living.uid);
        const { namespace, api } = opened;
        const { items } = await api.list(configMap, { namespace });
        await Promise.all(
          items.map(({ metadata: { name } }) => api.delete(configMap, { namespace, name })),
        );
      },
    );
    expect(deaths).toBeGreaterThan(3);
  });

  it('of a removal leaves a life that the next one ends, once', async () => {
    let uid = '';
    const begin = async (round: number): Promise<void> => {
      const { store } = opened.reopen();
      ({ uid } = await store.desire(sampleDesire(`life-${round}`)));
      const { api } = opened;
      await api.patch(
        ENVIRONMENT,
        { name: `life-${round}` },
        { metadata: { finalizers: [FINALIZER] } },
      );
      await store.requestTest({
        environment: `life-${round}`,
        suite: { ...sampleSuite },
        revision: null,
      });
      await store.desireRemoval(`life-${round}`);
    };
    await begin(0);
    const deaths = await killedAnywhere(
      ({ store }) => store.markRemoved(uid),
      async (round) => {
        const { store } = opened.reopen();
        const name = `life-${round}`;
        const isLiving = (await store.get(name)) !== null;
        const past = (await store.list({ removed: true })).filter((one) => one.name === name);
        expect(past, `after ${round} writes there is one record`).toHaveLength(1);
        expect(past[0]?.removedAt === null).toBe(isLiving);
        await store.markRemoved(uid);
        expect(await store.get(name)).toBeNull();
        expect(
          (await store.list({ removed: true })).filter((one) => one.name === name),
        ).toMatchObject([{ uid }]);
        expect(await store.plan(uid)).not.toBeNull();
        expect(await store.pendingTests(name)).toEqual([]);
        await begin(round + 1);
      },
    );
    expect(deaths).toBeGreaterThan(4);
  });
});

const sampleSuite = {
  name: 'journey',
  entry: 'gateway',
  command: ['true'],
  environment: [],
  timeoutMs: 1_000,
  safeOnBaseline: false,
  location: { file: 'suite.yaml', line: 1, column: 1 },
};

describe('a status', () => {
  function statusOf(tasks: readonly TaskStatus[], n = 1): EnvironmentStatus {
    return { observedGeneration: n, conditions: [], tasks, addresses: [] };
  }

  function manyTasks(count: number): readonly TaskStatus[] {
    return Array.from({ length: count }, (_, index): TaskStatus => ({
      id: `deploy/service-${index}-${randomBytes(3).toString('hex')}`,
      state: index % 5 === 0 ? 'Succeeded' : index % 50 === 1 ? 'Failed' : 'Pending',
      attempts: index % 3,
      startedAt: new Date(1_800_000_000_000 + index * 137).toISOString(),
      waitsFor: Array.from({ length: 4 }, (__, n) => `deploy/service-${index + n}`),
      ...(index % 50 === 1
        ? { code: 'CRASH_LOOP', message: 'it ends', evidence: 'x'.repeat(2_000) }
        : {}),
    }));
  }

  it('is written at most once a second, the newest in the end', async () => {
    let patches = 0;
    const counting = opened.reopen({
      api: {
        ...opened.api,
        patch: (...all) => {
          patches += 1;
          return opened.api.patch(...all);
        },
      },
    });
    const { uid } = await counting.store.desire(sampleDesire('coupon'));
    patches = 0;
    const startMs = performance.now();
    let n = 0;
    while (performance.now() - startMs < 2_500) {
      n += 1;
      expect(await counting.store.writeStatus(uid, statusOf([], n))).toBe(true);
      expect((await counting.store.get('coupon'))?.status.observedGeneration).toBe(n);
    }
    expect(n).toBeGreaterThan(10);
    expect(patches).toBeLessThanOrEqual(4);
    await counting.flush();
    const read = await opened.reopen().store.get('coupon');
    expect(read?.status.observedGeneration).toBe(n);
  });

  it('that waits is not written to another life of the name', async () => {
    const slow = opened.reopen({ limits: { statusMs: 3_000 } });
    const first = await slow.store.desire(sampleDesire('coupon'));
    await slow.store.writeStatus(first.uid, statusOf([], 1));
    await slow.store.writeStatus(first.uid, statusOf([], 2));
    const { store } = opened.reopen();
    await store.desireRemoval('coupon');
    await store.markRemoved(first.uid);
    const second = await store.desire(sampleDesire('coupon'));
    await slow.flush();
    expect(await store.get('coupon')).toMatchObject({
      uid: second.uid,
      status: { observedGeneration: 0 },
    });
  });

  it('of 1,000 tasks comes back as it was, in less than 64 KiB', async () => {
    const { uid } = await opened.state.store.desire(sampleDesire('coupon'));
    const tasks = manyTasks(1_000);
    await opened.state.store.writeStatus(uid, statusOf(tasks));
    await opened.state.flush();
    const object = await opened.api.get(ENVIRONMENT, { name: 'coupon' });
    expect(JSON.stringify(object?.['status']).length).toBeLessThan(64 * 1024);
    expect(object?.['status']).toMatchObject({
      progress: '200/1000',
      tasks: [{ state: 'Failed', code: 'CRASH_LOOP' }, ...Array.from({ length: 49 }, () => ({}))],
    });
    const read = await opened.reopen().store.get('coupon');
    expect(read?.status.tasks.map(({ id, state }) => ({ id, state }))).toEqual(
      tasks.map(({ id, state }) => ({ id, state })),
    );
  });

  it('stays below 64 KiB for any number of tasks, failures last to go', async () => {
    const { uid } = await opened.state.store.desire(sampleDesire('coupon'));
    await opened.state.store.writeStatus(uid, statusOf(manyTasks(20_000)));
    await opened.state.flush();
    const object = await opened.api.get(ENVIRONMENT, { name: 'coupon' });
    expect(JSON.stringify(object?.['status']).length).toBeLessThan(64 * 1024);
    const read = await opened.reopen().store.get('coupon');
    expect(read?.status.tasks.filter(({ state }) => state === 'Failed').length).toBeGreaterThan(0);
  });
});

describe('an Environment', () => {
  it('keeps its branch, whoever tries to change it', async () => {
    await opened.state.store.desire(sampleDesire('coupon', 'feat/coupon'));
    const patch = opened.api.patch(ENVIRONMENT, { name: 'coupon' }, { spec: { branch: 'main' } });
    expect(await errorOf(patch)).toMatchObject({
      status: 422,
      message: expect.stringContaining('the branch cannot be changed') as string,
    });
  });

  it('that was deleted with kubectl counts as a removal, and cannot be wanted again before it is gone', async () => {
    const { store } = opened.state;
    const { uid } = await store.desire(sampleDesire('coupon'));
    await opened.api.patch(
      ENVIRONMENT,
      { name: 'coupon' },
      { metadata: { finalizers: [FINALIZER] } },
    );
    await opened.api.delete(ENVIRONMENT, { name: 'coupon' });
    expect(await store.get('coupon')).toMatchObject({ desired: 'removed' });
    expect(await errorOf(store.desire(sampleDesire('coupon')))).toMatchObject({
      code: 'CLUSTER_CONFLICT',
    });
    await store.markRemoved(uid);
    expect(await store.get('coupon')).toBeNull();
    expect(await store.list({ removed: true })).toMatchObject([{ uid }]);
  });

  it('is desired by two at once with a generation for each', async () => {
    const stores = [opened.state, opened.reopen(), opened.reopen()].map(({ store }) => store);
    const records = await Promise.all(
      stores
        .flatMap((store) => [store, store])
        .map((store) => store.desire(sampleDesire('coupon'))),
    );
    expect(records.map(({ generation }) => generation).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(await keptNames('plan')).toHaveLength(1);
  });
});

describe('the past', () => {
  it('is bounded; with the last life of a name go its reports', async () => {
    const { store } = opened.reopen({ limits: { historyCount: 2 } });
    for (const name of ['one', 'two', 'three']) {
      const { uid } = await store.desire(sampleDesire(name));
      await store.saveReport(sampleReport(`report-${name}`, name));
      await store.desireRemoval(name);
      await store.markRemoved(uid);
    }
    expect((await store.list({ removed: true })).map(({ name }) => name)).toEqual(['three', 'two']);
    expect(await store.report('report-one')).toBeNull();
    expect(await store.report('report-two')).not.toBeNull();
  });
});

describe('events', () => {
  it('of several processes have rising ids, and the oldest go first', async () => {
    const limits = { eventBytes: 2_000, eventChunks: 2, eventsMs: 1 };
    const processes = [opened.reopen({ limits }), opened.reopen({ limits })];
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        processes.map(async ({ store }, index) => {
          const message = `${index}/${round} ${'x'.repeat(100)}`;
          await store.append({ environment: `e${index}`, type: 'task', message, data: {} });
          await store.events({ limit: 1 });
        }),
      );
    }
    const all = await opened.state.store.events({});
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + (ids[0] ?? 0)));
    expect(ids.at(-1)).toBe(40);
    expect(ids.length).toBeLessThan(40);
    expect((await keptNames('events')).length).toBe(3);
    const last = await opened.state.store.events({ after: 30, environment: 'e1' });
    expect(last.every(({ id, environment }) => id > 30 && environment === 'e1')).toBe(true);
    expect(last.length).toBeGreaterThan(0);
  });
});

describe('a report', () => {
  it('that is larger than may be kept loses calls first, and says so', async () => {
    const { store } = opened.reopen({ limits: { reportBytes: 20_000 } });
    const call = (index: number): object => ({
      id: `${index}`,
      operation: randomBytes(500).toString('hex'),
    });
    const calls = Array.from({ length: 200 }, (_, index) => call(index));
    const report = { ...sampleReport('large', 'coupon'), calls } as ReturnType<typeof sampleReport>;
    await store.saveReport(report);
    const read = await store.report('large');
    expect(read?.calls.length).toBeGreaterThan(0);
    expect(read?.calls.length).toBeLessThan(200);
    expect(read?.notes.at(-1)).toContain('left out');
    const object = await opened.api.get(REPORT, { name: 'large' });
    expect(JSON.stringify(object).length).toBeLessThan(32_000);
  });
});

describe('an answer kept for a request', () => {
  it('is the first one, for as long as answers are kept', async () => {
    const answer = { fingerprint: 'f', status: 201, location: '/x', body: { größe: [1, null] } };
    const { answers } = opened.state;
    expect(await answers.answer('key')).toBeNull();
    await answers.keepAnswer('key', answer);
    await answers.keepAnswer('key', { ...answer, status: 500 });
    expect(await opened.reopen().answers.answer('key')).toEqual(answer);
    const later = opened.reopen({ clock: { nowMs: () => Date.now() + 25 * 60 * 60 * 1000 } });
    expect(await later.answers.answer('key')).toBeNull();
    await later.answers.keepAnswer('other', answer);
    expect(await keptNames('answer')).toHaveLength(1);
  });
});
