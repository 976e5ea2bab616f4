import { describe, expect, it } from 'vitest';
import { isFollowed } from '../../../src/domain/revision/branch-pattern.ts';

describe('a followed branch', () => {
  it.each([
    ['feat/coupon', ['feat/*'], true],
    ['feat/team/coupon', ['feat/*'], true],
    ['feature/coupon', ['feat/*'], false],
    ['feat/', ['feat/*'], true],
    ['fix/a-1', ['feat/*', 'fix/a-?'], true],
    ['fix/a-12', ['fix/a-?'], false],
    ['a/b/c', ['*b*'], true],
    ['abcabd', ['*abd'], true],
    ['abc', ['a*b'], false],
    ['feat/x', ['*', '!feat/*'], false],
    ['fix/x', ['*', '!feat/*'], true],
    ['feat/x', [], false],
    ['feat/x', ['!fix/*'], false],
    ['feat.x', ['feat?x'], true],
    ['exact', ['exact'], true],
    ['exactly', ['exact'], false],
    ['exact', ['exact**'], true],
  ])('%s by %j: %s', (branch, patterns, expected) => {
    expect(isFollowed(branch, patterns, [])).toBe(expected);
  });

  it.each([
    'main',
    'master',
    'develop',
    'release/1.2',
    'dependabot/npm_and_yarn/x-1',
    'renovate/all',
    'gh-readonly-queue/main/pr-1',
  ])('is never %s, whatever the patterns', (branch) => {
    expect(isFollowed(branch, ['*', branch], [])).toBe(false);
  });

  it('is never a long-lived branch of its repository', () => {
    expect(isFollowed('trunk', ['*'], ['trunk'])).toBe(false);
    expect(isFollowed('trunk', ['*'], ['next'])).toBe(true);
  });

  it('costs no more than pattern times name, whatever somebody pushes', () => {
    const pattern = `${'*a'.repeat(60)}b`;
    expect(isFollowed('a'.repeat(240), [pattern], [])).toBe(false);
  });
});
