import type { Revision } from './revision.ts';

/** What was found in the repositories, once, for one operation. The rules read nothing else. */

/** A branch by name, and its tip; null when the repository does not have it. */
export interface Head {
  readonly name: string;
  readonly sha: string | null;
}

/**
 * Where the branch of the environment stands in the repository of one component.
 *
 * - `ahead`: it has commits that its default branch does not have, in content too.
 * - `merged`: it was once ahead and the default branch now contains it.
 * - `fresh`: it exists and was never ahead.
 * - `deleted`: it was once ahead, does not exist any more and was not merged.
 */
export interface BranchFacts {
  readonly state: 'ahead' | 'merged' | 'fresh' | 'deleted';
  /** Its tip, or the last one seen. */
  readonly tip: string;
  /** The repository still has it. */
  readonly exists: boolean;
  /** Paths its own commits differ in; null when there is nothing to compare with: all of them. */
  readonly touched: readonly string[] | null;
  /** What the baseline runs of the component contains it. */
  readonly isInBaseline: boolean;
}

export interface ComponentFacts {
  readonly component: string;
  /** Null for components without a source. */
  readonly source: { readonly repository: string; readonly paths: readonly string[] } | null;
  readonly pin: { readonly requested: string; readonly revision: Revision } | null;
  /** Null when the repository does not have the branch and nobody remembers that it did. */
  readonly branch: BranchFacts | null;
  /** What the baseline runs now; null when it does not run the component, or nobody knows. */
  readonly baseline: Revision | null;
  readonly declaredBranch: Head | null;
  /** Null when the repository is empty or names none. */
  readonly defaultBranch: Head | null;
}

export interface RevisionFacts {
  /** Null for the baseline itself, which belongs to no branch. */
  readonly branch: string | null;
  /** `head`: unchanged components run the newest revision, not the one of the baseline. */
  readonly unchanged: 'baseline' | 'head';
  /** Sorted by name. */
  readonly components: readonly ComponentFacts[];
}
