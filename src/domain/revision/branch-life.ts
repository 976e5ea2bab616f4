import { compareText } from '../diagnostic.ts';

/**
 * The life of one branch in one repository, as successful polls tell it, and what the lives of one
 * branch name in all repositories ask of its environment (design §3.7, "a merge or a closed branch
 * tears down at once").
 *
 * Nothing here follows from one sight alone: a branch fresh from the default branch looks just like a
 * merged one, so only a branch that was once seen ahead can be merged; and one that is missing once
 * may be back at the next poll, so only the second poll counts. A poll that failed is no sight at all.
 */

export interface BranchLife {
  /** Last tip seen. */
  readonly tip: string;
  /** It was once ahead of the default branch. False again once its environment is gone. */
  readonly wasAhead: boolean;
  /** Successful polls in a row in which it was missing; counts no further than `POLLS_UNTIL_DELETED`. */
  readonly missingPolls: number;
  readonly mergedAt: string | null;
  /** Tip of the default branch when it was last seen ahead. */
  readonly base: string | null;
}

/** What one successful poll shows of a branch that is remembered or exists. */
export type BranchSight =
  | {
      readonly kind: 'present';
      readonly tip: string;
      /** The default branch has its commits, or merging them would change nothing. */
      readonly isContained: boolean;
      /** The same of the tip remembered from before; of this one when there is none. */
      readonly wasContained: boolean;
      readonly defaultTip: string | null;
    }
  | {
      readonly kind: 'missing';
      /** The default branch contains the tip remembered. */
      readonly isContained: boolean;
    };

export const POLLS_UNTIL_DELETED = 2;

/** The life after a sight, and the same object when nothing changed. Null stays null when missing. */
export function lifeAfter(
  life: BranchLife | null,
  sight: BranchSight,
  now: string,
): BranchLife | null {
  if (sight.kind === 'present') return lifeSeen(isOver(life) ? null : life, sight, now);
  return life === null ? null : lifeMissed(life, sight.isContained, now);
}

/** A branch that comes back after it was deleted is a new one, whatever its name did before. */
function isOver(life: BranchLife | null): boolean {
  if (life === null || life.missingPolls === 0) return false;
  return life.mergedAt !== null || isDeleted(life);
}

type Present = Extract<BranchSight, { kind: 'present' }>;

function lifeSeen(life: BranchLife | null, sight: Present, now: string): BranchLife {
  if (life?.tip === sight.tip && !isNews(life, sight)) {
    return life.missingPolls === 0 ? life : { ...life, missingPolls: 0 };
  }
  const { tip } = sight;
  if (!sight.isContained) {
    return { tip, wasAhead: true, missingPolls: 0, mergedAt: null, base: sight.defaultTip };
  }
  if (life !== null && isMerged(life, sight)) {
    return { ...life, tip, missingPolls: 0, mergedAt: life.mergedAt ?? now };
  }
  return { tip, base: null, wasAhead: false, missingPolls: 0, mergedAt: null };
}

/** Not when what was ahead is not contained: then somebody set the branch back to the default branch. */
function isMerged(life: BranchLife, sight: Present): boolean {
  return sight.wasContained && (life.wasAhead || life.mergedAt !== null);
}

/**
 * Whether a sight of the same tip changes anything. What was merged stays merged, even when the default
 * branch has moved on so far that a squash no longer shows.
 */
function isNews(life: BranchLife, sight: Present): boolean {
  return life.mergedAt === null && life.wasAhead === sight.isContained;
}

function lifeMissed(life: BranchLife, isContained: boolean, now: string): BranchLife {
  if (isDeleted(life)) return life;
  const mergedNow = life.mergedAt === null && life.wasAhead && isContained;
  return {
    ...life,
    missingPolls: life.missingPolls + 1,
    mergedAt: mergedNow ? now : life.mergedAt,
  };
}

function isDeleted(life: BranchLife): boolean {
  return life.missingPolls >= POLLS_UNTIL_DELETED;
}

/** Merged or deleted: this repository no longer needs the environment. */
export function isGone(life: BranchLife): boolean {
  return life.mergedAt !== null || isDeleted(life);
}

/** Merged, and the environment that it had is gone: remembered only so that nothing starts again. */
export function isSettled(life: BranchLife): boolean {
  return life.mergedAt !== null && !life.wasAhead;
}

/** The life once its environment is gone; null when there is nothing left to remember. */
export function lifeAfterTearDown(life: BranchLife): BranchLife | null {
  if (!isGone(life)) return life;
  return isDeleted(life) ? null : { ...life, wasAhead: false };
}

/** A settled life whose branch is deleted too says nothing any more. */
export function canForget(life: BranchLife): boolean {
  return isSettled(life) && isDeleted(life);
}

export type DesiredEnvironment =
  /** `revision` changes whenever a push or a deletion asks for another deployment. */
  | { readonly desired: 'up'; readonly revision: string }
  | { readonly desired: 'down' }
  /** Neither: nothing was ever ahead, or everything is done. */
  | { readonly desired: 'as-is' };

/**
 * What the lives of one branch name, one a repository, ask for.
 *
 * Up while a repository has it that neither merged nor dropped it, from the moment one was ahead; down
 * once the last one has merged or dropped it.
 */
export function desiredEnvironment(lives: ReadonlyMap<string, BranchLife>): DesiredEnvironment {
  const all = [...lives].filter(([, life]) => !isSettled(life));
  if (all.length === 0) return { desired: 'as-is' };
  if (all.every(([, life]) => isGone(life))) return { desired: 'down' };
  if (!all.some(([, life]) => life.wasAhead)) return { desired: 'as-is' };
  const revision = all
    .filter(([, life]) => life.mergedAt !== null || !isDeleted(life))
    .map(([repository, life]) => `${repository}@${life.tip}`)
    .toSorted(compareText)
    .join('\n');
  return { desired: 'up', revision };
}
