import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../../../src/adapters/sqlite/state.ts';
import { startChild, type Child } from '../../../support/child-processes.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.ts';

const SCRIPT = new URL('../../../support/state-child.ts', import.meta.url).pathname;

describe('the state under several processes', () => {
  let folder: TemporaryFolder;
  let file: string;
  const children: Child[] = [];

  const start = (job: string, name: string): Child => {
    const child = startChild(SCRIPT, [job, file, name]);
    children.push(child);
    return child;
  };

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, 'home', 'state.db');
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await folder.remove();
  });

  it('takes the writes of three at once, every one and in the order of each', async () => {
    const writers = ['a', 'b', 'c'].map((name) => start('burst', name));
    expect(await Promise.all(writers.map((writer) => writer.ended))).toEqual([0, 0, 0]);
    const state = openState(file);
    const ports = new Set<number>();
    for (const name of ['a', 'b', 'c']) {
      const events = await state.store.events({ environment: name });
      expect(events.map((event) => Number(event.message))).toEqual(
        Array.from({ length: 200 }, (_, n) => n),
      );
      for (const port of (await state.ledger.portsOf(name)).values()) ports.add(port);
    }
    expect(ports.size).toBe(60);
    await state.close();
  });

  it('holds every acknowledged write, and none by half, after kill -9 in the middle of them', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const child = start('writeForever', `round${round}`);
      await child.line((line) => line.startsWith('report'));
      await wait(Math.random() * 60);
      await child.kill();
      acknowledged.push(...child.lines);
    }
    const check = new DatabaseSync(file);
    expect(check.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(check.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    check.close();

    const state = openState(file);
    const all = await state.store.list({ removed: true });
    const lives = new Map(all.map((record) => [record.uid, record]));
    const messages = new Set((await state.store.events({ limit: 10_000 })).map((e) => e.message));
    const checks: Readonly<Record<string, (id: string, uid: string) => Promise<boolean>>> = {
      environment: (_id, uid) => Promise.resolve(lives.has(uid)),
      removed: (_id, uid) => Promise.resolve(lives.get(uid)?.removedAt !== null),
      event: (id) => Promise.resolve(messages.has(id)),
      ports: async (id) => (await state.ledger.portsOf(id)).size === 3,
      report: async (id) => (await state.store.report(id)) !== null,
    };
    const missing: string[] = [];
    for (const line of acknowledged) {
      const [kind = '', id = '', uid = ''] = line.split(' ');
      if ((await checks[kind]?.(id, uid)) !== true) missing.push(line);
    }
    expect(missing).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(40);
    for (const { uid, name } of all) {
      expect(await state.store.plan(uid)).toMatchObject({ environment: name });
      expect([0, 3]).toContain((await state.ledger.portsOf(name)).size);
    }
    await state.close();
  });

  it('gives a lease to one of four that ask at once, and to the next once that one is dead', async () => {
    const askers = Array.from({ length: 4 }, () => start('lease', 'a'));
    await Promise.all(askers.map((asker) => asker.line((line) => line !== '')));
    const winners = askers.filter((asker) => asker.lines[0] === 'mine');
    expect(winners).toHaveLength(1);
    await winners[0]?.kill();
    expect(await start('lease', 'a').line((line) => line !== '')).toBe('mine');
  });

  it('shows calls to other processes soon, without being told to write them', async () => {
    const child = start('calls', 'a');
    const state = openState(file);
    await child.line((line) => line === 'recorded');
    const count = async (): Promise<number> =>
      (await state.calls.calls('a', { fromUs: 0, toUs: 1_000 })).length;
    await expect.poll(count, { timeout: 5_000, interval: 20 }).toBe(1_000);
    await state.close();
  });

  it('calls back when another process wrote, and when this one did', async () => {
    const state = openState(file);
    let count = 0;
    const stop = state.onCommit(() => (count += 1), 10);
    await wait(50);
    expect(count).toBe(0);
    await start('burst', 'a').ended;
    await expect.poll(() => count).toBeGreaterThan(0);
    await wait(50);
    const before = count;
    await state.store.setDemand('a', ['cart']);
    await expect.poll(() => count).toBe(before + 1);
    await state.store.setDemand('a', ['cart']);
    await wait(50);
    expect(count).toBe(before + 1);
    stop();
    await state.store.setDemand('a', []);
    await wait(50);
    expect(count).toBe(before + 1);
    await state.close();
  });
});
