import { describe, expect, it } from 'vitest';
import type { HeldLease } from '../../../src/adapters/kubernetes/store/leases.ts';
import { createTakenEnvironments } from '../../../src/main/taken-environments.ts';

/** Leases that one process holds: names that are free, and what was asked and given back, in order. */
class Board {
  readonly done: string[] = [];
  readonly lost = new Map<string, AbortController>();
  readonly #free: ReadonlySet<string>;

  constructor(...free: readonly string[]) {
    this.#free = new Set(free);
  }

  async takeEnvironment(name: string): Promise<HeldLease | null> {
    this.done.push(`ask ${name}`);
    await Promise.resolve();
    if (!this.#free.has(name)) return null;
    const lost = new AbortController();
    this.lost.set(name, lost);
    return {
      name,
      signal: lost.signal,
      check: () => undefined,
      release: () => {
        this.done.push(`give ${name}`);
        return Promise.resolve();
      },
    };
  }
}

const unheard = (): void => undefined;

describe('environments that a process has taken', () => {
  it('are asked for once at a time, by however many want them', async () => {
    const board = new Board('one');
    const taken = createTakenEnvironments(board);
    const all = ['one', 'one', 'other'].map((name) => taken.take(name, unheard));
    expect(await Promise.all(all)).toEqual([true, true, false]);
    expect(board.done).toEqual(['ask one', 'ask other']);
  });

  it('are given back once each, also those that were still being asked for', async () => {
    const board = new Board('one', 'other');
    const taken = createTakenEnvironments(board);
    await taken.take('one', unheard);
    await taken.giveBack('one');
    void taken.take('other', unheard);
    await taken.settled();
    await taken.giveBackAll();
    await taken.giveBack('other');
    expect(board.done).toEqual(['ask one', 'give one', 'ask other', 'give other']);
  });

  it('tell whoever took them that they were lost', async () => {
    const board = new Board('one');
    const heard: string[] = [];
    await createTakenEnvironments(board).take('one', () => heard.push('lost'));
    board.lost.get('one')?.abort();
    expect(heard).toEqual(['lost']);
  });
});
