import { describe, expect, it } from 'vitest';
import type { ComponentFacts, RevisionFacts } from '../../../src/domain/revision/facts.ts';
import { pickRevisions } from '../../../src/domain/revision/resolve.ts';
import type { RevisionPick } from '../../../src/domain/revision/revision.ts';

const REPOSITORY = 'https://git.example/shop/cart.git';
const sha = (digit: string): string => digit.repeat(40);

/** Everything that could be picked; each test takes away what comes first. */
const ALL: ComponentFacts = {
  component: 'cart',
  source: { repository: REPOSITORY, paths: ['.'] },
  pin: { requested: 'v1', revision: { repository: REPOSITORY, sha: sha('1'), branch: null } },
  branch: { state: 'ahead', tip: sha('2'), exists: true, touched: ['a'], isInBaseline: false },
  baseline: { repository: REPOSITORY, sha: sha('3'), branch: 'main' },
  declaredBranch: { name: 'next', sha: sha('4') },
  defaultBranch: { name: 'main', sha: sha('5') },
};

function pick(spec: Partial<ComponentFacts>, all: Partial<RevisionFacts> = {}): RevisionPick {
  const components = [{ ...ALL, ...spec }];
  const [picked] = pickRevisions({ branch: 'feat/x', unchanged: 'baseline', components, ...all });
  if (picked === undefined) throw new Error('nothing was picked');
  return picked;
}

const NONE = { pin: null, branch: null, baseline: null, declaredBranch: null, defaultBranch: null };

describe('the revision of a component', () => {
  it('is the pinned one before all others, and each of the others says why not', () => {
    expect(pick({})).toEqual({
      component: 'cart',
      revision: { repository: REPOSITORY, sha: sha('1'), branch: null },
      rule: 'pin',
      reason: 'pinned to v1 (1111111)',
      rejected: [
        { rule: 'same-branch', why: 'branch feat/x exists in cart.git (2222222), but the pin comes first' },
        { rule: 'baseline', why: 'the baseline runs 3333333 of cart.git, but the pin comes first' },
        { rule: 'declared-branch', why: 'the catalog declares branch next of cart.git (4444444), but the pin comes first' },
        { rule: 'default-branch', why: 'the default branch is main of cart.git (5555555), but the pin comes first' },
      ],
    }); // prettier-ignore
  });

  it('is the tip of the branch where the repository has it', () => {
    expect(pick({ pin: null })).toMatchObject({
      rule: 'same-branch',
      revision: { sha: sha('2'), branch: 'feat/x' },
      reason: 'branch feat/x exists in cart.git (2222222)',
    });
  });

  it('is what the baseline runs where it does not', () => {
    const picked = pick({ pin: null, branch: null });
    expect(picked).toMatchObject({ rule: 'baseline', revision: { sha: sha('3') } });
    expect(picked.reason).toBe('the baseline runs 3333333 of cart.git');
    expect(picked.rejected.slice(0, 2)).toEqual([
      { rule: 'pin', why: 'nothing pins it' },
      { rule: 'same-branch', why: 'no branch feat/x in cart.git' },
    ]);
  });

  it('is the head of the declared branch where the baseline does not run it', () => {
    const picked = pick({ pin: null, branch: null, baseline: null });
    expect(picked).toMatchObject({
      rule: 'declared-branch',
      revision: { sha: sha('4'), branch: 'next' },
    });
    expect(picked.rejected).toContainEqual({
      rule: 'baseline',
      why: 'the baseline does not run it',
    });
  });

  it('is the head of the default branch at the end', () => {
    const picked = pick({ ...NONE, defaultBranch: ALL.defaultBranch });
    expect(picked).toMatchObject({
      rule: 'default-branch',
      revision: { sha: sha('5'), branch: 'main' },
    });
    expect(picked.rejected).toContainEqual({
      rule: 'declared-branch',
      why: 'the catalog declares no branch for it',
    });
  });

  it('is that of the default branch when the declared one does not exist', () => {
    const declaredBranch = { name: 'gone', sha: null };
    const picked = pick({ ...NONE, declaredBranch, defaultBranch: ALL.defaultBranch });
    expect(picked.rule).toBe('default-branch');
    expect(picked.rejected).toContainEqual({
      rule: 'declared-branch',
      why: 'no branch gone in cart.git',
    });
  });

  it('is the newest one when that is asked for', () => {
    const picked = pick({ pin: null, branch: null }, { unchanged: 'head' });
    expect(picked.rule).toBe('declared-branch');
    expect(picked.rejected).toContainEqual({
      rule: 'baseline',
      why: 'the baseline runs 3333333 of cart.git, but the newest revision was asked for',
    });
  });

  it('is the last tip of a branch that was merged and deleted, until the baseline contains it', () => {
    const merged = {
      ...ALL.branch,
      tip: sha('2'),
      touched: ['a'],
      state: 'merged',
      exists: false,
    } as const;
    const picked = pick({ pin: null, branch: { ...merged, isInBaseline: false } });
    expect(picked).toMatchObject({ rule: 'same-branch', revision: { sha: sha('2') } });
    expect(picked.reason).toBe(
      'feat/x was merged in cart.git, but the baseline does not contain its last commit 2222222 yet',
    );
    const later = pick({ pin: null, branch: { ...merged, isInBaseline: true } });
    expect(later.rule).toBe('baseline');
    expect(later.rejected).toContainEqual({
      rule: 'same-branch',
      why: 'feat/x was merged and deleted in cart.git',
    });
  });

  it('is not the last tip of a branch that was deleted without being merged', () => {
    const deleted = {
      ...ALL.branch,
      tip: sha('2'),
      touched: [],
      state: 'deleted',
      exists: false,
    } as const;
    const picked = pick({ pin: null, branch: { ...deleted, isInBaseline: false } });
    expect(picked.rule).toBe('baseline');
    expect(picked.rejected).toContainEqual({
      rule: 'same-branch',
      why: 'feat/x was deleted in cart.git',
    });
  });

  it('belongs to no branch for the baseline itself', () => {
    const picked = pick({ pin: null, baseline: null }, { branch: null });
    expect(picked.rule).toBe('declared-branch');
    expect(picked.rejected).toContainEqual({ rule: 'same-branch', why: 'no branch was asked for' });
  });

  it('does not exist without a source or in an empty repository, and says so', () => {
    expect(pick({ source: null })).toEqual({
      component: 'cart',
      revision: null,
      rule: null,
      reason: 'has no source of its own',
      rejected: [],
    });
    const empty = pick(NONE);
    expect(empty).toMatchObject({
      revision: null,
      rule: null,
      reason: 'cart.git has no commit to run',
    });
    expect(empty.rejected).toHaveLength(5);
    expect(empty.rejected).toContainEqual({
      rule: 'default-branch',
      why: 'cart.git has no default branch',
    });
  });
});
