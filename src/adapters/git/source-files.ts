import { glob, readFile } from 'node:fs/promises';
import { isAbsolute, join, matchesGlob } from 'node:path';
import type { SourceFiles } from '../../application/ports/repositories.ts';
import { compareText } from '../../domain/diagnostic.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import { addressOf, type Address } from './address.ts';
import { failed } from './git-errors.ts';
import type { Mirrors } from './mirrors.ts';

/** Text files of a commit, read from the mirror without a worktree; without a commit, of the project's folder. */
export class GitSourceFiles implements SourceFiles {
  readonly #mirrors: Mirrors;
  readonly #folder: string;

  constructor(mirrors: Mirrors, folder: string) {
    this.#mirrors = mirrors;
    this.#folder = folder;
  }

  async read(
    revision: Pick<Revision, 'repository' | 'sha'> | null,
    patterns: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (revision === null) return await this.#ofFolder(patterns);
    const address = addressOf(revision.repository, this.#folder);
    const names = await this.#names(address, revision.sha);
    const wanted = names
      .filter((name) => patterns.some((pattern) => matchesGlob(name, withoutDot(pattern))))
      .toSorted(compareText);
    const files = new Map<string, string>();
    for (const name of wanted) files.set(name, await this.#text(address, revision.sha, name));
    return files;
  }

  async #names(address: Address, sha: string): Promise<readonly string[]> {
    const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', '--end-of-options', sha];
    const answer = await this.#mirrors.run(address, { args });
    if (answer.exitCode !== 0) throw failed(address, 'list the files', answer);
    return answer.stdout.split('\0').filter((name) => name !== '');
  }

  async #text(address: Address, sha: string, name: string): Promise<string> {
    const answer = await this.#mirrors.run(address, {
      args: ['cat-file', 'blob', `${sha}:${name}`],
    });
    if (answer.exitCode !== 0) throw failed(address, `read "${name}"`, answer);
    return answer.stdout;
  }

  async #ofFolder(patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const names = new Set<string>();
    for (const pattern of patterns) {
      for await (const name of glob(pattern, { cwd: this.#folder })) {
        if (!name.startsWith('..') && !isAbsolute(name)) names.add(name);
      }
    }
    const files = new Map<string, string>();
    for (const name of [...names].toSorted(compareText)) {
      files.set(name, await readFile(join(this.#folder, name), 'utf8'));
    }
    return files;
  }
}

function withoutDot(pattern: string): string {
  return pattern.replace(/^(?:\.\/)+/u, '');
}
