import { beforeEach, describe, expect, it } from 'vitest';
import type { BranchMemories, BranchMemory } from '../../src/application/ports/repositories.ts';

const MEMORY: BranchMemory = {
  repository: 'https://git.example/shop.git',
  branch: 'feat/coupon',
  tip: 'a'.repeat(40),
  base: 'b'.repeat(40),
  wasAhead: true,
  missingPolls: 0,
  mergedAt: null,
};

/** What every keeper of branch memories does; run on each of them. */
export function describeBranchMemories(name: string, open: () => BranchMemories): void {
  describe(`${name} as the memory of branches`, () => {
    let memories: BranchMemories;

    beforeEach(() => {
      memories = open();
    });

    it('knows nothing of a repository it was never told of', async () => {
      expect(await memories.branches(MEMORY.repository)).toEqual([]);
    });

    it('remembers the last thing it was told of a branch', async () => {
      await memories.rememberBranch(MEMORY);
      const later = {
        ...MEMORY,
        tip: 'b'.repeat(40),
        missingPolls: 1,
        mergedAt: '2026-01-01T00:00:00.000Z',
      };
      await memories.rememberBranch(later);
      expect(await memories.branches(MEMORY.repository)).toMatchObject([later]);
    });

    it('keeps branches of one name in two repositories apart', async () => {
      await memories.rememberBranch(MEMORY);
      await memories.rememberBranch({ ...MEMORY, repository: 'cart.git', wasAhead: false });
      await memories.forgetBranch('cart.git', MEMORY.branch);
      expect(await memories.branches('cart.git')).toEqual([]);
      expect(await memories.branches(MEMORY.repository)).toMatchObject([MEMORY]);
    });

    it('takes forgetting what it never knew for done', async () => {
      await memories.forgetBranch('cart.git', 'feat/never');
      expect(await memories.branches('cart.git')).toEqual([]);
    });
  });
}
