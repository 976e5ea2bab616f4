import type { RemoteHeads, Repositories } from '../../application/ports/repositories.ts';
import { OperationError } from '../../domain/errors.ts';
import { isRefName } from '../../domain/revision/ref-name.ts';
import { addressOf, type Address } from './address.ts';
import { failed, noSuchRevision } from './git-errors.ts';
import type { GitAnswer } from './git-process.ts';
import type { Heads } from './heads.ts';
import type { Mirrors } from './mirrors.ts';

/** A commit id, or at least seven digits of one. */
const COMMIT_ID = /^[0-9a-f]{7,64}$/;
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
/** What Git says of an option it does not know. */
const EXIT_USAGE = 129;

/** Git's answers to the questions of the use cases. Decides by exit codes, never by what Git writes. */
export class GitRepositories implements Repositories {
  readonly #heads: Heads;
  readonly #mirrors: Mirrors;
  readonly #folder: string;

  constructor(heads: Heads, mirrors: Mirrors, folder: string) {
    this.#heads = heads;
    this.#mirrors = mirrors;
    this.#folder = folder;
  }

  async heads(repository: string): Promise<RemoteHeads> {
    return await this.#heads.ask(this.#address(repository));
  }

  async sync(repository: string): Promise<RemoteHeads> {
    const address = this.#address(repository);
    const branches = await this.#mirrors.fetch(address);
    return { defaultBranch: await this.#heads.defaultBranch(address), branches };
  }

  async resolve(repository: string, ref: string): Promise<string | null> {
    const address = this.#address(repository);
    if (!this.#mirrors.exists(address) || !isRefName(ref)) return null;
    const names = [`refs/heads/${ref}`, `refs/tags/${ref}`];
    if (COMMIT_ID.test(ref)) names.push(ref);
    for (const name of names) {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
      const answer = await this.#mirrors.run(address, { args });
      if (answer.exitCode === 0) return answer.stdout.trim();
    }
    return null;
  }

  async isAncestor(repository: string, ancestor: string, descendant: string): Promise<boolean> {
    const address = this.#address(repository);
    const args = ['merge-base', '--is-ancestor', ...commits(ancestor, descendant)];
    const answer = await this.#mirrors.run(address, { args });
    if (answer.exitCode === 0) return true;
    if (answer.exitCode === 1) return false;
    throw await this.#why(address, 'compare commits', answer, [ancestor, descendant]);
  }

  async changedPaths(repository: string, base: string, tip: string): Promise<readonly string[]> {
    const address = this.#address(repository);
    const from = (await this.#mergeBase(address, base, tip)) ?? EMPTY_TREE;
    return await this.#differences(address, from, tip);
  }

  async mergeChangesNothing(repository: string, tip: string, into: string): Promise<boolean> {
    const address = this.#address(repository);
    const merged = await this.#mirrors.run(address, {
      args: [
        'merge-tree',
        '--write-tree',
        '--no-messages',
        '--allow-unrelated-histories',
        ...commits(into, tip),
      ],
    });
    if (merged.exitCode === 0) return merged.stdout.trim() === (await this.#treeOf(address, into));
    // A conflict is a change.
    if (merged.exitCode === 1 && (await this.#hasAll(address, [tip, into]))) return false;
    if (merged.exitCode === EXIT_USAGE) return await this.#isTakenOver(address, tip, into);
    throw await this.#why(address, 'try a merge', merged, [tip, into]);
  }

  /** For Git before 2.38: whatever the tip changes, the other has just the same. Never wrong, but sees less. */
  async #isTakenOver(address: Address, tip: string, into: string): Promise<boolean> {
    const base = await this.#mergeBase(address, into, tip);
    if (base === null) return false;
    const changed = await this.#differences(address, base, tip);
    const different = new Set(await this.#differences(address, into, tip));
    return changed.every((path) => !different.has(path));
  }

  async #mergeBase(address: Address, base: string, tip: string): Promise<string | null> {
    const args = ['merge-base', ...commits(base, tip)];
    const answer = await this.#mirrors.run(address, { args });
    if (answer.exitCode === 0) return answer.stdout.split('\n')[0] ?? null;
    if (answer.exitCode === 1) return null;
    throw await this.#why(address, 'find the fork point', answer, [base, tip]);
  }

  async #differences(address: Address, from: string, to: string): Promise<readonly string[]> {
    const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--no-ext-diff'];
    const answer = await this.#mirrors.run(address, { args: [...args, ...commits(from, to)] });
    if (answer.exitCode !== 0)
      throw await this.#why(address, 'list the changes', answer, [from, to]);
    return answer.stdout.split('\0').filter((path) => path !== '');
  }

  async #treeOf(address: Address, commit: string): Promise<string> {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{tree}`];
    const answer = await this.#mirrors.run(address, { args });
    if (answer.exitCode !== 0) throw await this.#why(address, 'read the files', answer, [commit]);
    return answer.stdout.trim();
  }

  async #hasAll(address: Address, shas: readonly string[]): Promise<boolean> {
    const missing = await this.#firstMissing(address, shas);
    return missing === null;
  }

  async #firstMissing(address: Address, shas: readonly string[]): Promise<string | null> {
    for (const sha of shas) {
      const args = ['cat-file', '-e', `${sha}^{commit}`];
      if ((await this.#mirrors.run(address, { args })).exitCode !== 0) return sha;
    }
    return null;
  }

  /** A commit that the mirror does not have, or Git itself. */
  async #why(
    address: Address,
    doing: string,
    answer: GitAnswer,
    shas: readonly string[],
  ): Promise<OperationError> {
    const given = shas.filter((sha) => sha !== EMPTY_TREE);
    const missing = this.#mirrors.exists(address)
      ? await this.#firstMissing(address, given)
      : (given[0] ?? null);
    return missing === null ? failed(address, doing, answer) : noSuchRevision(address, missing);
  }

  #address(repository: string): Address {
    return addressOf(repository, this.#folder);
  }
}

/** @throws {OperationError} `REVISION_NOT_FOUND` for what is no commit id: names are for `resolve`. */
function commits(...ids: readonly string[]): readonly string[] {
  for (const id of ids) {
    if (!COMMIT_ID.test(id)) {
      throw new OperationError('REVISION_NOT_FOUND', `"${id.slice(0, 100)}" is no commit id`);
    }
  }
  return ids;
}
