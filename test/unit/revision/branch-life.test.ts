import { describe, expect, it } from 'vitest';
import {
  canForget,
  desiredEnvironment,
  isGone,
  isSettled,
  lifeAfter,
  lifeAfterTearDown,
  type BranchLife,
  type BranchSight,
} from '../../../src/domain/revision/branch-life.ts';

const NOW = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';
const MISSING: BranchSight = { kind: 'missing', isContained: false };
const MISSING_MERGED: BranchSight = { kind: 'missing', isContained: true };

function ahead(tip: string): BranchSight {
  return { kind: 'present', tip, isContained: false, wasContained: false, defaultTip: 'd1' };
}

function contained(tip: string, wasContained = true): BranchSight {
  return { kind: 'present', tip, isContained: true, wasContained, defaultTip: 'd2' };
}

function live(...sights: readonly BranchSight[]): BranchLife | null {
  return sights.reduce<BranchLife | null>((life, sight) => lifeAfter(life, sight, NOW), null);
}

function known(...sights: readonly BranchSight[]): BranchLife {
  const life = live(...sights);
  if (life === null) throw new Error('nothing was ever seen');
  return life;
}

describe('the life of a branch', () => {
  it('begins ahead when it has commits of its own, and remembers where they begin', () => {
    expect(live(ahead('a'))).toEqual({
      tip: 'a',
      wasAhead: true,
      missingPolls: 0,
      mergedAt: null,
      base: 'd1',
    });
  });

  it('is neither merged nor deleted while it is fresh from the default branch', () => {
    const life = known(contained('a'), contained('a'), contained('b'));
    expect(life).toMatchObject({ tip: 'b', wasAhead: false, mergedAt: null });
    expect(isGone(life)).toBe(false);
  });

  it('stays the same object while nothing changes, so that nothing is written', () => {
    const first = live(ahead('a'));
    expect(lifeAfter(first, ahead('a'), LATER)).toBe(first);
    const fresh = live(contained('a'));
    expect(lifeAfter(fresh, contained('a'), LATER)).toBe(fresh);
  });

  it('is merged once what was ahead is contained, at the moment that was first seen', () => {
    const merged = known(ahead('a'), contained('a'));
    expect(merged).toMatchObject({ mergedAt: NOW, wasAhead: true });
    expect(lifeAfter(merged, contained('a'), LATER)).toMatchObject({ mergedAt: NOW });
  });

  it('is merged with a last commit that nobody saw before the merge', () => {
    expect(known(ahead('a'), contained('b'))).toMatchObject({ tip: 'b', mergedAt: NOW });
  });

  it('is fresh again when somebody sets it back to the default branch', () => {
    const life = known(ahead('a'), contained('b', false));
    expect(life).toMatchObject({ tip: 'b', wasAhead: false, mergedAt: null });
  });

  it('stays merged when the default branch moves on so far that a squash no longer shows', () => {
    expect(known(ahead('a'), contained('a'), ahead('a')).mergedAt).toBe(NOW);
  });

  it('goes on when commits are pushed after its merge', () => {
    const life = known(ahead('a'), contained('a'), ahead('b'));
    expect(life).toMatchObject({ tip: 'b', wasAhead: true, mergedAt: null });
    expect(isGone(life)).toBe(false);
  });

  it('is deleted only when it is missing twice in a row', () => {
    const once = known(ahead('a'), MISSING);
    expect(isGone(once)).toBe(false);
    expect(isGone(known(ahead('a'), MISSING, MISSING))).toBe(true);
    expect(isGone(known(ahead('a'), MISSING, ahead('a'), MISSING))).toBe(false);
  });

  it('counts no further than it must', () => {
    const deleted = live(ahead('a'), MISSING, MISSING);
    expect(lifeAfter(deleted, MISSING, LATER)).toBe(deleted);
  });

  it('is merged when it is missing and its last tip is contained', () => {
    expect(known(ahead('a'), MISSING_MERGED)).toMatchObject({ mergedAt: NOW, missingPolls: 1 });
    expect(known(contained('a'), MISSING_MERGED).mergedAt).toBeNull();
  });

  it('is a new life when it comes back after it was deleted', () => {
    const back = known(ahead('a'), MISSING, MISSING, contained('b'));
    expect(back).toMatchObject({ tip: 'b', wasAhead: false, missingPolls: 0 });
    const mergedThenBack = known(ahead('a'), contained('a'), MISSING, contained('a'));
    expect(mergedThenBack).toMatchObject({ wasAhead: false, mergedAt: null, missingPolls: 0 });
  });

  it('does not begin with a branch that is missing', () => {
    expect(lifeAfter(null, MISSING, NOW)).toBeNull();
  });
});

describe('a life whose environment is gone', () => {
  it('is forgotten when its branch is deleted', () => {
    expect(lifeAfterTearDown(known(ahead('a'), MISSING, MISSING))).toBeNull();
  });

  it('is left alone when the branch came back meanwhile', () => {
    const life = known(ahead('a'));
    expect(lifeAfterTearDown(life)).toBe(life);
  });

  it('is remembered as merged while its branch is still there, so that nothing starts again', () => {
    const settled = lifeAfterTearDown(known(ahead('a'), contained('a')));
    expect(settled).toMatchObject({ mergedAt: NOW, wasAhead: false });
    expect(lifeAfter(settled, ahead('a'), LATER)).toBe(settled);
    expect(lifeAfter(settled, contained('b'), LATER)).toMatchObject({ tip: 'b', mergedAt: NOW, wasAhead: false }); // prettier-ignore
    expect(lifeAfter(settled, ahead('b'), LATER)).toMatchObject({ wasAhead: true, mergedAt: null });
  });

  it('can be forgotten once its branch is deleted too', () => {
    const settled = lifeAfterTearDown(known(ahead('a'), contained('a')));
    const once = lifeAfter(settled, MISSING_MERGED, LATER);
    const twice = lifeAfter(once, MISSING_MERGED, LATER);
    expect([settled, once, twice].map((life) => life !== null && canForget(life))).toEqual([
      false,
      false,
      true,
    ]);
    expect(canForget(known(ahead('a'), MISSING, MISSING))).toBe(false);
  });
});

function wish(...lives: readonly BranchLife[]): string {
  return desiredEnvironment(new Map(lives.map((life, index) => [`r${index}`, life]))).desired;
}

function desired(lives: Readonly<Record<string, BranchLife>>): unknown {
  return desiredEnvironment(new Map(Object.entries(lives)));
}

describe('the environment that a branch asks for', () => {
  const ALIVE = known(ahead('a'));
  const FRESH = known(contained('f'));
  const MERGED = known(ahead('m'), contained('m'));
  const DELETED = known(ahead('x'), MISSING, MISSING);
  const SETTLED = { ...MERGED, wasAhead: false };

  it.each([
    ['nothing is remembered', [], 'as-is'],
    ['it is ahead somewhere', [ALIVE], 'up'],
    ['it was never ahead', [FRESH, FRESH], 'as-is'],
    ['one merged and another has it still', [MERGED, ALIVE], 'up'],
    ['one merged and another has it fresh', [MERGED, FRESH], 'up'],
    ['one dropped it and another has it still', [DELETED, ALIVE], 'up'],
    ['the last one merged', [MERGED, DELETED], 'down'],
    ['the only one merged', [MERGED], 'down'],
    ['it was deleted without ever being ahead', [known(contained('f'), MISSING, MISSING)], 'down'],
    ['all of it is done already', [SETTLED], 'as-is'],
    ['it starts again beside a settled one', [SETTLED, ALIVE], 'up'],
    ['it is fresh beside a settled one', [SETTLED, FRESH], 'as-is'],
  ])('when %s', (_, lives, expected) => {
    expect(wish(...lives)).toBe(expected);
  });

  it('is another deployment after a push and after a deletion, not after a merge', () => {
    const before = desired({ a: ALIVE, b: known(ahead('m')) });
    expect(desired({ a: ALIVE, b: MERGED })).toEqual(before);
    expect(desired({ b: MERGED, a: ALIVE })).toEqual(before);
    expect(desired({ a: ALIVE, b: known(ahead('m'), MISSING_MERGED, MISSING) })).toEqual(before);
    expect(desired({ a: known(ahead('a2')), b: MERGED })).not.toEqual(before);
    expect(desired({ a: ALIVE, b: known(ahead('m'), MISSING, MISSING) })).not.toEqual(before);
  });

  it('tells settled lives from those that still wait', () => {
    expect(isSettled(SETTLED)).toBe(true);
    expect(isSettled(MERGED)).toBe(false);
  });
});
