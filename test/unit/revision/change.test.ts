import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/domain/errors.ts';
import { findChanges, isTouched, requireChanges } from '../../../src/domain/revision/change.ts';
import type { BranchFacts, ComponentFacts } from '../../../src/domain/revision/facts.ts';

const TIP = '1111111111111111111111111111111111111111';
const BASELINE = '2222222222222222222222222222222222222222';
const REPOSITORY = 'https://git.example/shop/checkout.git';

function facts(spec: Partial<ComponentFacts> = {}): ComponentFacts {
  return {
    component: 'checkout',
    source: { repository: REPOSITORY, paths: ['.'] },
    pin: null,
    branch: null,
    baseline: { repository: REPOSITORY, sha: BASELINE, branch: 'main' },
    declaredBranch: null,
    defaultBranch: { name: 'main', sha: BASELINE },
    ...spec,
  };
}

function branch(spec: Partial<BranchFacts> = {}): BranchFacts {
  return {
    state: 'ahead',
    tip: TIP,
    exists: true,
    touched: ['src/a.ts'],
    isInBaseline: false,
    ...spec,
  };
}

function finding(
  spec: Partial<ComponentFacts>,
  name: string | null = 'feat/coupon',
): [boolean, string] {
  const [found] = findChanges({ branch: name, unchanged: 'baseline', components: [facts(spec)] });
  return [found?.changed ?? false, found?.reason ?? ''];
}

describe('a component is changed', () => {
  it('when it is pinned, whatever the branch', () => {
    const revision = { repository: REPOSITORY, sha: TIP, branch: null };
    expect(finding({ pin: { requested: 'v1.2', revision } })).toEqual([
      true,
      'pinned to v1.2 (1111111)',
    ]);
    expect(finding({ pin: { requested: TIP.slice(0, 9), revision } }, null)).toEqual([true, 'pinned to 1111111']); // prettier-ignore
  });

  it('when the branch is ahead in its repository', () => {
    expect(finding({ branch: branch() })).toEqual([
      true,
      'feat/coupon touches checkout.git (1 file)',
    ]);
  });

  it('when the branch touches its paths in a repository of several components', () => {
    const source = { repository: REPOSITORY, paths: ['services/cart', 'libs/money'] };
    const touched = ['services/cart/a.ts', 'libs/money/b.ts', 'services/cartography/c.ts'];
    expect(finding({ source, branch: branch({ touched }) })).toEqual([
      true,
      'feat/coupon touches services/cart, libs/money (2 files)',
    ]);
  });

  it('when the branch was merged and the baseline does not contain it yet', () => {
    expect(finding({ branch: branch({ state: 'merged', exists: false }) })).toEqual([
      true,
      'feat/coupon was merged into main of checkout.git, but the baseline (2222222) does not contain it yet',
    ]);
    const unknown = finding({
      branch: branch({ state: 'merged' }),
      baseline: null,
      defaultBranch: null,
    });
    expect(unknown).toEqual([
      true,
      'feat/coupon was merged into the default branch of checkout.git, but the baseline does not contain it yet',
    ]);
  });

  it('when there is nothing to compare the branch with', () => {
    expect(finding({ branch: branch({ touched: null }) })).toEqual([
      true,
      'feat/coupon exists in checkout.git, which has nothing to compare with',
    ]);
  });
});

describe('a component is not changed', () => {
  it('without a source', () => {
    expect(finding({ source: null, branch: branch() })).toEqual([
      false,
      'has no source of its own',
    ]);
  });

  it('when its repository does not have the branch', () => {
    expect(finding({})).toEqual([false, 'no branch feat/coupon in checkout.git']);
  });

  it('when no branch was asked for', () => {
    expect(finding({ branch: branch() }, null)).toEqual([false, 'no branch was asked for']);
  });

  it('when the branch touches other paths only', () => {
    const source = { repository: REPOSITORY, paths: ['services/cart'] };
    expect(finding({ source, branch: branch() })).toEqual([
      false,
      'feat/coupon in checkout.git does not touch services/cart',
    ]);
  });

  it('when the branch is fresh', () => {
    const fresh = branch({ state: 'fresh', touched: [] });
    expect(finding({ branch: fresh })).toEqual([
      false,
      'feat/coupon in checkout.git is not ahead of main',
    ]);
    expect(finding({ branch: fresh, defaultBranch: null })[1]).toContain('the default branch');
  });

  it('when the branch was merged and the baseline contains it', () => {
    expect(finding({ branch: branch({ state: 'merged', isInBaseline: true }) })).toEqual([
      false,
      'feat/coupon was merged into main of checkout.git, and the baseline contains it',
    ]);
  });

  it('when what was merged touches other paths only', () => {
    const source = { repository: REPOSITORY, paths: ['services/cart'] };
    expect(finding({ source, branch: branch({ state: 'merged' }) })[0]).toBe(false);
  });

  it('when the branch was deleted without being merged', () => {
    expect(finding({ branch: branch({ state: 'deleted', exists: false }) })).toEqual([
      false,
      'feat/coupon was deleted in checkout.git without being merged',
    ]);
  });
});

describe('source paths', () => {
  it.each([
    ['a/b.ts', ['.'], true],
    ['a/b.ts', ['./'], true],
    ['a/b.ts', ['a'], true],
    ['a/b.ts', ['./a/'], true],
    ['a/b.ts', ['a/b.ts'], true],
    ['ab/c.ts', ['a'], false],
    ['a/b.ts', ['c', 'a'], true],
    ['a/b.ts', [], false],
  ])('%s lies in %j: %s', (file, paths, expected) => {
    expect(isTouched(file, paths)).toBe(expected);
  });
});

function refusal(findings: Parameters<typeof requireChanges>[0]): OperationError {
  try {
    requireChanges(findings, 'feat/coupon');
  } catch (error) {
    if (error instanceof OperationError) return error;
  }
  throw new Error('it was accepted');
}

describe('a branch that changes nothing', () => {
  it('is refused with what was looked at, the same reason told once', () => {
    const error = refusal([
      { component: 'cart', changed: false, reason: 'no branch feat/coupon in shop.git' },
      { component: 'catalog', changed: false, reason: 'no branch feat/coupon in shop.git' },
      { component: 'mailer', changed: false, reason: 'has no source of its own' },
    ]);
    expect(error.code).toBe('NOTHING_CHANGED');
    expect(error.message).toBe(
      'branch "feat/coupon" changes no component (cart, catalog: no branch feat/coupon in shop.git; mailer: has no source of its own)',
    );
    expect(error.details['lookedAt']).toHaveLength(3);
  });

  it('is told in a message of bounded length', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      component: `c${index}`,
      changed: false,
      reason: `reason ${index}`,
    }));
    expect(refusal(many).message).toMatch(/reason 19; and 10 more\)$/);
    expect(refusal([]).message).toContain('the catalog has no component');
  });

  it('is not one that changes a single component', () => {
    const findings = [
      { component: 'a', changed: false, reason: '' },
      { component: 'b', changed: true, reason: '' },
    ];
    expect(requireChanges(findings, 'feat/coupon')).toEqual(['b']);
  });
});
