import type { Catalog, Source } from '../../domain/catalog/component.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { RemoteHeads, Repositories } from '../ports/repositories.ts';

/**
 * The revision of each of these components in the baseline: the known one, else the head of the branch
 * it follows. Asks only the repositories of components that are new, each once.
 *
 * @throws {OperationError} `GIT_UNAVAILABLE`, `REVISION_NOT_FOUND`
 */
export async function headsOfBaseline(
  repositories: Repositories,
  { catalog, names }: { readonly catalog: Catalog; readonly names: readonly string[] },
  known: ReadonlyMap<string, Revision>,
): Promise<ReadonlyMap<string, Revision>> {
  const synced = new Map<string, Promise<RemoteHeads>>();
  const revisions = await Promise.all(
    names.map(async (name): Promise<readonly [string, Revision | null]> => {
      const source = catalog.components.get(name)?.source;
      if (source === undefined) return [name, null];
      const present = known.get(name);
      if (present?.repository === source.repository) return [name, present];
      const heads = synced.get(source.repository) ?? repositories.sync(source.repository);
      synced.set(source.repository, heads);
      return [name, followedHead(name, source, await heads)];
    }),
  );
  return new Map(revisions.filter((entry): entry is [string, Revision] => entry[1] !== null));
}

function followedHead(component: string, source: Source, heads: RemoteHeads): Revision {
  const branch = source.branch ?? source.defaultBranch ?? heads.defaultBranch;
  const sha = branch === null ? undefined : heads.branches.get(branch);
  if (branch === null || sha === undefined) {
    throw new OperationError(
      'REVISION_NOT_FOUND',
      `"${component}" follows branch "${branch ?? 'HEAD'}", which "${source.repository}" does not have`,
    );
  }
  return { repository: source.repository, sha, branch };
}
