import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGit, type GitAdapter } from '../../../src/adapters/git/git.ts';
import type { Repositories } from '../../../src/application/ports/repositories.ts';
import {
  createRepository,
  repositoriesFolder,
  type TestRepository,
} from '../../support/git-repositories.ts';

let folder: ReturnType<typeof repositoriesFolder>;
let adapter: GitAdapter;
let git: Repositories;

function open(program?: string): GitAdapter {
  const settings = { home: join(folder.path, 'home'), folder: folder.path, variables: process.env };
  return createGit(program === undefined ? settings : { ...settings, program });
}

beforeEach(() => {
  folder = repositoriesFolder();
  adapter = open();
  git = adapter.repositories;
});

afterEach(() => folder.remove());

/** A repository with a feature branch of two commits, and a default branch that has moved on. */
function shop(): TestRepository {
  const repository = createRepository(folder.path, 'shop', {
    'cart.ts': 'one\ntwo\n',
    'mail.ts': 'm\n',
  });
  repository.commit('feat/x', { 'cart.ts': 'one\ntwo\nthree\n' });
  repository.commit('feat/x', { 'money.ts': 'new\n' });
  repository.commit('main', { 'mail.ts': 'other\n' });
  return repository;
}

describe('the heads of a repository', () => {
  it('are its branches and what its HEAD names, by one process and without a mirror', async () => {
    const repository = shop();
    const heads = await git.heads(repository.path);
    expect(heads.defaultBranch).toBe('main');
    expect([...heads.branches]).toEqual([
      ['feat/x', repository.tip('feat/x')],
      ['main', repository.tip('main')],
    ]);
    expect(adapter.git.spawnCount).toBe(1);
    expect(await git.resolve(repository.path, 'main')).toBeNull();
  });

  it('are found again by one process each time, with what was pushed since', async () => {
    const repository = shop();
    await git.heads(repository.path);
    repository.commit('feat/y', { a: 'a' });
    const heads = await git.heads(repository.path);
    expect(heads.branches.get('feat/y')).toBe(repository.tip('feat/y'));
    expect(heads.defaultBranch).toBe('main');
    expect(adapter.git.spawnCount).toBe(2);
  });

  it('follow a default branch that was renamed', async () => {
    const repository = shop();
    await git.heads(repository.path);
    repository.git('branch', '-m', 'main', 'trunk');
    expect((await git.heads(repository.path)).defaultBranch).toBe('trunk');
  });

  it('are none in an empty repository, and its first push is seen', async () => {
    const repository = createRepository(folder.path, 'empty', null);
    expect(await git.heads(repository.path)).toEqual({ defaultBranch: null, branches: new Map() });
    repository.commit('main', { a: 'a' });
    expect((await git.heads(repository.path)).defaultBranch).toBe('main');
  });

  it('name no default branch when HEAD is detached', async () => {
    const repository = shop();
    repository.git('update-ref', '--no-deref', 'HEAD', repository.tip('main'));
    expect((await git.heads(repository.path)).defaultBranch).toBeNull();
  });

  it('are the same by relative path and by file address', async () => {
    const repository = shop();
    const heads = await git.heads(repository.path);
    expect(await git.heads('shop.git')).toEqual(heads);
    expect(await git.heads('./shop.git')).toEqual(heads);
    expect(await git.heads(`file://${repository.path}`)).toEqual(heads);
  });
});

describe('a mirror', () => {
  it('has what was pushed, and no longer what was deleted', async () => {
    const repository = shop();
    const first = await git.sync(repository.path);
    expect(first).toEqual(await git.heads(repository.path));
    repository.deleteBranch('feat/x');
    const second = repository.commit('main', { a: 'a' });
    expect([...(await git.sync(repository.path)).branches]).toEqual([['main', second]]);
    expect(await git.resolve(repository.path, 'feat/x')).toBeNull();
  });

  it('keeps commits that a deletion or a forced push left behind', async () => {
    const repository = shop();
    const before = repository.tip('feat/x');
    await git.sync(repository.path);
    repository.reset('feat/x', repository.tip('main'));
    await git.sync(repository.path);
    repository.git('reflog', 'expire', '--expire=now', '--all');
    repository.git('gc', '--quiet', '--prune=now');
    expect(await git.resolve(repository.path, before)).toBe(before);
    expect(await git.isAncestor(repository.path, before, repository.tip('main'))).toBe(false);
  });

  it('takes a branch whose name was a folder of branches before', async () => {
    const repository = shop();
    await git.sync(repository.path);
    repository.deleteBranch('feat/x');
    repository.branch('feat');
    const { branches } = await git.sync(repository.path);
    expect([...branches.keys()]).toEqual(['feat', 'main']);
  });

  it('resolves branches, tags and commits, the branch first', async () => {
    const repository = shop();
    const { path } = repository;
    const tip = repository.tip('feat/x');
    repository.tag('v1', tip);
    repository.git('tag', '-a', 'v2', '-m', 'annotated', tip);
    repository.branch('v1');
    await git.sync(path);
    expect(await git.resolve(path, 'feat/x')).toBe(tip);
    expect(await git.resolve(path, 'v1')).toBe(repository.tip('main'));
    expect(await git.resolve(path, 'v2')).toBe(tip);
    expect(await git.resolve(path, tip)).toBe(tip);
    expect(await git.resolve(path, tip.slice(0, 7))).toBe(tip);
  });

  it('resolves nothing else: no revision syntax, no option, no fewer than seven digits', async () => {
    const repository = shop();
    await git.sync(repository.path);
    const short = repository.tip('main').slice(0, 6);
    const unknown = ['nope', 'f'.repeat(40), 'fffffff', short, '', 'HEAD', '-x', '--all'];
    const syntax = ['main~1', 'main^{tree}', '@{-1}', 'main..feat/x', 'main:cart.ts'];
    for (const ref of [...unknown, ...syntax]) {
      expect([ref, await git.resolve(repository.path, ref)]).toEqual([ref, null]);
    }
  });
});

describe('branches with odd names', () => {
  const ODD = [
    "o'brien",
    'feat/a;id',
    '$(id)',
    'feat/ünïcode',
    '`id`',
    'a&b|c',
    'x"y',
    '#1',
    '%2f',
  ];

  it('are listed, mirrored and resolved like any other', async () => {
    const repository = createRepository(folder.path, 'odd');
    for (const name of ODD) repository.branch(name);
    const { branches } = await git.sync(repository.path);
    expect([...branches.keys()].toSorted()).toEqual(['main', ...ODD].toSorted());
    for (const name of ODD) {
      expect(await git.resolve(repository.path, name)).toBe(repository.tip('main'));
    }
  });

  it('that begin with a hyphen are listed but never resolved', async () => {
    const repository = createRepository(folder.path, 'odd');
    repository.git('update-ref', 'refs/heads/--upload-pack=x', repository.tip('main'));
    const { branches } = await git.sync(repository.path);
    expect(branches.has('--upload-pack=x')).toBe(true);
    expect(await git.resolve(repository.path, '--upload-pack=x')).toBeNull();
  });
});

describe('what a branch changes', () => {
  it('is the paths since it left the other, not what the other did since', async () => {
    const repository = shop();
    await git.sync(repository.path);
    const changed = await git.changedPaths(
      repository.path,
      repository.tip('main'),
      repository.tip('feat/x'),
    );
    expect(changed).toEqual(['cart.ts', 'money.ts']);
  });

  it('counts both ends of a renamed file, deletions and names that are not plain', async () => {
    const repository = createRepository(folder.path, 'shop', { 'a/old.ts': 'same\n', 'b.ts': 'b' });
    repository.commit('feat/x', {
      'a/old.ts': null,
      'c/new.ts': 'same\n',
      'b.ts': null,
      'ü ber\t.ts': '',
    });
    await git.sync(repository.path);
    const changed = await git.changedPaths(
      repository.path,
      repository.tip('main'),
      repository.tip('feat/x'),
    );
    expect(changed).toEqual(['a/old.ts', 'b.ts', 'c/new.ts', 'ü ber\t.ts']);
  });

  it('is everything in it when the two have no history in common', async () => {
    const repository = shop();
    const tree = repository.git('rev-parse', 'feat/x^{tree}');
    const orphan = repository.git('commit-tree', tree, '-m', 'orphan');
    repository.git('update-ref', 'refs/heads/orphan', orphan);
    await git.sync(repository.path);
    const changed = await git.changedPaths(repository.path, repository.tip('main'), orphan);
    expect(changed).toEqual(['cart.ts', 'mail.ts', 'money.ts']);
  });

  it('cannot be said of a commit that nobody has', async () => {
    const repository = shop();
    const main = repository.tip('main');
    const unknown = 'd'.repeat(40);
    await expect(git.changedPaths(repository.path, main, main)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
    });
    await git.sync(repository.path);
    await expect(git.changedPaths(repository.path, unknown, main)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
    });
    await expect(git.isAncestor(repository.path, unknown, main)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
    });
    await expect(git.mergeChangesNothing(repository.path, unknown, main)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
    });
    await expect(git.isAncestor(repository.path, '--all', main)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
    });
  });
});

describe.each(['git as it is', 'a git before 2.38'])('a merge, by %s', (version) => {
  beforeEach(() => {
    if (version !== 'a git before 2.38') return;
    const program = join(folder.path, 'old-git');
    writeFileSync(
      program,
      '#!/bin/sh\nfor word; do [ "$word" = merge-tree ] && exit 129; done\nexec git "$@"\n',
    );
    chmodSync(program, 0o755);
    git = open(program).repositories;
  });

  async function isMerged(repository: TestRepository): Promise<readonly boolean[]> {
    const { path } = repository;
    await git.sync(path);
    const [tip, main] = [repository.tip('feat/x'), repository.tip('main')];
    return [await git.isAncestor(path, tip, main), await git.mergeChangesNothing(path, tip, main)];
  }

  it('is seen by ancestry after a merge commit and after a fast-forward', async () => {
    const merged = shop();
    expect(await isMerged(merged)).toEqual([false, false]);
    merged.merge('feat/x');
    expect(await isMerged(merged)).toEqual([true, true]);
    const forwarded = createRepository(folder.path, 'forwarded');
    forwarded.commit('feat/x', { a: 'a' });
    forwarded.fastForward('feat/x');
    expect(await isMerged(forwarded)).toEqual([true, true]);
  });

  it('is seen by content after a squash, also when the other moves on elsewhere', async () => {
    const repository = shop();
    repository.squashMerge('feat/x');
    expect(await isMerged(repository)).toEqual([false, true]);
    repository.commit('main', { 'mail.ts': 'yet another\n' });
    expect(await isMerged(repository)).toEqual([false, true]);
  });

  it('is seen by content after a rebase', async () => {
    const repository = shop();
    repository.rebaseMerge('feat/x');
    expect(await isMerged(repository)).toEqual([false, true]);
  });

  it('is not seen when only a part was taken over', async () => {
    const repository = shop();
    repository.commit('main', { 'cart.ts': 'one\ntwo\nthree\n' });
    expect(await isMerged(repository)).toEqual([false, false]);
  });

  it('is not seen when the two conflict', async () => {
    const repository = shop();
    repository.commit('main', { 'cart.ts': 'one\ntwo\nfour\n' });
    expect(await isMerged(repository)).toEqual([false, false]);
  });
});
