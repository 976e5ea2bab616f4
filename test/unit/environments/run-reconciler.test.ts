import { describe, expect, it } from 'vitest';
import type { PassResult } from '../../../src/application/environments/reconcile.ts';
import {
  PASS_INTERVAL_MS,
  RESYNC_MS,
  runReconciler,
} from '../../../src/application/environments/run-reconciler.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A loop whose passes are counted, with every way to wake it. */
class Loop {
  readonly clock = new FakeClock();
  readonly results: PassResult[] = [];
  /** When each pass began, from the start of the loop. */
  readonly passes: number[] = [];
  readonly stop = new AbortController();
  readonly change: () => void;
  readonly wake: () => void;
  readonly finished: Promise<void>;
  listenerCount = 0;
  /** Called within every pass. */
  during: () => void = () => undefined;

  constructor(results: readonly ((startMs: number) => PassResult)[] = []) {
    const startMs = this.clock.nowMs();
    const left = [...results];
    const listeners = new Set<() => void>();
    this.change = () => {
      for (const listener of listeners) listener();
    };
    const loop = runReconciler({
      name: 'coupon',
      reconcile: async () => {
        this.passes.push(this.clock.nowMs() - startMs);
        this.during();
        return left.shift()?.(startMs) ?? { kind: 'done' };
      },
      engine: {
        onChange: (_environment, listener) => {
          listeners.add(listener);
          this.listenerCount = listeners.size;
          return () => {
            listeners.delete(listener);
            this.listenerCount = listeners.size;
          };
        },
      },
      clock: this.clock,
      signal: this.stop.signal,
      onPass: (result) => {
        this.results.push(result);
      },
    });
    this.wake = () => loop.wake();
    this.finished = loop.finished;
  }
}

describe('the loop around reconcile', () => {
  it('looks at once, and then when something changes or somebody calls', async () => {
    const loop = new Loop();
    await loop.clock.advance(100);
    expect(loop.passes).toEqual([0]);
    loop.change();
    await loop.clock.advance(100);
    loop.wake();
    await loop.clock.advance(100);
    expect(loop.passes).toEqual([0, 100 + PASS_INTERVAL_MS, 200 + PASS_INTERVAL_MS]);
    expect(loop.results).toHaveLength(3);
  });

  it('looks again when the last pass asked for it', async () => {
    const loop = new Loop([(startMs) => ({ kind: 'again', atMs: startMs + 700 })]);
    await loop.clock.advance(1_000);
    expect(loop.passes).toEqual([0, 700 + PASS_INTERVAL_MS]);
  });

  it('looks now and then without any signal, whatever the last pass said', async () => {
    const loop = new Loop([
      () => ({ kind: 'terminal', reason: 'CrashLoop' }),
      (startMs) => ({ kind: 'again', atMs: startMs + 3_600_000 }),
    ]);
    await loop.clock.advance(2 * RESYNC_MS + 100);
    expect(loop.passes).toHaveLength(3);
  });

  it('looks again when something changed during a pass', async () => {
    const loop = new Loop();
    loop.during = () => {
      if (loop.passes.length < 3) loop.change();
    };
    loop.wake();
    await loop.clock.advance(100);
    expect(loop.passes).toHaveLength(3);
  });

  it('makes one pass of a storm of signals, and never a hot loop', async () => {
    const loop = new Loop();
    await loop.clock.advance(0);
    for (let count = 0; count < 1_000; count += 1) loop.change();
    await loop.clock.advance(100);
    expect(loop.passes).toHaveLength(2);
    loop.during = () => loop.change();
    loop.wake();
    await loop.clock.advance(100);
    expect(loop.passes.length).toBeLessThanOrEqual(2 + 100 / PASS_INTERVAL_MS + 1);
  });

  it('stops on the signal, after the pass that runs, and listens no more', async () => {
    const loop = new Loop();
    await loop.clock.advance(10);
    expect(loop.listenerCount).toBe(1);
    loop.stop.abort();
    await loop.finished;
    expect(loop.listenerCount).toBe(0);
    loop.wake();
    await loop.clock.advance(RESYNC_MS * 2);
    expect(loop.passes).toHaveLength(1);
  });

  it('begins nothing when it is stopped already', async () => {
    const stop = new AbortController();
    stop.abort();
    const loop = runReconciler({
      name: 'coupon',
      reconcile: () => Promise.reject(new Error('never called')),
      engine: { onChange: () => () => undefined },
      clock: new FakeClock(),
      signal: stop.signal,
    });
    await expect(loop.finished).resolves.toBeUndefined();
  });
});
