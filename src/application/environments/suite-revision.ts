import type { TestSuite } from '../../domain/catalog/component.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { EnvironmentSpec } from '../ports/environment-store.ts';
import type { Repositories } from '../ports/repositories.ts';

/**
 * Which revision of its own source a test suite runs at: the environment's branch where the repository
 * has it, else the branch the suite declares, else the default one. Tests grow on feature branches too.
 *
 * @throws {OperationError} `GIT_UNAVAILABLE`, `REVISION_NOT_FOUND`
 */
export async function revisionOfSuite(
  ports: { readonly repositories: Repositories },
  suite: TestSuite,
  spec: Pick<EnvironmentSpec, 'branch'>,
): Promise<Revision | null> {
  if (suite.source === undefined) return null;
  const { repository, branch: declared, defaultBranch } = suite.source;
  const heads = await ports.repositories.sync(repository);
  for (const branch of [spec.branch, declared, defaultBranch ?? heads.defaultBranch]) {
    const sha = branch === undefined || branch === null ? undefined : heads.branches.get(branch);
    if (sha !== undefined && branch !== null && branch !== undefined)
      return { repository, sha, branch };
  }
  throw new OperationError(
    'REVISION_NOT_FOUND',
    `"${repository}" has neither "${spec.branch}" nor a default branch for test suite "${suite.name}"`,
  );
}
