import { describe, expect, it } from 'vitest';
import { DecodeQueue } from '../../../src/adapters/embedded/relay/decode-queue.ts';
import { pause, until } from '../../support/relays.ts';

describe('the decode queue', () => {
  it('does its work later, in order', async () => {
    const queue = new DecodeQueue();
    const done: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) queue.offer(1, () => done.push(turn));
    expect(done).toEqual([]);
    await until(() => done.length === 5);
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses what does not fit, and takes more once it has worked', () => {
    const queue = new DecodeQueue({ bytesMax: 10, turnsMax: 3, sliceMs: 1 });
    const done: string[] = [];
    expect(queue.offer(8, () => done.push('a'))).toBe(true);
    expect(queue.offer(3, () => done.push('too many bytes'))).toBe(false);
    expect(queue.offer(1, () => done.push('b'))).toBe(true);
    queue.insist(0, () => done.push('insisted'));
    expect(queue.offer(0, () => done.push('too many turns'))).toBe(false);
    queue.drain();
    expect(done).toEqual(['a', 'b', 'insisted']);
    expect(queue.offer(10, () => done.push('c'))).toBe(true);
    queue.drain();
    expect(done).toHaveLength(4);
  });

  it('lets others have their turn between slices', async () => {
    const queue = new DecodeQueue({ bytesMax: 1_000, turnsMax: 1_000, sliceMs: 1 });
    let done = 0;
    const busy = (): void => {
      const end = performance.now() + 1;
      while (performance.now() < end);
      done += 1;
    };
    for (let turn = 0; turn < 100; turn += 1) queue.offer(1, busy);
    await pause(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBeLessThan(100);
    await until(() => done === 100);
  });
});
