import { describe, expect, it } from 'vitest';
import { createFairTurns } from '../../../src/adapters/kubernetes/engine/fair-turns.ts';

const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when it is told to, and what has begun so far. */
function workshop(): {
  readonly begun: string[];
  readonly work: (name: string) => () => Promise<string>;
  readonly end: (name: string) => Promise<void>;
} {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    work: (name) => async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      return name;
    },
    end: async (name) => {
      ends.get(name)?.();
      await moment();
    },
  };
}

describe('fair turns', () => {
  it('lets no more in than may be at once, and the others in order', async () => {
    const { begun, work, end } = workshop();
    const turns = createFairTurns(2);
    const all = ['1', '2', '3', '4'].map((name) => turns.take('a', work(name)));
    await moment();
    expect(begun).toEqual(['1', '2']);
    await end('2');
    expect(begun).toEqual(['1', '2', '3']);
    for (const name of ['1', '3', '4']) await end(name);
    expect(await Promise.all(all)).toEqual(['1', '2', '3', '4']);
  });

  it('makes one that waits for one never wait for all of another', async () => {
    const { begun, work, end } = workshop();
    const turns = createFairTurns(1);
    for (const name of ['a1', 'a2', 'a3']) void turns.take('a', work(name));
    for (const name of ['b1', 'b2']) void turns.take('b', work(name));
    await moment();
    for (const name of ['a1', 'a2', 'b1', 'a3', 'b2']) await end(name);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('gives the turn on when something fails', async () => {
    const turns = createFairTurns(1);
    const failing = turns.take('a', () => Promise.reject(new Error('refused')));
    const next = turns.take('a', () => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('refused');
    expect(await next).toBe('next');
  });
});
