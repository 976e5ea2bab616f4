import { OperationError } from '../../domain/errors.ts';
import type { BranchFacts } from '../../domain/revision/facts.ts';
import type { BranchMemory, RemoteHeads, Repositories } from '../ports/repositories.ts';
import { isContained } from './containment.ts';

/** Where one branch stands in one repository. Asks each question of Git once, however many components share it. */
export class BranchStanding {
  readonly #repositories: Repositories;
  readonly #repository: string;
  readonly #tip: string;
  readonly #exists: boolean;
  readonly #memory: BranchMemory | null;
  readonly #changes = new Map<string, Promise<readonly string[] | null>>();
  readonly #containments = new Map<string, Promise<boolean>>();

  private constructor(repositories: Repositories, place: Place, tip: string, exists: boolean) {
    this.#repositories = repositories;
    this.#repository = place.repository;
    this.#tip = tip;
    this.#exists = exists;
    this.#memory = place.memory;
  }

  /** Null when the repository does not have the branch, and was never seen to have it ahead. */
  static of(repositories: Repositories, place: Place): BranchStanding | null {
    const { heads, branch, memory } = place;
    const tip = heads.branches.get(branch);
    if (tip !== undefined) return new BranchStanding(repositories, place, tip, true);
    if (memory === null || !wasEverAhead(memory)) return null;
    return new BranchStanding(repositories, place, memory.tip, false);
  }

  get tip(): string {
    return this.#tip;
  }

  /**
   * As one component sees it, whose default branch and whose revision in the baseline may be its own.
   *
   * @param baseline - What the baseline runs, or would run if it ran the component.
   */
  async facts(base: string | null, baseline: string | null): Promise<BranchFacts> {
    const state = await this.#state(base);
    return {
      state,
      tip: this.#tip,
      exists: this.#exists,
      touched: await this.#touched(state, base, baseline),
      isInBaseline: state === 'merged' && baseline !== null && (await this.#isIn(baseline)),
    };
  }

  async #state(base: string | null): Promise<BranchFacts['state']> {
    if (this.#isRememberedAsMerged()) return 'merged';
    const isMerged = base !== null && (await this.#isIn(base));
    if (!isMerged) return this.#exists ? 'ahead' : 'deleted';
    return (await this.#hasBeenAhead(base)) ? 'merged' : 'fresh';
  }

  #isRememberedAsMerged(): boolean {
    return (
      this.#memory !== null && this.#memory.mergedAt !== null && this.#memory.tip === this.#tip
    );
  }

  /** Commits that the default branch has only in content, by squash or rebase, speak for themselves. */
  async #hasBeenAhead(base: string): Promise<boolean> {
    const memory = this.#memory;
    if (memory !== null && wasEverAhead(memory) && (await this.#wasIn(memory.tip, base)))
      return true;
    return (await this.#changedSince(base))?.length !== 0;
  }

  async #touched(
    state: BranchFacts['state'],
    base: string | null,
    baseline: string | null,
  ): Promise<readonly string[] | null> {
    if (state === 'fresh' || state === 'deleted') return [];
    if (base === null) return null;
    if (state === 'ahead') return await this.#changedSince(base);
    // After a real merge the tip is its own fork point: compare with what the default branch was, or the baseline is.
    for (const before of [base, this.#memory?.base, baseline]) {
      const own = typeof before === 'string' ? await this.#changedSince(before) : [];
      if (own === null || own.length > 0) return own;
    }
    return [];
  }

  /** Null when nobody has the base any more, so that nothing can be ruled out. */
  #changedSince(base: string): Promise<readonly string[] | null> {
    return once(this.#changes, base, async () => {
      try {
        return await this.#repositories.changedPaths(this.#repository, base, this.#tip);
      } catch (error) {
        if (error instanceof OperationError && error.code === 'REVISION_NOT_FOUND') return null;
        throw error;
      }
    });
  }

  #isIn(into: string): Promise<boolean> {
    return this.#wasIn(this.#tip, into);
  }

  #wasIn(tip: string, into: string): Promise<boolean> {
    return once(this.#containments, `${tip} ${into}`, () =>
      isContained(this.#repositories, { repository: this.#repository, tip, into }),
    );
  }
}

function once<Answer>(
  answers: Map<string, Promise<Answer>>,
  question: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const answer = answers.get(question) ?? ask();
  answers.set(question, answer);
  return answer;
}

interface Place {
  readonly repository: string;
  readonly branch: string;
  readonly heads: RemoteHeads;
  readonly memory: BranchMemory | null;
}

/** Also when its environment is gone, and with it `wasAhead`. */
function wasEverAhead(memory: BranchMemory): boolean {
  return memory.wasAhead || memory.mergedAt !== null;
}
