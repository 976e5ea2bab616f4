import { describe, expect, it } from 'vitest';
import type { TestCase } from '../../../src/domain/calls/report.ts';
import { assignCases, type AssignedCases } from '../../../src/domain/calls/verdict/windows.ts';
import { atMs, callsOf, failedCase, passedCase } from '../../support/call-story.ts';

const RUN = { fromUs: atMs(0), toUs: atMs(1_000) };

function assign(cases: readonly TestCase[], story: string): AssignedCases {
  return assignCases(cases, callsOf(story), RUN);
}

/** Cases of a scope → ids of its roots. */
function scopes(
  assigned: AssignedCases,
): readonly (readonly [string, readonly string[], string])[] {
  return assigned.failed.map(({ cases, roots, confidence }) => [
    cases.join('+'),
    roots.map(({ id }) => id),
    confidence,
  ]);
}

describe('which calls belong to which case', () => {
  it('is decided by marks before windows', () => {
    const assigned = assign(
      [failedCase('a', 0, 100), failedCase('b', 200, 300)],
      'test → s 500 #b @10..20 test → s 500 #a @210..220',
    );
    expect(scopes(assigned)).toEqual([
      ['a', ['c2'], 'high'],
      ['b', ['c1'], 'high'],
    ]);
  });

  it('reads marks that are percent-encoded, and leaves alone what is not', () => {
    const assigned = assign(
      [failedCase('buys a mug'), failedCase('100% off')],
      'test → s 500 #buys%20a%20mug test → s 500 #100%25%20off test → s 500 #50%zz',
    );
    expect(scopes(assigned)).toEqual([
      ['buys a mug', ['c1'], 'high'],
      ['100% off', ['c2'], 'high'],
    ]);
  });

  it('is decided by windows without marks', () => {
    const assigned = assign(
      [passedCase('a', 0, 100), failedCase('b', 100, 200), failedCase('c', 200, 300)],
      'test → s 200 @50..60 test → s 500 @150..160 test → s 500 @250..260',
    );
    expect(scopes(assigned)).toEqual([
      ['b', ['c2'], 'high'],
      ['c', ['c3'], 'high'],
    ]);
  });

  it('gives a call between two windows to the next case, unless only the one before failed', () => {
    const story = 'test → s 500 @150..160';
    const next = assign([failedCase('a', 0, 100), failedCase('b', 200, 300)], story);
    expect(scopes(next)).toEqual([
      ['a', [], 'high'],
      ['b', ['c1'], 'low'],
    ]);
    const before = assign([failedCase('a', 0, 100), passedCase('b', 200, 300)], story);
    expect(scopes(before)).toEqual([['a', ['c1'], 'low']]);
  });

  it('gives a failed call in two windows to the failed case, another to the later one', () => {
    const assigned = assign(
      [failedCase('a', 0, 300), passedCase('b', 50, 300)],
      'test → s 500 @100..110 test → s 200 @120..130',
    );
    expect(scopes(assigned)).toEqual([['a', ['c1'], 'low']]);
  });

  it('gives a call after the last window to the case before it', () => {
    const passed = assign(
      [failedCase('a', 0, 100), passedCase('b', 200, 300)],
      'test → s 500 @500..501',
    );
    expect(scopes(passed)).toEqual([['a', [], 'high']]);
    const failed = assign([failedCase('a', 0, 100)], 'test → s 500 @500..501');
    expect(scopes(failed)).toEqual([['a', ['c1'], 'low']]);
  });

  it('gives a call to no case when none has a window', () => {
    expect(scopes(assign([passedCase('a')], 'test → s 500'))).toEqual([]);
  });

  it('takes the longer of two windows that begin at once for the later case', () => {
    const cases = [failedCase('long', 0, 300), failedCase('short', 0, 100)];
    for (const given of [cases, cases.toReversed()]) {
      const first = scopes(assign(given, 'test → s 200 @50..60')).find(
        ([, roots]) => roots.length > 0,
      );
      expect(first).toEqual(['long', ['c1'], 'low']);
    }
  });

  it('does not give calls without a mark to neighbours when others are marked', () => {
    const assigned = assign(
      [failedCase('a', 0, 100), failedCase('b', 200, 300)],
      'test → s 500 #a @10..20 test → s 500 @150..160',
    );
    expect(scopes(assigned)).toEqual([
      ['a', ['c1'], 'high'],
      ['b', [], 'high'],
    ]);
  });

  it('gives what is left to the failed cases that nothing places, together', () => {
    const assigned = assign(
      [failedCase('a', 0, 100), failedCase('x'), passedCase('y'), failedCase('z')],
      'test → s 500 @10..20 test → s 500 @150..160',
    );
    expect(scopes(assigned)).toEqual([
      ['a', ['c1'], 'high'],
      ['x+z', ['c2'], 'low'],
    ]);
  });

  it('finds the window of a case in its marks', () => {
    const { cases } = assign(
      [passedCase('a'), passedCase('b')],
      'test → s 200 #a @10..20 test → s 200 #a @30..90 test → s open #a @95..',
    );
    expect(cases.map(({ window }) => window)).toEqual([{ fromUs: atMs(10), toUs: atMs(95) }, null]);
  });

  it('takes a mark of a name that two cases have for the failed one', () => {
    for (const cases of [
      [passedCase('a'), failedCase('a')],
      [failedCase('a'), passedCase('a')],
    ]) {
      expect(scopes(assign(cases, 'test → s 500 #a'))).toEqual([['a', ['c1'], 'high']]);
    }
  });

  it.each([
    ['timed out after 60s', true],
    ['Timeout of 5000ms exceeded', true],
    ['time-out', true],
    ['expected 200', false],
    [null, false],
  ])('knows by "%s" whether a case ran out of time', (message, ranOutOfTime) => {
    const { failed } = assign([{ ...failedCase('a', 0, 100), message }], '');
    expect(failed[0]?.ranOutOfTime).toBe(ranOutOfTime);
  });
});
