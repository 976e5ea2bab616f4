import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState, type State } from '../../../src/adapters/sqlite/state.ts';
import type { ProcessIdentity } from '../../../src/application/ports/engine-ledger.ts';
import type { Turns } from '../../../src/application/ports/turns.ts';
import { systemClock } from '../../../src/main/clock.ts';
import { createTurns } from '../../../src/main/turns.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

/** Two processes are two identities over one state. */

let folder: TemporaryFolder;
let state: State;
const dead = new Set<number>();

beforeEach(async () => {
  folder = await temporaryFolder();
  state = openState(join(folder.path, 'state.db'));
  dead.clear();
});
afterEach(async () => {
  await state.close();
  await folder.remove();
});

function identity(pid: number): ProcessIdentity {
  return { pid, startTime: '1', bootId: 'boot' };
}

function turnsOf(pid: number): Turns {
  const isAlive = (holder: ProcessIdentity): boolean => !dead.has(holder.pid);
  return createTurns({ leases: state.leases, clock: systemClock, self: identity(pid), isAlive });
}

describe('turns', () => {
  it('come one at a time, within a process and between processes, also after a failure', async () => {
    const [one, other] = [turnsOf(1), turnsOf(2)];
    let inside = 0;
    let most = 0;
    const act = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(1);
      inside -= 1;
      throw new Error('it failed');
    };
    const taken = [one, other, one, other, one, other].map((turns) => turns.take('baseline', act));
    const results = await Promise.allSettled(taken);
    expect(results.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    expect(most).toBe(1);
    expect((await state.leases.leases()).size).toBe(0);
  });

  it('of different things do not wait for each other', async () => {
    const turns = turnsOf(1);
    const nested = turns.take('baseline', () => turns.take('other', () => Promise.resolve('both')));
    expect(await nested).toBe('both');
  });

  it('of a process that died are over', async () => {
    void turnsOf(1).take('baseline', () => new Promise(() => undefined));
    await sleep(20);
    dead.add(1);
    expect(await turnsOf(2).take('baseline', () => Promise.resolve('mine'))).toBe('mine');
  });
});
