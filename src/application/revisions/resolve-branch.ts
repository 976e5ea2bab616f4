import { findChanges, requireChanges } from '../../domain/revision/change.ts';
import { pickRevisions } from '../../domain/revision/resolve.ts';
import type { ChangeFinding, RevisionPick } from '../../domain/revision/revision.ts';
import { gatherFacts, type GatherRequest } from './gather.ts';

export interface ResolvedBranch {
  /** One a component, changed or not, by name. */
  readonly findings: readonly ChangeFinding[];
  /** One a component, by name. Frozen: whoever acts on it later asks Git for these commits and no other. */
  readonly picks: readonly RevisionPick[];
  /** Names of the changed components; never empty. */
  readonly changed: readonly string[];
}

/**
 * From a branch name to what it changes and the one revision of every component.
 *
 * @throws {OperationError} `NOTHING_CHANGED`, and whatever `gatherFacts` throws.
 */
export async function resolveBranch(
  request: GatherRequest & { readonly branch: string },
): Promise<ResolvedBranch> {
  const facts = await gatherFacts(request);
  const findings = findChanges(facts);
  const changed = requireChanges(findings, request.branch);
  return { findings, picks: pickRevisions(facts), changed };
}
