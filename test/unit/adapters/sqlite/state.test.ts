import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState, type State, type StateOptions } from '../../../../src/adapters/sqlite/state.ts';
import { OperationError } from '../../../../src/domain/errors.ts';
import {
  sampleCall,
  sampleDesire,
  sampleReport,
  sampleSuite,
} from '../../../support/state-samples.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function remove(state: State, name: string): Promise<void> {
  const record = await state.store.desireRemoval(name);
  await state.store.markRemoved(record?.uid ?? '');
}

describe('the state', () => {
  let folder: TemporaryFolder;
  let file: string;
  const opened: State[] = [];

  const open = (options?: StateOptions): State => {
    const state = openState(file, options);
    opened.push(state);
    return state;
  };
  const rows = (sql: string, of = file): unknown[] => {
    const database = new DatabaseSync(of, { readOnly: true });
    const found = database.prepare(sql).all();
    database.close();
    return found;
  };
  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, 'home', 'state.db');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((state) => state.close()));
    await folder.remove();
  });

  describe('files', () => {
    it('are readable by their owner only, the logs beside them too', async () => {
      await open().store.append({ environment: 'a', type: 't', message: '', data: {} });
      expect((await stat(join(folder.path, 'home'))).mode & 0o777).toBe(0o700);
      for (const name of ['state.db', 'state.db-wal', 'state.db-shm', 'calls.db']) {
        const { mode } = await stat(join(folder.path, 'home', name));
        expect({ name, mode: mode & 0o777 }).toEqual({ name, mode: 0o600 });
      }
    });

    it('are made private when they were not', async () => {
      await mkdir(join(folder.path, 'home'));
      await writeFile(file, '', { mode: 0o644 });
      open();
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    });

    it('keep what they held from one opening to the next', async () => {
      const first = open();
      const record = await first.store.desire(sampleDesire('coupon'));
      await first.close();
      expect(await open().store.get('coupon')).toEqual(record);
    });

    it('of a newer schema are refused and left alone', async () => {
      await open().close();
      const database = new DatabaseSync(file);
      database.exec('PRAGMA user_version = 4711');
      database.close();
      expect(() => open()).toThrow(OperationError);
      expect(() => open()).toThrow(/schema version 4711/u);
      expect(rows('PRAGMA user_version')).toEqual([{ user_version: 4711 }]);
    });

    it('that are no database are refused by name', async () => {
      await mkdir(join(folder.path, 'home'));
      await writeFile(file, 'not a database, but long enough to look at'.repeat(100));
      expect(() => open()).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
      expect(() => open()).toThrow(file);
    });
  });

  describe('locked by another process', () => {
    it('waits, without blocking the thread, and then writes', async () => {
      const state = open();
      const other = new DatabaseSync(file);
      other.exec('BEGIN IMMEDIATE');
      let ticks = 0;
      const ticking = setInterval(() => (ticks += 1), 5);
      setTimeout(() => other.exec('COMMIT'), 300);
      await state.store.append({ environment: 'a', type: 't', message: 'late', data: {} });
      clearInterval(ticking);
      other.close();
      expect(await state.store.events({})).toHaveLength(1);
      expect(ticks).toBeGreaterThan(5);
    });

    it('gives up in time, says so, and writes the next time', async () => {
      const state = open({ busyTimeoutMs: 200 });
      const other = new DatabaseSync(file);
      other.exec('BEGIN IMMEDIATE');
      const began = performance.now();
      const writes = [1, 2, 3].map((n) => state.store.setDemand(`e${n}`, ['cart']));
      const results = await Promise.allSettled(writes);
      expect(
        results.map(
          (result) => result.status === 'rejected' && (result.reason as OperationError).code,
        ),
      ).toEqual(['STATE_BUSY', 'STATE_BUSY', 'STATE_BUSY']);
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(await state.store.demands()).toEqual(new Map());
      other.exec('ROLLBACK');
      other.close();
      await state.store.setDemand('e1', ['cart']);
      expect(await state.store.demands()).toEqual(new Map([['e1', ['cart']]]));
    });
  });

  describe('keeps', () => {
    it('a plan once, however many lives have it, and drops it with the last', async () => {
      const state = open({ limits: { historyCount: 0 } });
      await state.store.desire(sampleDesire('a', 'a', 'one'));
      await state.store.desire(sampleDesire('a', 'a', 'one'));
      expect(rows('SELECT hash FROM plans')).toHaveLength(1);
      await state.store.desire(sampleDesire('a', 'a', 'two'));
      expect(rows('SELECT hash FROM plans')).toHaveLength(1);
      await remove(state, 'a');
      expect(rows('SELECT hash FROM plans')).toEqual([]);
    });

    it('the last removed lives, and with the last of a name goes all that belongs to it', async () => {
      const state = open({ limits: { historyCount: 2 } });
      for (const name of ['a', 'b', 'c']) {
        await state.store.desire(sampleDesire(name));
        await state.store.append({ environment: name, type: 'created', message: '', data: {} });
        await state.store.saveReport(sampleReport(`report-${name}`, name));
        await state.store.requestTest({ environment: name, suite: sampleSuite(), revision: null });
        await remove(state, name);
      }
      const past = await state.store.list({ removed: true });
      expect(past.map((record) => record.name)).toEqual(['c', 'b']);
      expect(await state.store.report('report-a')).toBeNull();
      expect(await state.store.report('report-b')).not.toBeNull();
      expect((await state.store.events({})).map((event) => event.environment)).toEqual(['b', 'c']);
      expect(rows('SELECT environment FROM test_runs')).toHaveLength(2);
    });

    it('what belongs to a name that lives again', async () => {
      const state = open({ limits: { historyCount: 0 } });
      await state.store.desire(sampleDesire('a'));
      await state.store.saveReport(sampleReport('r', 'a'));
      await remove(state, 'a');
      expect(await state.store.report('r')).toBeNull();
      await state.store.desire(sampleDesire('a'));
      await state.store.saveReport(sampleReport('r', 'a'));
      await state.store.desire(sampleDesire('b'));
      await remove(state, 'b');
      expect(await state.store.report('r')).not.toBeNull();
    });

    it('removed lives for 30 days', async () => {
      let nowMs = Date.parse('2026-01-01T00:00:00Z');
      const state = open({ clock: { nowMs: () => nowMs } });
      for (const [name, daysLater] of [
        ['old', 29],
        ['young', 2],
        ['last', 0],
      ] as const) {
        await state.store.desire(sampleDesire(name));
        await remove(state, name);
        nowMs += daysLater * DAY_MS;
      }
      const past = await state.store.list({ removed: true });
      expect(past.map((record) => record.name)).toEqual(['last', 'young']);
    });

    it('the last events of each environment', async () => {
      const state = open({ limits: { eventCount: 10 } });
      await state.store.append({ environment: 'quiet', type: 't', message: 'kept', data: {} });
      for (let n = 0; n <= 300; n += 1) {
        await state.store.append({ environment: 'loud', type: 't', message: String(n), data: {} });
      }
      const loud = await state.store.events({ environment: 'loud' });
      expect(loud.map((event) => Number(event.message))).toEqual(
        Array.from({ length: 10 }, (_, n) => 291 + n),
      );
      expect(await state.store.events({ environment: 'quiet' })).toHaveLength(1);
    });

    it('answers by idempotency key for a day, the first under each key', async () => {
      let nowMs = 0;
      const { answers } = open({ clock: { nowMs: () => nowMs }, limits: { answerCount: 2 } });
      const answer = { fingerprint: 'f', status: 202, location: '/a', body: { name: 'a' } };
      expect(await answers.answer('k1')).toBeNull();
      await answers.keepAnswer('k1', answer);
      await answers.keepAnswer('k1', { ...answer, fingerprint: 'g' });
      expect(await answers.answer('k1')).toEqual(answer);
      nowMs = DAY_MS;
      expect(await answers.answer('k1')).toBeNull();
      for (const key of ['k2', 'k3', 'k4']) {
        nowMs += 1;
        await answers.keepAnswer(key, answer);
      }
      expect(await answers.answer('k2')).toBeNull();
      expect(await answers.answer('k3')).toEqual(answer);
      expect(rows('SELECT key FROM answers')).toHaveLength(2);
    });

    it('branch memories by repository', async () => {
      const { branches } = open();
      const memory = {
        repository: 'shop.git',
        branch: 'feat/a',
        tip: 'aa',
        base: 'bb',
        wasAhead: true,
        missingPolls: 0,
        mergedAt: null,
      };
      await branches.rememberBranch(memory);
      await branches.rememberBranch({ ...memory, branch: 'feat/b', wasAhead: false });
      await branches.rememberBranch({ ...memory, repository: 'cart.git' });
      await branches.rememberBranch({
        ...memory,
        missingPolls: 2,
        mergedAt: '2026-01-01T00:00:00.000Z',
      });
      await branches.forgetBranch('shop.git', 'feat/b');
      expect(await branches.branches('shop.git')).toEqual([
        { ...memory, missingPolls: 2, mergedAt: '2026-01-01T00:00:00.000Z' },
      ]);
      expect(await branches.branches('cart.git')).toHaveLength(1);
    });
  });

  describe('of calls', () => {
    const all = { fromUs: 0, toUs: 1_000_000_000 };
    it('gives those that overlap the window, by start', async () => {
      const state = open();
      const sink = state.callSink('a');
      sink.record(sampleCall('after', 301, 400));
      sink.record(sampleCall('open', 20, null));
      sink.record(sampleCall('before', 10, 99));
      sink.record(sampleCall('across', 50, 100));
      sink.record(sampleCall('inside', 150, 200));
      sink.record(sampleCall('late', 300, 900));
      state.callSink('b').record(sampleCall('other', 150, 200));
      const window = { fromUs: 100, toUs: 300 };
      const ids = async (limit?: number): Promise<string[]> =>
        (
          await state.calls.calls('a', { ...window, ...(limit === undefined ? {} : { limit }) })
        ).map((call) => call.id);
      expect(await ids()).toEqual(['open', 'across', 'inside', 'late']);
      expect(await ids(2)).toEqual(['open', 'across']);
      expect((await state.calls.calls('a', window))[2]).toEqual(sampleCall('inside', 150, 200));
      expect(await state.calls.calls('nobody', window)).toEqual([]);
    });

    it('gives a call once that was told in flight and again when it had ended', async () => {
      const state = open();
      const sink = state.callSink('a');
      sink.record(sampleCall('slow', 10, null));
      sink.record(sampleCall('other', 10, null));
      await sink.flush();
      sink.record(sampleCall('slow', 10, null));
      sink.record(sampleCall('slow', 10, 500));
      expect(await state.calls.calls('a', all)).toEqual([
        sampleCall('other', 10, null),
        sampleCall('slow', 10, 500),
      ]);
      expect(await state.calls.calls('a', { fromUs: 600, toUs: 700 })).toHaveLength(1);
    });

    it('keeps the newest of each life and deletes the oldest in batches', async () => {
      const state = open({ limits: { callCount: 1_000 } });
      const sink = state.callSink('a');
      for (let n = 0; n < 2_600; n += 1) sink.record(sampleCall(`c${n}`, n, n));
      await sink.flush();
      const kept = await state.calls.calls('a', all);
      expect(kept.length).toBeLessThanOrEqual(1_000);
      expect(kept.length).toBeGreaterThanOrEqual(900);
      expect(kept.at(-1)?.id).toBe('c2599');
      expect(await state.calls.droppedCalls('a')).toBe(0);
    });

    it('drops and counts what finds no place, never throwing', async () => {
      const state = open({ limits: { waitingCallCount: 100 } });
      const sink = state.callSink('a');
      for (let n = 0; n < 150; n += 1) sink.record(sampleCall(`c${n}`, n, n));
      expect(sink.waitingCount).toBe(100);
      expect(await state.calls.droppedCalls('a')).toBe(50);
      await sink.flush();
      expect(await state.calls.droppedCalls('a')).toBe(50);
      expect(await open().calls.droppedCalls('a')).toBe(50);
      expect(await state.calls.calls('a', all)).toHaveLength(100);
    });

    it('drops and counts what the columns cannot hold, and keeps the rest of the batch', async () => {
      const state = open();
      const sink = state.callSink('a');
      sink.record(sampleCall('fraction', 1.5, 2));
      sink.record(sampleCall('endless', 1, Number.POSITIVE_INFINITY));
      sink.record({ ...sampleCall('huge', 1, 2), operation: 'x'.repeat(20_000) });
      sink.record(sampleCall('good', 1, 2));
      await sink.flush();
      expect((await state.calls.calls('a', all)).map((call) => call.id)).toEqual(['good']);
      expect(await state.calls.droppedCalls('a')).toBe(3);
    });

    it('keeps what waits while the database is locked, and writes it afterwards', async () => {
      const state = open({ busyTimeoutMs: 50 });
      const other = new DatabaseSync(join(dirname(file), 'calls.db'));
      other.exec('BEGIN IMMEDIATE');
      const sink = state.callSink('a');
      for (let n = 0; n < 700; n += 1) sink.record(sampleCall(`c${n}`, n, n));
      await sink.flush();
      expect(sink.waitingCount).toBe(700);
      other.exec('ROLLBACK');
      other.close();
      await sink.flush();
      expect(await state.calls.calls('a', all)).toHaveLength(700);
      expect(await state.calls.droppedCalls('a')).toBe(0);
    });

    it('writes what waits when it is closed, and counts what comes later', async () => {
      const state = open();
      const sink = state.callSink('a');
      sink.record(sampleCall('c1', 1, 2));
      await sink.close();
      sink.record(sampleCall('c2', 1, 2));
      expect(await open().calls.calls('a', all)).toHaveLength(1);
      expect(sink.waitingCount).toBe(0);
    });

    it('deletes them with the life, so that the next life of the name begins without', async () => {
      const state = open();
      await state.store.desire(sampleDesire('a'));
      for (const name of ['a', 'b']) {
        const sink = state.callSink(name);
        for (let n = 0; n < 6_000; n += 1) sink.record(sampleCall(`c${n}`, n, n));
        await sink.flush();
      }
      await remove(state, 'a');
      expect(await state.calls.calls('a', all)).toEqual([]);
      expect(await state.calls.calls('b', all)).toHaveLength(6_000);
      expect(rows('SELECT count(*) AS n FROM calls', join(dirname(file), 'calls.db'))).toEqual([
        { n: 6_000 },
      ]);
      expect(rows('SELECT environment FROM recordings', join(dirname(file), 'calls.db'))).toEqual([
        { environment: 'b' },
      ]);
      expect(rows('PRAGMA freelist_count', join(dirname(file), 'calls.db'))).toEqual([
        { freelist_count: 0 },
      ]);
    });

    it('begins a new life without the calls of one that ended before they were deleted', async () => {
      const state = open();
      const sink = state.callSink('a');
      sink.record(sampleCall('c1', 1, 2));
      await sink.flush();
      await state.store.desire(sampleDesire('a'));
      expect(await state.calls.calls('a', all)).toEqual([]);
      sink.record(sampleCall('c2', 1, 2));
      expect((await state.calls.calls('a', all)).map((call) => call.id)).toEqual(['c2']);
    });
  });
});
