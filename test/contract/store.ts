import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  BaselineDemands,
  EnvironmentEvent,
  EnvironmentRecord,
  EnvironmentStatus,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRunStore,
} from '../../src/application/ports/environment-store.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { sampleDesire, sampleReport, sampleSpec, sampleSuite } from '../support/state-samples.ts';

/** All about the environments of one installation; one object, since removal touches all of it. */
export type Store = EnvironmentStore & BaselineDemands & EventStore & TestRunStore & ReportStore;

export interface OpenStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** What every implementation of the store does; `open` gives an empty one. */
export function storeContract(implementation: string, open: () => Promise<OpenStore>): void {
  describe(`the store in ${implementation}`, () => {
    let opened: OpenStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const store = (): Store => opened.store;

    describeLives(store);
    describeStatus(store);
    describeDemands(store);
    describeEvents(store);
    describeTestRuns(store);
    describeReports(store);
  });
}

function names(records: readonly EnvironmentRecord[]): string[] {
  return records.map((record) => record.name);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof OperationError ? error.code : String(error);
}

async function removed(store: Store, name: string): Promise<EnvironmentRecord> {
  const record = await store.desireRemoval(name);
  if (record === null) throw new Error(`nothing of the name ${name}`);
  await store.markRemoved(record.uid);
  return record;
}

function describeLives(store: () => Store): void {
  it('knows nothing at first', async () => {
    expect(await store().list({ removed: true })).toEqual([]);
    expect(await store().get('coupon')).toBeNull();
    expect(await store().plan('no-such-uid')).toBeNull();
    expect(await store().explanation('no-such-uid')).toBeNull();
  });

  it('begins a life with generation 1 and nothing known of its state', async () => {
    const desire = sampleDesire('coupon', 'feat/coupon');
    const record = await store().desire(desire);
    expect(record).toMatchObject({ name: 'coupon', desired: 'up', generation: 1, removedAt: null });
    expect(record.spec).toEqual(sampleSpec('feat/coupon'));
    expect(record.status.tasks).toEqual([]);
    expect(record.status.observedGeneration).toBe(0);
    expect(record.status.conditions).toMatchObject([{ type: 'Ready', status: 'Unknown' }]);
    expect(record.planHash).toMatch(/^[0-9a-f]{64}$/u);
    expect(await store().get('coupon')).toEqual(record);
    expect(await store().plan(record.uid)).toEqual(desire.plan);
    const { picks, findings } = desire;
    expect(await store().explanation(record.uid)).toEqual({ picks, findings });
  });

  it('takes every further desire of the branch as the next generation of the same life', async () => {
    const first = await store().desire(sampleDesire('coupon', 'feat/coupon', 'one'));
    const same = await store().desire(sampleDesire('coupon', 'feat/coupon', 'one'));
    expect(same).toMatchObject({ uid: first.uid, generation: 2, planHash: first.planHash });
    const next = sampleDesire('coupon', 'feat/coupon', 'two');
    const third = await store().desire(next);
    expect(third).toMatchObject({ uid: first.uid, generation: 3, createdAt: first.createdAt });
    expect(third.planHash).not.toBe(first.planHash);
    expect(await store().plan(first.uid)).toEqual(next.plan);
    expect((await store().explanation(first.uid))?.picks).toEqual(next.picks);
    expect(await store().list()).toHaveLength(1);
  });

  it('refuses a name that another branch has, until that life is over', async () => {
    const first = await store().desire(sampleDesire('coupon', 'feat/coupon'));
    expect(await codeOf(store().desire(sampleDesire('coupon', 'fix/coupon')))).toBe(
      'ENVIRONMENT_NAME_TAKEN',
    );
    expect(await store().get('coupon')).toEqual(first);
    await removed(store(), 'coupon');
    const second = await store().desire(sampleDesire('coupon', 'fix/coupon'));
    expect(second).toMatchObject({ generation: 1, spec: { branch: 'fix/coupon' } });
    expect(second.uid).not.toBe(first.uid);
  });

  it('accepts the removal of what lives, each time as a request of its own, and of nothing else', async () => {
    expect(await store().desireRemoval('coupon')).toBeNull();
    const { uid } = await store().desire(sampleDesire('coupon'));
    expect(await store().desireRemoval('coupon')).toMatchObject({
      uid,
      desired: 'removed',
      generation: 2,
    });
    expect(await store().desireRemoval('coupon')).toMatchObject({ generation: 3 });
    await store().markRemoved(uid);
    expect(await store().desireRemoval('coupon')).toBeNull();
  });

  it('lets a newer desire win over a removal that has begun', async () => {
    const { uid } = await store().desire(sampleDesire('coupon'));
    await store().desireRemoval('coupon');
    const again = await store().desire(sampleDesire('coupon'));
    expect(again).toMatchObject({ uid, desired: 'up', generation: 3 });
    await store().markRemoved(uid);
    expect(await store().get('coupon')).toMatchObject({ uid, removedAt: null });
  });

  it('keeps what was removed as history, newest first after the living', async () => {
    for (const name of ['zebra', 'apple']) await store().desire(sampleDesire(name));
    for (const name of ['first', 'second']) {
      await store().desire(sampleDesire(name, name, 'kept'));
      await removed(store(), name);
    }
    expect(names(await store().list())).toEqual(['apple', 'zebra']);
    const all = await store().list({ removed: true });
    expect(names(all)).toEqual(['apple', 'zebra', 'second', 'first']);
    const past = all.find((record) => record.name === 'first');
    expect(past?.removedAt).toMatch(/^\d{4}-\d\d-\d\dT/u);
    expect((await store().plan(past?.uid ?? ''))?.components[0]?.reason).toBe('kept');
    expect(await store().get('first')).toBeNull();
  });

  it('ends a life once', async () => {
    const { uid } = await store().desire(sampleDesire('coupon'));
    await removed(store(), 'coupon');
    const [past] = await store().list({ removed: true });
    const living = await store().desire(sampleDesire('coupon'));
    await store().markRemoved(uid);
    await store().markRemoved('no-such-uid');
    expect(await store().list({ removed: true })).toEqual([living, past]);
  });
}

function describeStatus(store: () => Store): void {
  const ready: EnvironmentStatus = {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'AllTasksDone',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T00:00:00.000Z',
      },
    ],
    tasks: [{ id: 'deploy/cart', state: 'Succeeded', attempts: 1, waitsFor: [] }],
    addresses: [{ component: 'gateway', url: 'http://127.0.0.1:20000' }],
  };

  it('writes a status only if something differs', async () => {
    const { uid } = await store().desire(sampleDesire('coupon'));
    expect(await store().writeStatus(uid, ready)).toBe(true);
    expect(await store().writeStatus(uid, structuredClone(ready))).toBe(false);
    expect(await store().writeStatus(uid, { ...ready, observedGeneration: 2 })).toBe(true);
    const record = await store().get('coupon');
    expect(record?.status).toEqual({ ...ready, observedGeneration: 2 });
    expect(record?.generation).toBe(1);
  });

  it('keeps the last status over the next generation, which its observed generation gives away', async () => {
    const { uid } = await store().desire(sampleDesire('coupon'));
    await store().writeStatus(uid, ready);
    const next = await store().desire(sampleDesire('coupon'));
    expect(next.status).toEqual(ready);
    expect(next.generation).toBe(2);
  });

  it('writes no status of a life that is over or never was', async () => {
    const { uid } = await store().desire(sampleDesire('coupon'));
    await removed(store(), 'coupon');
    await store().desire(sampleDesire('coupon'));
    expect(await store().writeStatus(uid, ready)).toBe(false);
    expect(await store().writeStatus('no-such-uid', ready)).toBe(false);
    expect((await store().get('coupon'))?.status.tasks).toEqual([]);
  });
}

function describeDemands(store: () => Store): void {
  it('replaces the demands of one environment and no other', async () => {
    await store().setDemand('a', ['cart', 'users', 'cart']);
    await store().setDemand('*', ['gateway']);
    await store().setDemand('a', ['users', 'catalog']);
    expect([...(await store().demands())]).toEqual([
      ['*', ['gateway']],
      ['a', ['catalog', 'users']],
    ]);
    await store().setDemand('a', []);
    expect([...(await store().demands())]).toEqual([['*', ['gateway']]]);
  });

  it('takes back the demands of environments that do not live, never those of people', async () => {
    const { uid } = await store().desire(sampleDesire('going'));
    await store().desire(sampleDesire('living'));
    for (const by of ['*', 'going', 'living', 'never-was']) await store().setDemand(by, ['cart']);
    await store().desireRemoval('going');
    await store().forgetGone();
    expect([...(await store().demands()).keys()]).toEqual(['*', 'going', 'living']);
    await store().markRemoved(uid);
    await store().forgetGone();
    expect([...(await store().demands()).keys()]).toEqual(['*', 'living']);
  });
}

function event(environment: string, message: string): Omit<EnvironmentEvent, 'id' | 'at'> {
  return { environment, type: 'task', message, data: { task: 'deploy/cart', attempts: 1 } };
}

function describeEvents(store: () => Store): void {
  it('gives events back in order, after an id, of one environment or of all', async () => {
    for (const [environment, message] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const) {
      await store().append(event(environment, message));
    }
    const all = await store().events({});
    expect(all.map((e) => e.message)).toEqual(['1', '2', '3']);
    expect(all[0]).toMatchObject(event('a', '1'));
    expect(all.map((e) => e.id)).toEqual(all.map((e) => e.id).toSorted((x, y) => x - y));
    const ofA = await store().events({ environment: 'a', after: all[0]?.id ?? 0 });
    expect(ofA.map((e) => e.message)).toEqual(['3']);
    expect(await store().events({ after: all[2]?.id ?? 0 })).toEqual([]);
    expect((await store().events({ limit: 2 })).map((e) => e.message)).toEqual(['1', '2']);
  });

  it('appends in the order in which they were asked to, waited for or not', async () => {
    const messages = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(messages.map((message) => store().append(event('a', message))));
    expect((await store().events({})).map((e) => e.message)).toEqual(messages);
  });
}

function describeTestRuns(store: () => Store): void {
  const revision = { repository: 'shop.git', sha: 'a'.repeat(40), branch: 'main' };

  it('hands a requested run with its suite and revision to whoever runs it', async () => {
    const suite = sampleSuite();
    const first = await store().requestTest({ environment: 'a', suite, revision });
    const second = await store().requestTest({ environment: 'a', suite, revision: null });
    await store().requestTest({ environment: 'b', suite, revision: null });
    expect(first).toMatchObject({ state: 'requested', outcome: null, suite: suite.name });
    expect(await store().pendingTests('a')).toEqual([
      { run: first, suite, revision },
      { run: second, suite, revision: null },
    ]);
  });

  it('leads a run from requested over running to finished, and its first result stays', async () => {
    const { id } = await store().requestTest({
      environment: 'a',
      suite: sampleSuite(),
      revision: null,
    });
    await store().startTest(id);
    expect(await store().testRun(id)).toMatchObject({ state: 'running' });
    expect(await store().pendingTests('a')).toHaveLength(1);
    await store().finishTest(id, { outcome: 'failed', message: null });
    await store().finishTest(id, { outcome: 'passed', message: null });
    await store().startTest(id);
    const run = await store().testRun(id);
    expect(run).toMatchObject({ state: 'finished', outcome: 'failed', message: null });
    expect(run?.finishedAt).not.toBeNull();
    expect(await store().pendingTests('a')).toEqual([]);
    expect(await store().testRun('no-such-run')).toBeNull();
  });

  it('ends the runs of an environment with its life, so that nobody waits for ever', async () => {
    await store().desire(sampleDesire('a'));
    const { id } = await store().requestTest({
      environment: 'a',
      suite: sampleSuite(),
      revision: null,
    });
    await removed(store(), 'a');
    expect(await store().testRun(id)).toMatchObject({
      state: 'finished',
      outcome: 'error',
      message: 'the environment was removed',
    });
  });
}

function describeReports(store: () => Store): void {
  it('gives reports newest first, also after removal', async () => {
    await store().desire(sampleDesire('a'));
    expect(await store().latestReport('a')).toBeNull();
    for (const id of ['r1', 'r2', 'r3']) await store().saveReport(sampleReport(id, 'a'));
    await store().saveReport(sampleReport('other', 'b'));
    await removed(store(), 'a');
    expect(await store().latestReport('a')).toEqual(sampleReport('r3', 'a'));
    expect((await store().reports('a', 2)).map((report) => report.id)).toEqual(['r3', 'r2']);
    expect(await store().report('r1')).toEqual(sampleReport('r1', 'a'));
    expect(await store().report('no-such-report')).toBeNull();
  });

  it('replaces a report that is saved again in its place', async () => {
    await store().saveReport(sampleReport('r1', 'a'));
    await store().saveReport(sampleReport('r2', 'a'));
    await store().saveReport({ ...sampleReport('r1', 'a'), outcome: 'passed' });
    expect(await store().report('r1')).toMatchObject({ outcome: 'passed' });
    expect((await store().reports('a', 10)).map((report) => report.id)).toEqual(['r2', 'r1']);
  });

  it('keeps the last 50 reports of an environment', async () => {
    for (let n = 0; n < 53; n += 1) await store().saveReport(sampleReport(`r${n}`, 'a'));
    const kept = await store().reports('a', 100);
    expect(kept).toHaveLength(50);
    expect(kept.at(-1)?.id).toBe('r3');
    expect(await store().report('r2')).toBeNull();
  });
}
