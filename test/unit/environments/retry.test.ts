import { describe, expect, it } from 'vitest';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  RETRY_RULES,
  backoffMs,
  codeOf,
  messageOf,
} from '../../../src/application/environments/retry.ts';
import { ERROR_CODES, OperationError } from '../../../src/domain/errors.ts';

describe('the pause before another try', () => {
  it('doubles each time, up to a limit', () => {
    const longest = [1, 2, 3, 4].map((tries) => backoffMs(tries, 1));
    expect(longest).toEqual([1, 2, 4, 8].map((times) => times * BACKOFF_FIRST_MS));
    for (const tries of [8, 100, 10_000]) expect(backoffMs(tries, 1)).toBe(BACKOFF_MAX_MS);
  });

  it('is spread over the upper half of its length', () => {
    expect(backoffMs(3, 0)).toBe(backoffMs(3, 1) / 2);
    expect(backoffMs(3, 0.5)).toBe((backoffMs(3, 1) * 3) / 4);
  });
});

describe('the rule for an error', () => {
  it('exists for every code', () => {
    expect(Object.keys(RETRY_RULES).toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
  });

  it('is never to retry what only a person can mend', () => {
    const user = Object.entries(ERROR_CODES).filter(([, entry]) => entry.class === 'user');
    const retried = user.map(([code]) => code).filter((code) => ruleOf(code) === 'retry');
    expect(retried).toEqual([]);
  });

  it('takes what is not an OperationError for a mistake of ours', () => {
    expect(codeOf(new OperationError('STATE_BUSY', 'locked'))).toBe('STATE_BUSY');
    expect(codeOf(new Error('oops'))).toBe('INTERNAL');
    expect(messageOf(new Error('oops'))).toBe('oops');
    expect(messageOf('oops')).toBe('oops');
  });
});

function ruleOf(code: string): string | undefined {
  return Object.entries(RETRY_RULES).find(([name]) => name === code)?.[1];
}
