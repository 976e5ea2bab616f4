import { describe, expect, it } from 'vitest';
import {
  identityOf,
  isAlive,
  parseLinuxStat,
  parsePsLine,
  processHost,
} from '../../../src/adapters/embedded/processes/process-host.ts';

const STAT =
  '4242 (a) b (c) S 1 4242 4242 0 -1 4194304 100 0 0 0 1 2 3 4 20 0 1 0 126827 3133440 418';

describe('what the system says of a process', () => {
  it('is read from /proc even if its name holds parentheses and spaces', () => {
    expect(parseLinuxStat(STAT)).toEqual({
      pid: 4242,
      parent: 1,
      group: 4242,
      isZombie: false,
      startTime: '126827',
    });
  });

  it('is nothing when the entry is cut', () => {
    expect(parseLinuxStat('')).toBeNull();
    expect(parseLinuxStat('4242 (node) S 1')).toBeNull();
  });

  it('is read from ps, with the start as a text', () => {
    expect(parsePsLine('  501     1   501 Ss   Sat Nov 22 01:02:03 2026    ')).toEqual({
      pid: 501,
      parent: 1,
      group: 501,
      isZombie: false,
      startTime: 'Sat Nov 22 01:02:03 2026',
    });
    expect(parsePsLine('  502 501 501 Z+ Sat Nov 22 01:02:03 2026')?.isZombie).toBe(true);
    expect(parsePsLine('')).toBeNull();
  });

  it('tells a process from a later one of the same number and from one of another boot', () => {
    const host = processHost();
    const me = identityOf(host, process.pid);
    if (me === null) throw new Error('this process has no entry');
    expect(isAlive(host, me)).toBe(true);
    expect(isAlive(host, { ...me, startTime: '1' })).toBe(false);
    expect(isAlive(host, { ...me, bootId: 'another' })).toBe(false);
    expect(identityOf(host, 2 ** 30)).toBeNull();
  });
});
