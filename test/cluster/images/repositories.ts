import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../commands.ts';
import { languageOf } from './languages.ts';
import type { ServiceRevision } from './shop-images.ts';

/**
 * The shop's sources as a company would have them: one bare Git repository a component, each with its part of
 * the kit of its language. The same sources and tools give the same commits on every machine.
 */

export interface Repositories {
  readonly remotes: string;
  /** A clone of a repository, as a developer has it. */
  cloneOf(repository: string): string;
  /** Applies a change of the shop on a branch, which starts from main when it is new; the changed repositories. */
  push(branch: string, change: string): Promise<readonly string[]>;
  /** Commits what `edit` does in a clone on a branch, and pushes it. */
  edit(branch: string, repository: string, edit: (clone: string) => Promise<void>): Promise<void>;
  /** Merges a branch into main wherever it is, pushes, and deletes it. */
  merge(branch: string): Promise<readonly string[]>;
  /** The head of every branch of every repository. */
  heads(): Promise<readonly Head[]>;
}

export interface Head extends ServiceRevision {
  readonly branch: string;
}

export interface Sources {
  /** `test/cluster/shop`. */
  readonly shop: string;
  readonly folder: string;
  /** A key per language; it is named in the first commit, so that other tools give other shas. */
  readonly toolsKeys: ReadonlyMap<string, string>;
  /** Repositories to make. Default: all of the shop. */
  readonly only?: readonly string[];
}

/** The author and the hour of every commit, so that no machine's settings matter. */
const AUTHOR = {
  GIT_AUTHOR_NAME: 'Shop',
  GIT_AUTHOR_EMAIL: 'shop@shop.example',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Shop',
  GIT_COMMITTER_EMAIL: 'shop@shop.example',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

export async function createRepositories(sources: Sources): Promise<Repositories> {
  const remotes = join(sources.folder, 'git');
  const clones = join(sources.folder, 'clones');
  const names = sources.only ?? (await readdir(join(sources.shop, 'source')));
  await Promise.all([mkdir(remotes, { recursive: true }), mkdir(clones, { recursive: true })]);
  await Promise.all(names.map((name) => createRepository(sources, { remotes, clones, name })));

  const onBranch = async (branch: string, name: string): Promise<string> => {
    const clone = join(clones, name);
    await git(clone, ['fetch', '--quiet', '--prune', 'origin']);
    const known = await git(clone, ['ls-remote', '--heads', 'origin', branch]);
    const start = known === '' ? 'origin/main' : `origin/${branch}`;
    await git(clone, ['checkout', '--quiet', '-B', branch, start]);
    return clone;
  };
  const commit = async (clone: string, branch: string, message: string): Promise<void> => {
    await git(clone, ['add', '--all']);
    await git(clone, ['commit', '--quiet', '-m', message]);
    await git(clone, ['push', '--quiet', 'origin', branch]);
  };
  const heads = async (): Promise<readonly Head[]> =>
    (await Promise.all(names.map((name) => headsOf(remotes, name)))).flat();

  return {
    remotes,
    cloneOf: (repository) => join(clones, repository),
    heads,

    async push(branch, change) {
      const folder = join(sources.shop, 'changes', change);
      const patches = await readdir(folder);
      await Promise.all(
        patches.map(async (patch) => {
          const clone = await onBranch(branch, patch.replace(/\.patch$/u, ''));
          await git(clone, ['apply', '--index', join(folder, patch)]);
          await commit(clone, branch, change);
        }),
      );
      return patches.map((patch) => patch.replace(/\.patch$/u, ''));
    },

    async edit(branch, repository, edit) {
      const clone = await onBranch(branch, repository);
      await edit(clone);
      await commit(clone, branch, `${repository}: ${branch}`);
    },

    async merge(branch) {
      const merged = (await heads()).filter((head) => head.branch === branch);
      for (const { name } of merged) {
        const clone = await onBranch('main', name);
        const message = ['-m', `Merge ${branch}`];
        await git(clone, ['merge', '--quiet', '--no-ff', ...message, `origin/${branch}`]);
        await git(clone, ['push', '--quiet', 'origin', 'main', `:${branch}`]);
      }
      return merged.map(({ name }) => name);
    },
  };
}

interface Place {
  readonly remotes: string;
  readonly clones: string;
  readonly name: string;
}

async function createRepository(sources: Sources, place: Place): Promise<void> {
  const { remotes, clones, name } = place;
  const remote = join(remotes, `${name}.git`);
  const clone = join(clones, name);
  await rm(remote, { recursive: true, force: true });
  await rm(clone, { recursive: true, force: true });
  await cp(join(sources.shop, 'source', name), clone, { recursive: true });
  const language = languageOf(await readdir(clone));
  if (language !== null) {
    await cp(join(sources.shop, 'kits', language.name), clone, { recursive: true });
  }
  const tools = sources.toolsKeys.get(language?.name ?? '') ?? 'none';
  await git(clone, ['init', '--quiet', '--initial-branch=main']);
  await git(clone, ['add', '--all']);
  await git(clone, ['commit', '--quiet', '-m', `${name}: first version\n\nTools: ${tools}`]);
  await git(remotes, ['clone', '--quiet', '--bare', clone, remote]);
  await git(clone, ['remote', 'add', 'origin', remote]);
  await git(clone, ['fetch', '--quiet', 'origin']);
}

async function headsOf(remotes: string, name: string): Promise<readonly Head[]> {
  const repository = join(remotes, `${name}.git`);
  const format = '--format=%(objectname) %(refname:lstrip=2)';
  const listed = await git(repository, ['for-each-ref', format, 'refs/heads']);
  return listed.split('\n').map((line) => {
    const [sha = '', branch = ''] = line.split(' ');
    return { name, sha, branch, repository };
  });
}

async function git(folder: string, parameters: readonly string[]): Promise<string> {
  return (await run('git', ['-C', folder, ...parameters], { variables: AUTHOR })).trim();
}
