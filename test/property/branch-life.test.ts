import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  desiredEnvironment,
  isGone,
  lifeAfter,
  lifeAfterTearDown,
  type BranchLife,
  type BranchSight,
} from '../../src/domain/revision/branch-life.ts';

const NOW = '2026-01-01T00:00:00.000Z';

const sights: fc.Arbitrary<BranchSight> = fc.oneof(
  fc.record({
    kind: fc.constant('present' as const),
    tip: fc.constantFrom('a', 'b', 'c'),
    isContained: fc.boolean(),
    wasContained: fc.boolean(),
    defaultTip: fc.constant('d'),
  }),
  fc.record({ kind: fc.constant('missing' as const), isContained: fc.boolean() }),
);

function live(history: readonly BranchSight[]): BranchLife | null {
  return history.reduce<BranchLife | null>((life, sight) => lifeAfter(life, sight, NOW), null);
}

describe('the life of a branch, whatever is seen of it', () => {
  it('ends only by a merge after it was ahead, or by two misses in a row', () => {
    fc.assert(
      fc.property(fc.array(sights, { maxLength: 12 }), (history) => {
        const life = live(history);
        if (life === null || !isGone(life)) return;
        const isMissedTwice = history.slice(-2).every(({ kind }) => kind === 'missing');
        const firstAhead = history.findIndex(
          (sight) => sight.kind === 'present' && !sight.isContained,
        );
        const isMergedAfter =
          firstAhead >= 0 && history.slice(firstAhead + 1).some(({ isContained }) => isContained);
        expect(isMissedTwice || isMergedAfter).toBe(true);
      }),
    );
  });

  it('settles: the same sight again changes nothing, once a missing one was counted', () => {
    fc.assert(
      fc.property(fc.array(sights, { maxLength: 8 }), sights, (history, last) => {
        // What Git says of one tip and one default branch is one answer.
        const sight = last.kind === 'present' ? { ...last, wasContained: last.isContained } : last;
        const once = lifeAfter(lifeAfter(live(history), sight, NOW), sight, NOW);
        expect(lifeAfter(once, sight, 'later')).toBe(once);
      }),
    );
  });

  it('asks for nothing more once its environment is gone', () => {
    fc.assert(
      fc.property(fc.array(sights, { maxLength: 12 }), (history) => {
        const life = live(history);
        if (life === null || desiredEnvironment(new Map([['r', life]])).desired !== 'down') return;
        const after = lifeAfterTearDown(life);
        const lives = new Map(after === null ? [] : [['r', after]]);
        expect(desiredEnvironment(lives).desired).toBe('as-is');
      }),
    );
  });
});
