import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  EngineLedger,
  LeaseStore,
  ProcessIdentity,
  TaskRecord,
} from '../../src/application/ports/engine-ledger.ts';
import { OperationError } from '../../src/domain/errors.ts';

export interface OpenLedger {
  readonly ledger: EngineLedger;
  readonly leases: LeaseStore;
  close(): Promise<void>;
}

const alive = (): boolean => true;
const dead = (): boolean => false;
const noneFree = (): Promise<boolean> => Promise.resolve(false);
const allFree = (): Promise<boolean> => Promise.resolve(true);
const task: TaskRecord = {
  task: 'deploy/cart',
  fingerprint: 'f1',
  generation: 1,
  state: 'Running',
  code: null,
  message: null,
  evidence: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
};

function identity(pid: number): ProcessIdentity {
  return { pid, startTime: '4711', bootId: 'boot' };
}

/** What every implementation of an engine's memory does; `open` gives an empty one. */
export function ledgerContract(implementation: string, open: () => Promise<OpenLedger>): void {
  describe(`the ledger in ${implementation}`, () => {
    let opened: OpenLedger;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    describePorts(() => opened.ledger);
    describeRecords(() => opened.ledger);
    describeLeases(() => opened.leases);
  });
}

function describePorts(ledger: () => EngineLedger): void {
  it('gives every key a port of its own, the same one ever after', async () => {
    const keys = ['listen/cart/http', 'relay/cart/users/http', 'listen/cart/http'];
    const first = await ledger().allocatePorts('a', keys, allFree);
    expect([...first.keys()].toSorted()).toEqual(['listen/cart/http', 'relay/cart/users/http']);
    expect(new Set(first.values()).size).toBe(2);
    for (const port of first.values()) {
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(port).toBeLessThanOrEqual(32_767);
    }
    const more = await ledger().allocatePorts('a', [...keys, 'public/cart'], allFree);
    expect([...more]).toEqual(expect.arrayContaining([...first]));
    expect(await ledger().portsOf('a')).toEqual(more);
    expect(await ledger().portsOf('b')).toEqual(new Map());
  });

  it('answers for the keys asked for only', async () => {
    await ledger().allocatePorts('a', ['listen/cart/http'], allFree);
    const ports = await ledger().allocatePorts('a', ['public/cart'], allFree);
    expect([...ports.keys()]).toEqual(['public/cart']);
  });

  it('never gives one port to two environments, however they ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        ledger().allocatePorts(`e${n}`, ['listen/a/http', 'listen/b/http'], allFree),
      ),
    );
    const ports = answers.flatMap((answer) => Array.from(answer.values()));
    expect(new Set(ports).size).toBe(40);
  });

  it('leaves out ports that something else uses', async () => {
    const probed: number[] = [];
    const even = (port: number): Promise<boolean> => {
      probed.push(port);
      return Promise.resolve(port % 2 === 0);
    };
    const keys = Array.from({ length: 10 }, (_, n) => `listen/c${n}/http`);
    const ports = await ledger().allocatePorts('a', keys, even);
    expect([...ports.values()].every((port) => port % 2 === 0)).toBe(true);
    expect(probed.some((port) => port % 2 === 1)).toBe(true);
  });

  it('does not give a freed port out again at once', async () => {
    const seen = new Set<number>();
    for (let n = 0; n < 200; n += 1) {
      const ports = await ledger().allocatePorts('a', ['listen/cart/http'], allFree);
      seen.add(ports.get('listen/cart/http') ?? 0);
      await ledger().freePorts('a', ['listen/cart/http']);
    }
    expect(seen.size).toBe(200);
  });

  it('frees all ports of an environment, or some keys', async () => {
    await ledger().allocatePorts('a', ['public/x', 'public/y'], allFree);
    await ledger().allocatePorts('b', ['public/x'], allFree);
    await ledger().freePorts('a', ['public/x', 'public/unknown']);
    expect([...(await ledger().portsOf('a')).keys()]).toEqual(['public/y']);
    await ledger().freePorts('a');
    expect(await ledger().portsOf('a')).toEqual(new Map());
    expect((await ledger().portsOf('b')).size).toBe(1);
  });

  it('says so when no port is free, and records nothing then', async () => {
    const error: unknown = await ledger()
      .allocatePorts('a', ['public/x'], noneFree)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({ code: 'PORTS_EXHAUSTED' });
    expect(await ledger().portsOf('a')).toEqual(new Map());
  });
}

function describeRecords(ledger: () => EngineLedger): void {
  it('remembers processes by environment until they are forgotten', async () => {
    const cart = { environment: 'a', owner: 'deploy/cart', ...identity(10) };
    const users = { environment: 'a', owner: 'deploy/users', ...identity(11) };
    for (const record of [users, cart, { ...cart, environment: 'b' }]) {
      await ledger().recordProcess(record);
    }
    expect(await ledger().processesOf('a')).toEqual([cart, users]);
    await ledger().recordProcess({ ...cart, startTime: '4712' });
    await ledger().forgetProcess('a', 11);
    await ledger().forgetProcess('a', 99);
    expect(await ledger().processesOf('a')).toEqual([{ ...cart, startTime: '4712' }]);
    expect(await ledger().processesOf('b')).toHaveLength(1);
  });

  it('remembers the last word on each task', async () => {
    await ledger().writeTask('a', task);
    const failed: TaskRecord = {
      ...task,
      state: 'Failed',
      code: 'CRASH_LOOP',
      message: '"cart" ends again and again',
      evidence: 'exit code 1',
      generation: 2,
      finishedAt: '2026-01-01T00:00:09.000Z',
    };
    await ledger().writeTask('a', failed);
    await ledger().writeTask('a', { ...task, task: 'build/cart' });
    await ledger().writeTask('b', task);
    expect(await ledger().tasksOf('a')).toEqual([{ ...task, task: 'build/cart' }, failed]);
    await ledger().forgetTasks('a', ['build/cart', 'no-such-task']);
    expect(await ledger().tasksOf('a')).toEqual([failed]);
    expect(await ledger().tasksOf('b')).toEqual([task]);
  });
}

function describeLeases(leases: () => LeaseStore): void {
  it('lets one holder have a lease, and have it again', async () => {
    expect(await leases().leaseHolder('a')).toBeNull();
    expect(await leases().acquireLease('a', identity(1), alive)).toBe(true);
    expect(await leases().acquireLease('a', identity(1), alive)).toBe(true);
    expect(await leases().acquireLease('a', identity(2), alive)).toBe(false);
    expect(await leases().acquireLease('b', identity(2), alive)).toBe(true);
    expect(await leases().leaseHolder('a')).toEqual(identity(1));
  });

  it('takes a dead holder for gone, and the same number with another start time for another process', async () => {
    await leases().acquireLease('a', identity(1), alive);
    expect(await leases().acquireLease('a', identity(2), dead)).toBe(true);
    const reused = { ...identity(2), startTime: '4999' };
    expect(await leases().acquireLease('a', reused, alive)).toBe(false);
    expect(await leases().acquireLease('a', reused, (holder) => holder.startTime !== '4711')).toBe(
      true,
    );
    expect(await leases().leaseHolder('a')).toEqual(reused);
  });

  it('is listed with its holder, dead or not', async () => {
    await leases().acquireLease('b', identity(2), dead);
    await leases().acquireLease('a', identity(1), alive);
    expect([...(await leases().leases())]).toEqual([
      ['a', identity(1)],
      ['b', identity(2)],
    ]);
  });

  it('is released by its holder only', async () => {
    await leases().acquireLease('a', identity(1), alive);
    await leases().releaseLease('a', identity(2));
    expect(await leases().leaseHolder('a')).toEqual(identity(1));
    await leases().releaseLease('a', identity(1));
    expect(await leases().leaseHolder('a')).toBeNull();
  });
}
