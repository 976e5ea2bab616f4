import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeUnreachableError } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { openTestState } from './support/test-cluster.ts';
import type { OpenedState } from './support/test-cluster.ts';

const { lease: LEASE } = RESOURCE_TYPES;
const TIMES = { durationMs: 3_000, renewMs: 500, marginMs: 500 };

let opened: OpenedState;
beforeEach(async () => {
  opened = await openTestState({ leaseTimes: TIMES });
});
afterEach(() => opened.close());

/** An API whose line can be cut. */
function cuttable(api: KubeApi): { readonly api: KubeApi; readonly cut: () => void } {
  let isCut = false;
  const passes = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    if (isCut) throw new KubeUnreachableError('cut');
    return act();
  };
  return {
    cut: () => (isCut = true),
    api: {
      ...api,
      get: (...all) => passes(() => api.get(...all)),
      create: (...all) => passes(() => api.create(...all)),
      replace: (...all) => passes(() => api.replace(...all)),
    },
  };
}

describe('a lease', () => {
  it('has one holder, among all who want it at once', async () => {
    const wanting = Array.from({ length: 5 }, () => opened.reopen().leases.tryAcquire('one'));
    const got = (await Promise.all(wanting)).filter((held) => held !== null);
    expect(got).toHaveLength(1);
    got[0]?.check();
    expect(await opened.reopen().leases.holder('one')).not.toBeNull();
  });

  it('is renewed for as long as it is held, and free at once when it is given back', async () => {
    const held = await opened.state.leases.tryAcquire('one');
    const { leases } = opened.reopen();
    const endMs = performance.now() + 2 * TIMES.durationMs;
    while (performance.now() < endMs) {
      expect(await leases.tryAcquire('one')).toBeNull();
      await sleep(300);
    }
    held?.check();
    await held?.release();
    const { items } = await opened.api.list(LEASE, { namespace: opened.namespace });
    expect(items).toEqual([]);
    expect(await leases.tryAcquire('one')).not.toBeNull();
    expect(() => held?.check()).toThrow('was lost');
  });

  it('passes to another in time when its holder is cut off, which stops first', async () => {
    const line = cuttable(opened.api);
    const held = await opened.reopen({ api: line.api }).leases.tryAcquire('one');
    let lostMs = 0;
    held?.signal.addEventListener('abort', () => (lostMs = performance.now()));
    const stop = new AbortController();
    const follower = opened.reopen().leases.acquire('one', stop.signal);
    await sleep(1_000);
    line.cut();
    const cutMs = performance.now();
    const taken = await follower;
    const takenMs = performance.now();
    expect(taken).not.toBeNull();
    expect(() => held?.check()).toThrow('was lost');
    expect(lostMs).toBeGreaterThan(0);
    expect(lostMs).toBeLessThan(takenMs);
    expect(takenMs - cutMs).toBeLessThan(TIMES.durationMs + 3 * TIMES.renewMs);
  });

  it('of a holder that is long dead is free at once', async () => {
    const longAgo = { nowMs: () => Date.now() - 3_600_000 };
    await opened.reopen({ clock: longAgo }).leases.tryAcquire('one');
    expect(await opened.reopen().leases.tryAcquire('one')).not.toBeNull();
  });

  it('whose taking was not answered is ours at the next try, and never ours twice', async () => {
    let isLost = true;
    const { leases } = opened.reopen({
      api: {
        ...opened.api,
        create: async (...all) => {
          const made = await opened.api.create(...all);
          if (!isLost) return made;
          isLost = false;
          throw new KubeUnreachableError('the answer was lost');
        },
      },
    });
    await expect(leases.tryAcquire('one')).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect(await leases.tryAcquire('one')).not.toBeNull();
    expect(await leases.tryAcquire('one')).toBeNull();
  });

  it('is waited for no longer than wanted', async () => {
    await opened.state.leases.tryAcquire('one');
    expect(await opened.reopen().leases.acquire('one', AbortSignal.timeout(300))).toBeNull();
  });
});

describe('who reconciles', () => {
  it('is the command line while no controller leads, and the controller leaves its environments alone', async () => {
    const cli = await opened.state.holding.takeEnvironment('coupon');
    expect(cli).not.toBeNull();
    const { holding } = opened.reopen();
    const lead = await holding.takeLead(AbortSignal.timeout(5_000));
    expect(lead).not.toBeNull();
    expect(await holding.mayLead('coupon')).toBe(false);
    expect(await holding.mayLead('other')).toBe(true);
    expect(await opened.state.holding.takeEnvironment('other')).toBeNull();
    expect(await holding.mayLead('other')).toBe(true);
    await cli?.release();
    expect(await holding.mayLead('coupon')).toBe(true);
  });
});

describe('a turn', () => {
  it('is one at a time, among processes and within one', async () => {
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    const act = (n: number) => async (): Promise<number> => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(30);
      inside -= 1;
      order.push(n);
      return n;
    };
    const one = opened.state.turns;
    const two = opened.reopen().turns;
    const results = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((n) => (n % 2 === 0 ? one : two).take('removal', act(n))),
    );
    expect(results).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(1);
    expect(order.filter((n) => n % 2 === 0)).toEqual([0, 2, 4]);
  });

  it('is over when it fails, and says when it does not come', async () => {
    const { turns } = opened.state;
    const failing = turns.take('x', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    const impatient = opened.reopen({ limits: { turnMs: 100 } }).turns;
    await turns.take('x', async () => {
      await expect(impatient.take('x', () => Promise.resolve())).rejects.toMatchObject({
        code: 'STATE_BUSY',
      });
    });
  });
});
