import { describe, expect, it } from 'vitest';
import { onePassAtATime } from '../../../src/application/environments/one-pass-at-a-time.ts';
import { settled } from '../../support/fake-clock.ts';

interface Run {
  readonly name: string;
  readonly end: (result: string) => void;
  readonly fail: () => void;
}

function runs(): { call: (name: string) => Promise<string>; begun: Run[] } {
  const begun: Run[] = [];
  const call = onePassAtATime(
    (name: string) =>
      new Promise<string>((resolve, reject) => {
        begun.push({ name, end: resolve, fail: () => reject(new Error('it failed')) });
      }),
  );
  return { call, begun };
}

describe('one pass at a time', () => {
  it('lets a name wait for itself, and not for others', async () => {
    const { call, begun } = runs();
    const first = call('a');
    const second = call('a');
    void call('b');
    await settled();
    expect(begun.map(({ name }) => name)).toEqual(['a', 'b']);
    begun[0]?.end('one');
    expect(await first).toBe('one');
    await settled();
    expect(begun.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
    begun[2]?.end('two');
    expect(await second).toBe('two');
  });

  it('gives all who call meanwhile the same next run', async () => {
    const { call, begun } = runs();
    void call('a');
    const waiting = [call('a'), call('a'), call('a')];
    begun[0]?.end('one');
    await settled();
    expect(begun).toHaveLength(2);
    begun[1]?.end('two');
    expect(await Promise.all(waiting)).toEqual(['two', 'two', 'two']);
  });

  it('never runs twice at once, even when called between two runs', async () => {
    const { call, begun } = runs();
    const first = call('a');
    const second = call('a');
    const third = first.then(() => call('a'));
    begun[0]?.end('one');
    await settled();
    expect(begun).toHaveLength(2);
    begun[1]?.end('two');
    expect(await Promise.all([second, third])).toEqual(['two', 'two']);
  });

  it('goes on after a run that failed', async () => {
    const { call, begun } = runs();
    const first = call('a');
    const second = call('a');
    begun[0]?.fail();
    await expect(first).rejects.toThrow('it failed');
    await settled();
    begun[1]?.end('two');
    expect(await second).toBe('two');
    void call('a');
    expect(begun).toHaveLength(3);
  });
});
