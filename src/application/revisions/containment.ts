import { OperationError } from '../../domain/errors.ts';
import type { Repositories } from '../ports/repositories.ts';

/**
 * Whether a revision has all that a tip brings: it is a descendant, or merging the tip would change
 * nothing, as after a squash or a rebase. A tip nobody has any more counts as not contained.
 */
export async function isContained(
  repositories: Repositories,
  place: { readonly repository: string; readonly tip: string; readonly into: string },
): Promise<boolean> {
  const { repository, tip, into } = place;
  if (tip === into) return true;
  try {
    return (
      (await repositories.isAncestor(repository, tip, into)) ||
      (await repositories.mergeChangesNothing(repository, tip, into))
    );
  } catch (error) {
    if (error instanceof OperationError && error.code === 'REVISION_NOT_FOUND') return false;
    throw error;
  }
}
