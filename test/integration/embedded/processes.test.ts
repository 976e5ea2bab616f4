import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  identityOf,
  isAlive,
  processHost,
} from '../../../src/adapters/embedded/processes/process-host.ts';
import {
  Processes,
  type RunningProcess,
} from '../../../src/adapters/embedded/processes/processes.ts';
import { systemClock } from '../../../src/main/clock.ts';
import { MemoryLedger } from '../../support/memory-ledger.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

const host = processHost();
let folder: TemporaryFolder;
let ledger: MemoryLedger;
let processes: Processes;

beforeEach(async () => {
  folder = await temporaryFolder();
  ledger = new MemoryLedger();
  processes = new Processes(folder.path, { ledger, clock: systemClock, host });
});
afterEach(async () => {
  await processes.endLeftovers('one', folder.path);
  await folder.remove();
});

function start(script: string, owner = 'deploy/cart'): Promise<RunningProcess> {
  return processes.start({
    environment: 'one',
    owner,
    command: ['sh', '-c', script],
    folder: folder.path,
    variables: { PATH: process.env['PATH'] ?? '' },
  });
}

function firstLine({ stdout }: { readonly stdout: Readable }): Promise<string> {
  return new Promise((resolve) => {
    stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
}

function tagged(...tags: readonly string[]): readonly number[] {
  return host
    .table()
    .map(({ pid }) => pid)
    .filter((pid) => host.hasVariables(pid, [`OFFSHOOT_INSTALLATION=${folder.path}`, ...tags]));
}

/** A shell says that it is ready before all that it starts is there. */
async function untilTagged(count: number): Promise<void> {
  for (let turn = 0; turn < 200 && tagged().length !== count; turn += 1) await sleep(10);
  expect(tagged()).toHaveLength(count);
}

function livingIn(group: number): readonly number[] {
  return host
    .table()
    .filter((entry) => entry.group === group && !entry.isZombie)
    .map(({ pid }) => pid);
}

describe('a process of ours', () => {
  it('is recorded with an identity before anything else can happen to it', async () => {
    const running = await start('sleep 60');
    const [record] = await ledger.processesOf('one');
    expect(record).toEqual({ ...running.identity, environment: 'one', owner: 'deploy/cart' });
    expect(isAlive(host, running.identity)).toBe(true);
    await running.end();
    expect(isAlive(host, running.identity)).toBe(false);
    expect(await ledger.processesOf('one')).toEqual([]);
  });

  it('ends with its whole group', async () => {
    const running = await start('sleep 60 & sleep 60 & echo ready; wait');
    await firstLine(running);
    expect(livingIn(running.identity.pid)).toHaveLength(3);
    await running.end();
    expect(livingIn(running.identity.pid)).toEqual([]);
  });

  it('ends with its whole group even when its leader is gone already', async () => {
    const running = await start('sleep 60 & echo ready');
    expect(await running.exited).toMatchObject({ code: 0, signal: null, outOfMemory: false });
    expect(livingIn(running.identity.pid)).toHaveLength(1);
    await running.end();
    expect(livingIn(running.identity.pid)).toEqual([]);
  });

  it('is killed when it does not listen', async () => {
    const running = await start('trap "" TERM; echo ready; while :; do sleep 0.1; done');
    await firstLine(running);
    await running.end({ graceMs: 200 });
    expect((await running.exited).signal).toBe('SIGKILL');
    expect(livingIn(running.identity.pid)).toEqual([]);
  });

  it('that was killed by a person was not short of memory', async () => {
    const running = await start('sleep 60');
    process.kill(running.identity.pid, 'SIGKILL');
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL', outOfMemory: false });
    await running.end();
  });

  it('that the kernel ended for lack of memory is told from one that was killed', async () => {
    let kills = 7;
    const counting = new Processes(folder.path, {
      ledger,
      clock: systemClock,
      host: { ...host, outOfMemoryKills: () => kills },
    });
    const ends = async (): Promise<boolean> => {
      const running = await counting.start({
        environment: 'one',
        owner: 'deploy/cart',
        command: ['/bin/sleep', '60'],
        folder: folder.path,
        variables: {},
      });
      process.kill(running.identity.pid, 'SIGKILL');
      const { outOfMemory } = await running.exited;
      await running.end();
      return outOfMemory;
    };
    expect(await ends()).toBe(false);
    kills = 8;
    expect(await ends()).toBe(true);
    expect(await ends()).toBe(false);
  });

  it('that cannot be started says why and leaves no record', async () => {
    const order = { environment: 'one', owner: 'deploy/x', folder: folder.path, variables: {} };
    await expect(processes.start({ ...order, command: ['no-such-command'] })).rejects.toMatchObject(
      { code: 'COMMAND_NOT_FOUND' },
    );
    await expect(
      processes.start({ ...order, command: ['./folder'], folder: '/nowhere' }),
    ).rejects.toThrow('does not exist');
    expect(await ledger.processesOf('one')).toEqual([]);
  });

  it('is ended when it can not be recorded', async () => {
    const failing = new MemoryLedger();
    let pid = 0;
    failing.recordProcess = (record) => {
      pid = record.pid;
      return Promise.reject(new Error('locked'));
    };
    const others = new Processes('elsewhere', { ledger: failing, clock: systemClock, host });
    const order = { environment: 'one', owner: 'deploy/x', folder: folder.path, variables: {} };
    await expect(others.start({ ...order, command: ['/bin/sleep', '60'] })).rejects.toThrow(
      'locked',
    );
    expect(host.entry(pid)?.isZombie ?? true).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('leftovers', () => {
  it('are found by their tags when nothing was recorded', async () => {
    const running = await start('setsid sleep 60 & echo ready; sleep 60');
    await firstLine(running);
    await ledger.forgetProcess('one', running.identity.pid);
    await untilTagged(3);
    const before = tagged();
    expect(await processes.endLeftovers('one', '/nowhere')).toEqual([]);
    for (const pid of before) expect(host.entry(pid)?.isZombie ?? true).toBe(true);
  });

  it('of one Task are ended without those of others', async () => {
    const cart = await start('setsid sleep 60 & echo ready', 'deploy/cart');
    const mail = await start('setsid sleep 60 & echo ready', 'deploy/mail');
    for (const each of [cart, mail]) await each.exited;
    await untilTagged(2);
    const count = (owner: string): number => tagged(`OFFSHOOT_TASK=${owner}`).length;
    expect([count('deploy/cart'), count('deploy/mail')]).toEqual([1, 1]);
    await processes.endStragglers('one', 'deploy/cart');
    expect([count('deploy/cart'), count('deploy/mail')]).toEqual([0, 1]);
  });

  it('never are processes of somebody else that have a recorded number', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const identity = identityOf(host, stranger.pid ?? 0);
    if (identity === null) throw new Error('it did not start');
    for (const wrong of [{ startTime: '1' }, { bootId: 'another boot' }]) {
      await ledger.recordProcess({ ...identity, ...wrong, environment: 'one', owner: 'deploy/x' });
      expect(await processes.endLeftovers('one', '/nowhere')).toEqual([]);
    }
    await sleep(50);
    expect(isAlive(host, identity)).toBe(true);
    expect(await ledger.processesOf('one')).toEqual([]);
    stranger.kill('SIGKILL');
  });

  it('never are the members of a group that only has the number of ours', async () => {
    // Its leader is gone, as is ours: only the tags tell the two apart.
    const stranger = spawn('sh', ['-c', 'sleep 60 & echo $!'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(stranger, 'exit');
    const member = Number(await firstLine(stranger));
    await ended;
    await ledger.recordProcess({
      pid: stranger.pid ?? 0,
      startTime: '1',
      bootId: host.bootId,
      environment: 'one',
      owner: 'deploy/x',
    });
    await processes.endLeftovers('one', '/nowhere');
    expect(host.entry(member)?.isZombie).toBe(false);
    process.kill(member, 'SIGKILL');
  });
});
