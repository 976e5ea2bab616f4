import { describe, expect, it } from 'vitest';
import { revisionOfSuite } from '../../../src/application/environments/suite-revision.ts';
import type { Source } from '../../../src/domain/catalog/component.ts';
import type { Revision } from '../../../src/domain/revision/revision.ts';
import { BranchTable } from '../../support/branch-table.ts';
import { sampleSuite } from '../../support/state-samples.ts';

const repositories = new BranchTable({
  'feat/coupon': { 'tests.git': ['buy.ts'] },
  next: { 'tests.git': ['buy.ts'] },
});

function revisionFor(branch: string, source: Partial<Source> = {}): Promise<Revision | null> {
  const suite = { ...sampleSuite(), source: { repository: 'tests.git', paths: ['.'], ...source } };
  return revisionOfSuite({ repositories }, suite, { branch });
}

describe('the revision of a test suite', () => {
  it.each<[string, string, Partial<Source>, string]>([
    ['the branch of the environment', 'feat/coupon', { branch: 'next' }, 'feat/coupon'],
    ['else the branch that it declares', 'feat/other', { branch: 'next' }, 'next'],
    ['else the default branch that it declares', 'feat/other', { defaultBranch: 'next' }, 'next'],
    ['else the default branch of the repository', 'feat/other', {}, 'main'],
    ['which stands in for a declared one that is gone', 'feat/other', { branch: 'gone' }, 'main'],
  ])('is %s', async (_, branch, source, expected) => {
    expect(await revisionFor(branch, source)).toEqual({
      repository: 'tests.git',
      sha: repositories.sha('tests.git', expected),
      branch: expected,
    });
  });

  it('is none when the suite has no source of its own', async () => {
    const before = repositories.synced.length;
    expect(await revisionOfSuite({ repositories }, sampleSuite(), { branch: 'x' })).toBeNull();
    expect(repositories.synced).toHaveLength(before);
  });

  it('cannot be told of a repository that has none of these branches', async () => {
    await expect(revisionFor('feat/other', { defaultBranch: 'trunk' })).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
      message:
        '"tests.git" has neither "feat/other" nor a default branch for test suite "checkout-journey"',
    });
  });
});
