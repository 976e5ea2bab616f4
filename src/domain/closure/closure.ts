/** What runs inside an environment and what it uses from the baseline (design §5). Types; the rule is beside it. */

export type ClosureIsolation = 'path' | 'full';

/** Why a component is inside. Where several apply, the first of this list is the role. */
export type Role = 'changed' | 'path' | 'dependency' | 'datastore' | 'job' | 'consumer';

export interface ClosureMember {
  readonly name: string;
  readonly role: Role;
  /** For people: `on the path gateway → cart → checkout`, `datastore of checkout`. */
  readonly reason: string;
  /** Component names along the walk that proves the reason; just the component itself for a change. */
  readonly witness: readonly string[];
}

export interface BoundaryMember {
  readonly name: string;
  /** Components inside that use it, by name. */
  readonly usedBy: readonly string[];
}

export interface ClosureWarning {
  readonly code: 'PATH_THROUGH_SHARED' | 'DATA_SPLIT' | 'OPTIONAL_DEPENDENCY_MISSING';
  readonly component: string;
  readonly message: string;
  readonly witness: readonly string[];
}

export interface ClosureRequest {
  /** Names of the changed components: by branch or by pin. */
  readonly changed: readonly string[];
  /** Replaces the exposed services as entries when not empty. */
  readonly entries: readonly string[];
  /** Taken in as if changed, but keeping the baseline's revision. */
  readonly include: readonly string[];
  readonly isolation: ClosureIsolation;
}

/** Every list is sorted by name, so equal input gives byte-equal output. */
export interface Closure {
  readonly isolation: ClosureIsolation;
  readonly members: readonly ClosureMember[];
  readonly boundary: readonly BoundaryMember[];
  readonly warnings: readonly ClosureWarning[];
}
