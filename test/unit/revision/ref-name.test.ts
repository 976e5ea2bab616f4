import { describe, expect, it } from 'vitest';
import { spawnSync } from 'node:child_process';
import { isRefName, shortSha } from '../../../src/domain/revision/ref-name.ts';

const GOOD = [
  'main',
  'feat/coupon',
  'feat/ünïcode-✓',
  'a',
  'feat/x.y',
  "o'brien",
  'feat/a@b',
  'x;y',
  '$(id)',
  '@a',
];
const BAD = ['', '@', 'HEAD', '-x', '--upload-pack=x', '/x', 'x/', 'x.', 'a..b', 'a b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', 'a\nb', 'a\u007f', 'a@{1}', 'a//b', '.a', 'a/.b', 'a.lock', 'a.lock/b', '../../etc', 'x'.repeat(245)]; // prettier-ignore

describe('the name of a branch', () => {
  it.each(GOOD)('may be %j', (name) => {
    expect(isRefName(name)).toBe(true);
  });

  it.each(BAD)('may not be %j', (name) => {
    expect(isRefName(name)).toBe(false);
  });

  it('is accepted just when Git accepts it', () => {
    // These two Git takes for another name of the branch that is checked out.
    const aliases = new Set(['@', 'HEAD']);
    const candidates = [...GOOD, ...BAD].filter((name) => name.length < 200 && !aliases.has(name));
    const asGit = candidates.map((name) => {
      const { status } = spawnSync('git', ['check-ref-format', '--branch', name], { cwd: '/' });
      return status === 0;
    });
    expect(candidates.map(isRefName)).toEqual(asGit);
  });
});

describe('a commit id for people', () => {
  it('has seven digits', () => {
    expect(shortSha('0123456789abcdef')).toBe('0123456');
  });
});
