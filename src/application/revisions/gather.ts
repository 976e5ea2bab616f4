import type { Catalog, Component, Source } from '../../domain/catalog/component.ts';
import { compareText } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import type { ComponentFacts, Head, RevisionFacts } from '../../domain/revision/facts.ts';
import { isRefName } from '../../domain/revision/ref-name.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type {
  BranchMemories,
  BranchMemory,
  RemoteHeads,
  Repositories,
} from '../ports/repositories.ts';
import { allReached } from './all-reached.ts';
import { BranchStanding } from './branch-standing.ts';
import { settleInParallel } from './in-parallel.ts';
import { sourcedPins, type Pins } from './pins.ts';

/**
 * What the rules of `domain/revision` need to know, asked from Git in one go and frozen.
 *
 * Asks for no more than it must: one `ls-remote` per repository of the catalog; a mirror only where the
 * branch exists, is remembered, or a pin names something that is no branch. A branch seen ahead of its
 * default branch is remembered, so that after its merge it still counts until the baseline has it.
 */

export interface GatherRequest {
  readonly repositories: Repositories;
  readonly memories: BranchMemories;
  readonly catalog: Catalog;
  /** Null: the baseline itself. */
  readonly branch: string | null;
  /** Component → branch, tag or commit. */
  readonly pins: Pins;
  /** What the baseline runs now, by component. */
  readonly baselineRevisions: ReadonlyMap<string, Revision>;
  readonly unchanged: 'baseline' | 'head';
  /** Repositories asked at once. */
  readonly concurrency?: number;
}

/** Sixteen connections are what forges and a laptop bear without trouble. */
export const CONCURRENCY_DEFAULT = 16;

type SourcedComponent = Component & { readonly source: Source };

/**
 * @throws {OperationError} `BRANCH_INVALID`; `CATALOG_UNKNOWN_COMPONENT`, `REPOSITORY_MISSING` or
 * `REVISION_NOT_FOUND` for pins; `GIT_UNAVAILABLE` with every repository that could not be reached.
 */
export async function gatherFacts(request: GatherRequest): Promise<RevisionFacts> {
  const { branch, catalog, unchanged } = request;
  if (branch !== null && !isRefName(branch)) {
    throw new OperationError('BRANCH_INVALID', `"${branch}" is not the name of a branch`);
  }
  const pins = sourcedPins(catalog, request.pins);
  const components = [...catalog.components.values()].toSorted((a, b) =>
    compareText(a.name, b.name),
  );
  const byRepository = Map.groupBy(components.filter(hasSource), ({ source }) => source.repository);
  const gathered = await settleInParallel(
    [...byRepository],
    request.concurrency ?? CONCURRENCY_DEFAULT,
    ([repository, members]) => new RepositoryFacts(request, repository, pins).gather(members),
  );
  const facts = new Map(allReached(gathered).flat());
  return {
    branch,
    unchanged,
    components: components.map(({ name }) => facts.get(name) ?? withoutSource(name)),
  };
}

function hasSource(component: Component): component is SourcedComponent {
  return component.source !== undefined;
}

function withoutSource(component: string): ComponentFacts {
  return {
    component,
    source: null,
    pin: null,
    branch: null,
    baseline: null,
    declaredBranch: null,
    defaultBranch: null,
  };
}

/** Everything about the components of one repository. */
class RepositoryFacts {
  readonly #request: GatherRequest;
  readonly #repository: string;
  readonly #pins: ReadonlyMap<string, string>;

  constructor(request: GatherRequest, repository: string, pins: ReadonlyMap<string, string>) {
    this.#request = request;
    this.#repository = repository;
    this.#pins = pins;
  }

  async gather(
    components: readonly SourcedComponent[],
  ): Promise<readonly (readonly [string, ComponentFacts])[]> {
    const { repositories, branch } = this.#request;
    const asked = await repositories.heads(this.#repository);
    const memory = branch === null ? null : await this.#memoryOf(branch);
    const standing = (heads: RemoteHeads): BranchStanding | null =>
      branch === null
        ? null
        : BranchStanding.of(repositories, { repository: this.#repository, branch, heads, memory });
    const needsMirror = standing(asked) !== null || this.#needsMirrorForPins(components, asked);
    const heads = needsMirror ? await repositories.sync(this.#repository) : asked;
    const facts = await this.#factsOf(components, heads, standing(heads));
    if (branch !== null) await this.#remember(branch, facts);
    return facts;
  }

  async #memoryOf(branch: string): Promise<BranchMemory | null> {
    const known = await this.#request.memories.branches(this.#repository);
    return known.find((memory) => memory.branch === branch) ?? null;
  }

  #needsMirrorForPins(components: readonly SourcedComponent[], heads: RemoteHeads): boolean {
    return components.some(({ name }) => {
      const pin = this.#pins.get(name);
      return pin !== undefined && !heads.branches.has(pin);
    });
  }

  async #factsOf(
    components: readonly SourcedComponent[],
    heads: RemoteHeads,
    standing: BranchStanding | null,
  ): Promise<readonly (readonly [string, ComponentFacts])[]> {
    const found = await settleInParallel(components, 4, async (component) => {
      const { name, source } = component;
      const known = await this.#headsOf(component, heads);
      const base = known.defaultBranch?.sha ?? null;
      const branch = standing === null ? null : await standing.facts(base, baselineSha(known));
      const { repository, paths } = source;
      const facts: ComponentFacts = {
        component: name,
        source: { repository, paths },
        branch,
        ...known,
      };
      return [name, facts] as const;
    });
    return allReached(found);
  }

  async #headsOf({ name, source }: SourcedComponent, heads: RemoteHeads): Promise<KnownRevisions> {
    return {
      pin: await this.#pinOf(name, heads),
      baseline: this.#request.baselineRevisions.get(name) ?? null,
      declaredBranch: headOf(heads, source.branch ?? null),
      defaultBranch: headOf(heads, source.defaultBranch ?? heads.defaultBranch),
    };
  }

  async #pinOf(component: string, heads: RemoteHeads): Promise<ComponentFacts['pin']> {
    const requested = this.#pins.get(component);
    if (requested === undefined) return null;
    const repository = this.#repository;
    const head = heads.branches.get(requested);
    const sha = head ?? (await this.#request.repositories.resolve(repository, requested));
    if (sha === null) {
      throw new OperationError(
        'REVISION_NOT_FOUND',
        `"${component}" is pinned to "${requested}", which its repository does not have`,
        { details: { component, pin: requested } },
      );
    }
    const branch = head === undefined ? null : requested;
    return { requested, revision: { repository, sha, branch } };
  }

  /** Only what is ahead: whether a branch is merged or deleted, the follower finds out by itself. */
  async #remember(
    branch: string,
    facts: Iterable<readonly [string, ComponentFacts]>,
  ): Promise<void> {
    for (const [, { branch: standing, defaultBranch }] of facts) {
      if (standing?.state !== 'ahead') continue;
      const known = await this.#memoryOf(branch);
      if (known?.tip === standing.tip && known.wasAhead) return;
      await this.#request.memories.rememberBranch({
        repository: this.#repository,
        branch,
        tip: standing.tip,
        wasAhead: true,
        missingPolls: 0,
        mergedAt: null,
        base: defaultBranch?.sha ?? null,
      });
      return;
    }
  }
}

type KnownRevisions = Pick<ComponentFacts, 'pin' | 'baseline' | 'declaredBranch' | 'defaultBranch'>;

/** What the baseline runs of the component, or would run if it ran it. */
function baselineSha({ baseline, declaredBranch, defaultBranch }: KnownRevisions): string | null {
  return baseline?.sha ?? declaredBranch?.sha ?? defaultBranch?.sha ?? null;
}

function headOf(heads: RemoteHeads, name: string | null): Head | null {
  return name === null ? null : { name, sha: heads.branches.get(name) ?? null };
}
