import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Real Git repositories for tests: bare, as on a server, changed without a clone, one process or two a
 * step. Author and dates are fixed, nobody's configuration is read.
 */

/** Path → content; null removes the file. */
export type Files = Readonly<Record<string, string | null>>;

export interface TestRepository {
  readonly name: string;
  /** What a catalog would name as `source.repository`. */
  readonly path: string;
  /** A commit on a branch, which begins at `main` when it is new. Returns its id. */
  commit(branch: string, files: Files, message?: string): string;
  /** A branch fresh from another one. */
  branch(name: string, from?: string): string;
  tag(name: string, of: string): void;
  merge(branch: string, into?: string): string;
  fastForward(branch: string, into?: string): string;
  squashMerge(branch: string, into?: string): string;
  rebaseMerge(branch: string, into?: string): string;
  deleteBranch(name: string): void;
  /** Points a branch elsewhere, as a forced push does. */
  reset(branch: string, to: string): void;
  tip(branch: string): string;
  git(...args: readonly string[]): string;
}

const VARIABLES = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
  LC_ALL: 'C',
};

let seconds = 1_700_000_000;

/** Runs Git for a test; throws with its output when it fails. */
/** Every way in which `feat/x` may be merged, for `describe.each`. */
export const MERGES: readonly (readonly [string, (repository: TestRepository) => unknown])[] = [
  ['a merge commit', (repository) => repository.merge('feat/x')],
  ['a fast-forward', (repository) => repository.fastForward('feat/x')],
  ['a squash', (repository) => repository.squashMerge('feat/x')],
  ['a rebase', (repository) => repository.rebaseMerge('feat/x')],
];

export function runGit(
  args: readonly string[],
  options: { cwd?: string; input?: string } = {},
): string {
  const date = `${++seconds} +0000`;
  const ended = spawnSync('git', args, {
    ...options,
    env: { ...VARIABLES, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    encoding: 'utf8',
  });
  if (ended.status !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`);
  return ended.stdout.trim();
}

/** A repository `<folder>/<name>.git` whose `main` holds these files; none at all when `files` is null. */
export function createRepository(
  folder: string,
  name: string,
  files: Files | null = { 'README.md': `${name}\n` },
): TestRepository {
  const path = join(folder, `${name}.git`);
  // What `git init --bare` makes, in no time.
  mkdirSync(join(path, 'objects'), { recursive: true });
  mkdirSync(join(path, 'refs'));
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  const repository = repositoryAt(path, name);
  if (files !== null) repository.commit('main', files, 'first');
  return repository;
}

/** Makes a folder for tests to put repositories in, and says how to remove it. */
export function repositoriesFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'offshoot-git-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function repositoryAt(path: string, name: string): TestRepository {
  const git = (...args: readonly string[]): string => runGit([`--git-dir=${path}`, ...args]);
  const tip = (branch: string): string => {
    const file = join(path, 'refs/heads', branch);
    // Not there once Git has packed its refs.
    return existsSync(file)
      ? readFileSync(file, 'utf8').trim()
      : git('rev-parse', '--verify', `refs/heads/${branch}`);
  };
  const point = (branch: string, to: string): string => {
    git('update-ref', `refs/heads/${branch}`, to);
    return tip(branch);
  };
  const commitTree = (tree: string, parents: readonly string[], message: string): string =>
    git('commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message);
  const mergedTree = (branch: string, into: string): string =>
    git('merge-tree', '--write-tree', tip(into), tip(branch));
  return {
    name,
    path,
    git,
    tip,
    commit: (branch, files, message = `change ${branch}`) => {
      runGit([`--git-dir=${path}`, 'fast-import', '--quiet', '--date-format=raw'], {
        input: importStream(branch, startOf(path, branch), files, message),
      });
      return tip(branch);
    },
    branch: (branch, from = 'main') => point(branch, tip(from)),
    tag: (tagName, of) => void git('update-ref', `refs/tags/${tagName}`, of),
    merge: (branch, into = 'main') =>
      point(
        into,
        commitTree(mergedTree(branch, into), [tip(into), tip(branch)], `merge ${branch}`),
      ),
    fastForward: (branch, into = 'main') => point(into, tip(branch)),
    squashMerge: (branch, into = 'main') =>
      point(into, commitTree(mergedTree(branch, into), [tip(into)], `squash ${branch}`)),
    rebaseMerge: (branch, into = 'main') => point(into, rebased(path, tip(branch), tip(into))),
    deleteBranch: (branch) => void git('update-ref', '-d', `refs/heads/${branch}`),
    reset: (branch, to) => void point(branch, to),
  };
}

/** Where a commit on the branch goes on: its own tip, `main`, or nowhere in an empty repository. */
function startOf(path: string, branch: string): string | null {
  const names = [`refs/heads/${branch}`, 'refs/heads/main'];
  const packed = join(path, 'packed-refs');
  const lines = existsSync(packed) ? readFileSync(packed, 'utf8').split('\n') : [];
  return (
    names.find(
      (name) => existsSync(join(path, name)) || lines.some((line) => line.endsWith(` ${name}`)),
    ) ?? null
  );
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function importStream(branch: string, start: string | null, files: Files, message: string): string {
  const header =
    `commit refs/heads/${branch}\n` +
    `committer Test <test@example.invalid> ${++seconds} +0000\n` +
    data(message) +
    (start === null ? '' : `from ${start}^0\n`);
  const changes = Object.entries(files).map(([path, content]) =>
    content === null ? `D ${path}\n` : `M 100644 inline ${path}\n${data(content)}`,
  );
  return header + changes.join('');
}

/** The commits of `branch` picked onto `base` one after another, in a checkout that is gone afterwards. */
function rebased(path: string, branch: string, base: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-rebase-'));
  try {
    runGit([`--git-dir=${path}`, 'worktree', 'add', '--quiet', '--detach', folder, base]);
    runGit(['cherry-pick', `${base}..${branch}`], { cwd: folder });
    return runGit(['rev-parse', 'HEAD'], { cwd: folder });
  } finally {
    runGit([`--git-dir=${path}`, 'worktree', 'remove', '--force', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}
