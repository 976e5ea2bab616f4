/** Which revision of a component's source an environment uses, and why. */

export const REVISION_RULES = [
  'pin',
  'same-branch',
  'baseline',
  'declared-branch',
  'default-branch',
] as const;
export type RevisionRule = (typeof REVISION_RULES)[number];

export interface Revision {
  readonly repository: string;
  /** Full commit id. */
  readonly sha: string;
  /** The branch it was found on, when it was found by a branch. */
  readonly branch: string | null;
}

/** Component → commit, of those that have a revision. */
export function shasOf(
  components: readonly {
    readonly name: string;
    readonly revision: Pick<Revision, 'sha'> | null;
  }[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    components.flatMap(({ name, revision }) => (revision === null ? [] : [[name, revision.sha]])),
  );
}

/** A candidate that another rule beat, or that did not exist. */
export interface RejectedCandidate {
  readonly rule: RevisionRule;
  readonly why: string;
}

export interface RevisionPick {
  readonly component: string;
  /** Null for components without a source: externals, datastores without migrations of their own. */
  readonly revision: Revision | null;
  readonly rule: RevisionRule | null;
  /** For people: `branch feat/coupon exists in checkout.git`. */
  readonly reason: string;
  readonly rejected: readonly RejectedCandidate[];
}

/** Whether the branch changes a component, and what was looked at to say so. */
export interface ChangeFinding {
  readonly component: string;
  readonly changed: boolean;
  /** For people: `feat/coupon touches services/checkout (2 files)`, `no branch feat/coupon in cart.git`. */
  readonly reason: string;
}
