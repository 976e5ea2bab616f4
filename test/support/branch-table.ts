import { createHash } from 'node:crypto';
import type { RemoteHeads, Repositories } from '../../src/application/ports/repositories.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { OperationError } from '../../src/domain/errors.ts';

/** Branch → repository → paths that it touches there. */
export type Branches = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Repositories as a table of branches, each of which has a `main`. Every branch is ahead of it and not merged.
 *
 * Its lies: history is one commit deep, and a merge never changes nothing.
 */
export class BranchTable implements Repositories {
  /** Repositories that were fetched, in order. */
  readonly synced: string[] = [];
  /** Every question is answered by this error. */
  failure: ErrorCode | null = null;
  readonly #branches: Branches;
  readonly #pushes = new Map<string, number>();

  constructor(branches: Branches = {}) {
    this.#branches = branches;
  }

  /** A new commit on a branch. */
  push(repository: string, branch: string): void {
    const key = `${repository} ${branch}`;
    this.#pushes.set(key, (this.#pushes.get(key) ?? 0) + 1);
  }

  sha(repository: string, branch: string): string {
    const key = `${repository} ${branch}`;
    const push = this.#pushes.get(key);
    const commit = push === undefined ? key : `${key} ${push}`;
    return createHash('sha1').update(commit).digest('hex');
  }

  async heads(repository: string): Promise<RemoteHeads> {
    if (this.failure !== null) throw new OperationError(this.failure, `"${repository}" is away`);
    return { defaultBranch: 'main', branches: this.#branchesOf(repository) };
  }

  async sync(repository: string): Promise<RemoteHeads> {
    this.synced.push(repository);
    return await this.heads(repository);
  }

  async resolve(repository: string, ref: string): Promise<string | null> {
    const branch = this.#branchOf(repository, ref);
    return branch === undefined ? null : this.sha(repository, branch);
  }

  async isAncestor(repository: string, ancestor: string, descendant: string): Promise<boolean> {
    return ancestor === descendant || ancestor === this.sha(repository, 'main');
  }

  async changedPaths(repository: string, _: string, tip: string): Promise<readonly string[]> {
    return this.#branches[this.#branchOf(repository, tip) ?? '']?.[repository] ?? [];
  }

  async mergeChangesNothing(): Promise<boolean> {
    return false;
  }

  #branchesOf(repository: string): ReadonlyMap<string, string> {
    const names = Object.keys(this.#branches).filter((name) => this.#branches[name]?.[repository]);
    return new Map(['main', ...names].map((branch) => [branch, this.sha(repository, branch)]));
  }

  #branchOf(repository: string, ref: string): string | undefined {
    return [...this.#branchesOf(repository)].find(
      ([name, sha]) => name === ref || sha === ref,
    )?.[0];
  }
}
