import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkingCopies } from '../../application/ports/repositories.ts';
import { compareText } from '../../domain/diagnostic.ts';
import { addressOf, type Address } from './address.ts';
import { withFileLock } from './file-lock.ts';
import { failed, noSuchRevision } from './git-errors.ts';
import type { GitAnswer } from './git-process.ts';
import type { Mirrors } from './mirrors.ts';

/**
 * The files of one commit of one repository, once, for all who run it: `<root>/<repository>/<commit>`.
 *
 * A worktree appears by a rename, whole, and has no `.git`: nothing in it can write to the mirror, and what
 * it builds from stays this commit. Submodules stay empty. What is half made is swept under the lock.
 */

const FULL_COMMIT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const CHECKOUT_TIMEOUT_MS = 5 * 60_000;
const MAKING = '.making-';
const REMOVING = '.removing-';
/** Repositories whose worktrees are released together: so often what is needed is read again. */
const LOCKS_AT_ONCE = 8;

export class Worktrees implements WorkingCopies {
  readonly #mirrors: Mirrors;
  readonly #root: string;
  readonly #locks: string;
  readonly #folder: string;
  readonly #making = new Map<string, Promise<string>>();

  constructor(mirrors: Mirrors, home: string, folder: string) {
    this.#mirrors = mirrors;
    this.#root = join(home, 'worktrees');
    this.#locks = join(home, 'locks');
    this.#folder = folder;
  }

  /** @throws {OperationError} `REVISION_NOT_FOUND`, `GIT_UNAVAILABLE`, `GIT_FAILED` */
  async checkout(repository: string, sha: string): Promise<string> {
    const address = addressOf(repository, this.#folder);
    if (!FULL_COMMIT_ID.test(sha)) throw noSuchRevision(address, sha);
    const path = join(this.#root, address.folder, sha);
    const making = this.#making.get(path) ?? this.#make(address, sha, path);
    this.#making.set(path, making);
    try {
      return await making;
    } finally {
      this.#making.delete(path);
    }
  }

  async releaseAllBut(
    needed: () => Promise<readonly { readonly repository: string; readonly sha: string }[]>,
  ): Promise<readonly string[]> {
    const kept = this.#pathsOf(await needed());
    const repositories: string[] = [];
    for (const repository of await entries(this.#root)) {
      const names = await entries(join(this.#root, repository));
      const isKept = names.every((name) => kept.has(join(repository, name)));
      if (names.length === 0 || !isKept) repositories.push(repository);
    }
    const removed: string[] = [];
    for (let start = 0; start < repositories.length; start += LOCKS_AT_ONCE) {
      const some = repositories.slice(start, start + LOCKS_AT_ONCE);
      await this.#allLocked(some, async () => {
        const stillKept = this.#pathsOf(await needed());
        for (const repository of some)
          removed.push(...(await this.#release(repository, stillKept)));
      });
    }
    return removed;
  }

  #pathsOf(
    needed: readonly { readonly repository: string; readonly sha: string }[],
  ): ReadonlySet<string> {
    return new Set(
      needed.map(({ repository, sha }) => join(addressOf(repository, this.#folder).folder, sha)),
    );
  }

  /** Under the lock even when it is there: somebody may be about to remove it. */
  async #make(address: Address, sha: string, path: string): Promise<string> {
    await this.#locked(address.folder, async () => {
      if (existsSync(path)) return;
      await this.#sweep(address.folder);
      await mkdir(join(this.#root, address.folder), { recursive: true });
      await this.#fill(address, sha, path);
    });
    return path;
  }

  async #fill(address: Address, sha: string, path: string): Promise<void> {
    const temporary = `${path}${MAKING}${randomUUID()}`;
    const index = `${temporary}.index`;
    await mkdir(temporary);
    try {
      await this.#ensureCommit(address, sha);
      const answer = await this.#mirrors.run(address, {
        args: [`--work-tree=${temporary}`, 'read-tree', '--reset', '-u', sha],
        variables: { GIT_INDEX_FILE: index },
        timeoutMs: CHECKOUT_TIMEOUT_MS,
      });
      if (answer.exitCode !== 0) throw failed(address, `check out ${sha.slice(0, 7)}`, answer);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { recursive: true, force: true });
      await rm(index, { force: true });
    }
  }

  /** Fetches only what is not there; a commit that no branch has any more is asked for by its id. */
  async #ensureCommit(address: Address, sha: string): Promise<void> {
    const isThere = async (): Promise<boolean> => {
      if (!this.#mirrors.exists(address)) return false;
      const answer: GitAnswer = await this.#mirrors.run(address, {
        args: ['cat-file', '-e', `${sha}^{commit}`],
      });
      return answer.exitCode === 0;
    };
    if (await isThere()) return;
    await this.#mirrors.fetch(address);
    if (await isThere()) return;
    if (!(await this.#mirrors.fetchCommit(address, sha))) throw noSuchRevision(address, sha);
  }

  async #release(repository: string, kept: ReadonlySet<string>): Promise<readonly string[]> {
    const folder = join(this.#root, repository);
    const removed: string[] = [];
    for (const sha of await entries(folder)) {
      if (!FULL_COMMIT_ID.test(sha) || kept.has(join(repository, sha))) continue;
      // Renamed first: a worktree that is half removed must not pass for a whole one.
      await rename(join(folder, sha), join(folder, `${sha}${REMOVING}${randomUUID()}`));
      removed.push(join(folder, sha));
    }
    await this.#sweep(repository);
    if ((await entries(folder)).length === 0) await rm(folder, { recursive: true, force: true });
    return removed;
  }

  async #sweep(repository: string): Promise<void> {
    const folder = join(this.#root, repository);
    const names = await entries(folder);
    const left = names.filter((name) => name.includes(MAKING) || name.includes(REMOVING));
    await Promise.all(
      left.map((name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 })),
    );
  }

  /** In the given order, which is the same for everybody: nobody waits for each other. */
  async #allLocked(repositories: readonly string[], act: () => Promise<void>): Promise<void> {
    const [first, ...others] = repositories;
    if (first === undefined) await act();
    else await this.#locked(first, () => this.#allLocked(others, act));
  }

  #locked<Result>(repository: string, act: () => Promise<Result>): Promise<Result> {
    return withFileLock(join(this.#locks, `worktrees-${repository}.lock`), act);
  }
}

/** Nothing of a folder that is not there, or goes while it is looked at. */
async function entries(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted(compareText);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
