import type { Catalog, Source } from '../../domain/catalog/component.ts';
import { compareText } from '../../domain/diagnostic.ts';

/** A repository whose branches are followed. */
export interface FollowedRepository {
  readonly repository: string;
  /** As the catalog says; null: what the remote's HEAD names. */
  readonly defaultBranch: string | null;
  /** Branches that components follow by declaration. They are there to stay and get no environment. */
  readonly longLived: readonly string[];
}

/** The repositories of a catalog, each once, by name. */
export function followedRepositories(catalog: Catalog): readonly FollowedRepository[] {
  const sources = [...catalog.components.values()]
    .map(({ source }) => source)
    .filter((source): source is Source => source !== undefined);
  return [...Map.groupBy(sources, ({ repository }) => repository)]
    .map(([repository, members]) => ({
      repository,
      defaultBranch: members.find((member) => member.defaultBranch)?.defaultBranch ?? null,
      longLived: members.flatMap(({ branch, defaultBranch }) =>
        [branch, defaultBranch].filter(isName),
      ),
    }))
    .toSorted((a, b) => compareText(a.repository, b.repository));
}

function isName(name: string | undefined): name is string {
  return name !== undefined;
}
