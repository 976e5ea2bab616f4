import { describe, expect, it } from 'vitest';
import {
  microsecondsOf,
  readSuiteLog,
  wrapped,
} from '../../../src/adapters/kubernetes/engine/suites/suite-log.ts';

const MARK = 'offshoot-abc';

/** Lines as a node stamps them, a second apart. */
function log(...lines: readonly string[]): string {
  return lines.map((text, index) => `2026-08-20T09:00:0${index}.123456789Z ${text}`).join('\n');
}

describe('the log of a suite', () => {
  it('tells when the command began and ended, what it wrote, and its JUnit file', () => {
    const junit = Buffer.from('<testsuite/>').toString('base64');
    const text = log(
      `${MARK} begin`,
      'one',
      'two',
      '',
      `${MARK} end`,
      `${MARK} junit`,
      junit.slice(0, 5),
      junit.slice(5),
      `${MARK} done`,
    );
    expect(readSuiteLog(text, MARK)).toEqual({
      beganAtUs: Date.parse('2026-08-20T09:00:00Z') * 1_000 + 123_456,
      endedAtUs: Date.parse('2026-08-20T09:00:04Z') * 1_000 + 123_456,
      junit: '<testsuite/>',
      output: ['one', 'two'],
    });
  });

  it('has what there is of a command that was ended', () => {
    expect(readSuiteLog(log(`${MARK} begin`, 'one'), MARK)).toMatchObject({
      endedAtUs: null,
      junit: null,
      output: ['one'],
    });
  });

  it('takes no half of a JUnit file for a whole one', () => {
    const text = log(`${MARK} begin`, '', `${MARK} end`, `${MARK} junit`, 'PHRl');
    expect(readSuiteLog(text, MARK).junit).toBeNull();
  });

  it('has no times of a log without any', () => {
    expect(readSuiteLog('', MARK)).toEqual({
      beganAtUs: null,
      endedAtUs: null,
      junit: null,
      output: [],
    });
    expect(microsecondsOf({ at: 'yesterday' })).toBeNull();
  });

  it('is of the command as it was given, whatever is in it', () => {
    const command = ['run', 'it "quoted" $HOME'];
    expect(wrapped(command, MARK, 'out.xml').slice(-4)).toEqual([MARK, 'out.xml', ...command]);
  });
});
