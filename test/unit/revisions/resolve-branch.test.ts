import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { createGit } from '../../../src/adapters/git/git.ts';
import type { Repositories } from '../../../src/application/ports/repositories.ts';
import { gatherFacts, type GatherRequest } from '../../../src/application/revisions/gather.ts';
import {
  resolveBranch,
  type ResolvedBranch,
} from '../../../src/application/revisions/resolve-branch.ts';
import type { Source } from '../../../src/domain/catalog/component.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import type { Revision } from '../../../src/domain/revision/revision.ts';
import { HeldBranchMemories } from '../../support/branch-memories.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import {
  createRepository,
  MERGES,
  repositoriesFolder,
  type Files,
  type TestRepository,
} from '../../support/git-repositories.ts';

let folder: ReturnType<typeof repositoriesFolder>;
let repositories: Repositories;
let memories: HeldBranchMemories;
let asked: string[];

beforeEach(() => {
  folder = repositoriesFolder();
  memories = new HeldBranchMemories();
  asked = [];
  repositories = noted(
    createGit({ home: join(folder.path, 'home'), folder: folder.path, variables: process.env })
      .repositories,
  );
});

afterEach(() => folder.remove());

/** Notes what is asked over the network. */
function noted(real: Repositories): Repositories {
  const note = (what: string, of: string): void => {
    asked.push(`${what} ${of.slice(folder.path.length + 1)}`);
  };
  return {
    heads: (of) => (note('heads', of), real.heads(of)),
    sync: (of) => (note('sync', of), real.sync(of)),
    resolve: (of, ref) => real.resolve(of, ref),
    isAncestor: (of, a, b) => real.isAncestor(of, a, b),
    changedPaths: (of, a, b) => real.changedPaths(of, a, b),
    mergeChangesNothing: (of, a, b) => real.mergeChangesNothing(of, a, b),
  };
}

function repository(name: string, files?: Files | null): TestRepository {
  return createRepository(folder.path, name, files);
}

type Sources = Readonly<Record<string, TestRepository | Source | null>>;

function sourceOf(given: TestRepository | Source | null): { readonly source?: Source } {
  if (given === null) return {};
  return { source: 'path' in given ? { repository: given.path, paths: ['.'] } : given };
}

/** In a folder of a repository of several components. */
function part(of: TestRepository, ...paths: string[]): Source {
  return { repository: of.path, paths };
}

type Wish = Partial<Omit<GatherRequest, 'baselineRevisions'>> & {
  readonly baseline?: Readonly<Record<string, string>>;
};

function request(sources: Sources, wish: Wish = {}): GatherRequest & { readonly branch: string } {
  const specs = Object.entries(sources).map(([name, given]) =>
    component({ name, ...sourceOf(given) }),
  );
  const catalog = catalogOf(specs);
  const { baseline = {}, branch, ...rest } = wish;
  const revisions = Object.entries(baseline).map(([name, sha]): [string, Revision] => {
    const { source } = catalog.components.get(name) ?? {};
    return [name, { repository: source?.repository ?? '', sha, branch: 'main' }];
  });
  return {
    repositories,
    memories,
    catalog,
    branch: branch ?? 'feat/x',
    pins: {},
    unchanged: 'baseline',
    ...rest,
    baselineRevisions: new Map(revisions),
  };
}

function resolve(sources: Sources, wish?: Wish): Promise<ResolvedBranch> {
  return resolveBranch(request(sources, wish));
}

async function failure(promise: Promise<unknown>): Promise<OperationError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof OperationError) return error;
  throw new Error('it did not fail as expected', { cause: error });
}

function pickOf({ picks }: ResolvedBranch, name: string): readonly [string | null, string | null] {
  const pick = picks.find(({ component: of }) => of === name);
  return [pick?.rule ?? null, pick?.revision?.sha ?? null];
}

function reasonOf({ findings }: ResolvedBranch, name: string): string | undefined {
  return findings.find(({ component: of }) => of === name)?.reason;
}

describe('the components that a branch changes', () => {
  it('are those in whose repository it is ahead', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    const tip = cart.commit('feat/x', { 'a.ts': 'a', 'b.ts': 'b' });
    const found = await resolve({ cart, mailer, store: null });
    expect(found.changed).toEqual(['cart']);
    expect(found.findings).toEqual([
      { component: 'cart', changed: true, reason: 'feat/x touches cart.git (2 files)' },
      { component: 'mailer', changed: false, reason: 'no branch feat/x in mailer.git' },
      { component: 'store', changed: false, reason: 'has no source of its own' },
    ]);
    expect(pickOf(found, 'cart')).toEqual(['same-branch', tip]);
    expect(pickOf(found, 'mailer')).toEqual(['default-branch', mailer.tip('main')]);
    expect(pickOf(found, 'store')).toEqual([null, null]);
  });

  it('are those whose paths it touches, in a repository of several', async () => {
    const mono = repository('mono', {
      'services/cart/a': '',
      'services/mail/a': '',
      'libs/money/a': '',
      README: '',
    });
    mono.commit('feat/x', { 'services/cart/a': 'new', 'libs/money/a': 'new' });
    mono.commit('main', { 'services/mail/a': 'others did this' });
    const found = await resolve({
      cart: part(mono, 'services/cart'),
      mail: part(mono, 'services/mail'),
      pay: part(mono, 'services/pay', 'libs/money'),
      all: part(mono, '.'),
      near: part(mono, 'services/car'),
    });
    expect(found.changed).toEqual(['all', 'cart', 'pay']);
    expect(asked).toEqual(['heads mono.git', 'sync mono.git']);
    // Unchanged, but in the same repository: the branch it is.
    expect(pickOf(found, 'mail')).toEqual(['same-branch', mono.tip('feat/x')]);
  });

  it('are those that are pinned, by branch, tag and commit', async () => {
    const [cart, mailer, stock] = [repository('cart'), repository('mailer'), repository('stock')];
    const other = cart.commit('feat/other', { a: 'a' });
    mailer.tag('v1', mailer.tip('main'));
    stock.commit('main', { a: 'a' });
    const old = stock.git('rev-parse', 'main~1');
    const pins = { cart: 'feat/other', mailer: 'v1', stock: old.slice(0, 9) };
    const found = await resolve({ cart, mailer, stock }, { pins });
    expect(found.changed).toEqual(['cart', 'mailer', 'stock']);
    expect(pickOf(found, 'cart')).toEqual(['pin', other]);
    expect(found.picks[0]?.revision?.branch).toBe('feat/other');
    expect(pickOf(found, 'mailer')).toEqual(['pin', mailer.tip('main')]);
    expect(pickOf(found, 'stock')).toEqual(['pin', old]);
    expect(reasonOf(found, 'mailer')).toBe(`pinned to v1 (${mailer.tip('main').slice(0, 7)})`);
  });

  it('are none when the branch is fresh from the default branch, or only has an empty commit', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    cart.branch('feat/x');
    mailer.commit('feat/x', {});
    cart.commit('main', { a: 'the default branch moves on' });
    const error = await failure(resolve({ cart, mailer }));
    expect(error.code).toBe('NOTHING_CHANGED');
    expect(error.message).toContain('cart: feat/x in cart.git is not ahead of main');
    expect(error.message).toContain('mailer: feat/x in mailer.git is not ahead of main');
    expect(await memories.branches(cart.path)).toEqual([]);
  });

  it('are all of a repository that has no default branch', async () => {
    const cart = repository('cart', null);
    cart.commit('feat/x', { a: 'a' });
    const found = await resolve({ cart });
    expect(found.changed).toEqual(['cart']);
    expect(reasonOf(found, 'cart')).toContain('nothing to compare with');
  });

  it('are compared with the default branch that the catalog names', async () => {
    const cart = repository('cart');
    cart.commit('next', { a: 'a' });
    cart.branch('feat/x', 'next');
    const source = { ...part(cart, '.'), defaultBranch: 'next' };
    expect((await failure(resolve({ cart: source }))).message).toContain('is not ahead of next');
    expect((await resolve({ cart })).changed).toEqual(['cart']);
  });
});

describe.each(MERGES)('a branch merged by %s', (how, merge) => {
  /** Two components in one repository, the branch touching one; the baseline is older than the branch. */
  async function merged(): Promise<{
    cart: TestRepository;
    sources: Sources;
    before: string;
    tip: string;
  }> {
    const cart = repository('cart', { 'cart/a': '1\n', 'mail/a': '1\n' });
    const before = cart.tip('main');
    cart.commit('main', { 'mail/a': 'others did this\n' });
    cart.commit('feat/x', { 'cart/a': '1\n2\n' });
    const tip = cart.commit('feat/x', { 'cart/b': 'b\n' });
    if (how !== 'a fast-forward') cart.commit('main', { 'mail/b': 'others did this too\n' });
    const other = repository('other');
    other.commit('feat/x', { a: 'keeps the environment up' });
    const sources = { cart: part(cart, 'cart'), mail: part(cart, 'mail'), other };
    const first = await resolve(sources, { baseline: { cart: before, mail: before } });
    expect(first.changed).toEqual(['cart', 'other']);
    merge(cart);
    return { cart, sources, before, tip };
  }

  it('still counts until the baseline contains it, and then no more', async () => {
    const { cart, sources, before, tip } = await merged();
    const pending = await resolve(sources, { baseline: { cart: before, mail: before } });
    expect(pending.changed).toEqual(['cart', 'other']);
    expect(reasonOf(pending, 'cart')).toBe(
      `feat/x was merged into main of cart.git, but the baseline (${before.slice(0, 7)}) does not contain it yet`,
    );
    expect(pickOf(pending, 'cart')).toEqual(['same-branch', tip]);

    const done = await resolve(sources, { baseline: { cart: cart.tip('main'), mail: before } });
    expect(done.changed).toEqual(['other']);
    expect(reasonOf(done, 'cart')).toBe(
      'feat/x was merged into main of cart.git, and the baseline contains it',
    );
  });

  it('still counts after it was deleted, at its last commit', async () => {
    const { cart, sources, before, tip } = await merged();
    cart.deleteBranch('feat/x');
    cart.git('gc', '--quiet', '--prune=now');
    const pending = await resolve(sources, { baseline: { cart: before } });
    expect(pending.changed).toEqual(['cart', 'other']);
    expect(pickOf(pending, 'cart')).toEqual(['same-branch', tip]);

    const main = cart.tip('main');
    const done = await resolve(sources, { baseline: { cart: main } });
    expect(done.changed).toEqual(['other']);
    expect(pickOf(done, 'cart')).toEqual(['baseline', main]);
    // What the baseline does not run it would run at its default branch, which contains it.
    expect((await resolve(sources)).changed).toEqual(['other']);
  });
});

describe('a branch that was deleted without being merged', () => {
  it('changes nothing any more', async () => {
    const [cart, other] = [repository('cart'), repository('other')];
    cart.commit('feat/x', { a: 'a' });
    other.commit('feat/x', { a: 'a' });
    expect((await resolve({ cart, other })).changed).toEqual(['cart', 'other']);
    cart.deleteBranch('feat/x');
    const found = await resolve({ cart, other }, { baseline: { cart: cart.tip('main') } });
    expect(found.changed).toEqual(['other']);
    expect(reasonOf(found, 'cart')).toBe('feat/x was deleted in cart.git without being merged');
    expect(pickOf(found, 'cart')).toEqual(['baseline', cart.tip('main')]);
  });
});

describe('the revision of what a branch does not change', () => {
  it('is what the baseline runs, not the newest, unless that is asked for', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    cart.commit('feat/x', { a: 'a' });
    const runs = mailer.tip('main');
    const newest = mailer.commit('main', { a: 'of another team' });
    const baseline = { mailer: runs };
    expect(pickOf(await resolve({ cart, mailer }, { baseline }), 'mailer')).toEqual([
      'baseline',
      runs,
    ]);
    const head = await resolve({ cart, mailer }, { baseline, unchanged: 'head' });
    expect(pickOf(head, 'mailer')).toEqual(['default-branch', newest]);
  });

  it('is the head of the declared branch when the baseline does not run it', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    cart.commit('feat/x', { a: 'a' });
    const stable = mailer.commit('stable', { a: 'a' });
    const found = await resolve({ cart, mailer: { ...part(mailer, '.'), branch: 'stable' } });
    expect(pickOf(found, 'mailer')).toEqual(['declared-branch', stable]);
  });

  it('is found for the baseline itself, which has no branch', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { a: 'a' });
    const facts = await gatherFacts({ ...request({ cart }), branch: null });
    expect(facts.components[0]).toMatchObject({
      branch: null,
      defaultBranch: { name: 'main', sha: cart.tip('main') },
    });
  });
});

describe('what is asked', () => {
  it('is one listing per repository, and a mirror only where the branch is or was', async () => {
    const [cart, mailer, stock] = [repository('cart'), repository('mailer'), repository('stock')];
    cart.commit('feat/x', { a: 'a' });
    mailer.commit('feat/x', { a: 'a' });
    await resolve({ cart, mailer, stock });
    mailer.deleteBranch('feat/x');
    asked = [];
    await resolve({ cart, mailer, stock, twin: cart });
    expect(asked.toSorted()).toEqual([
      'heads cart.git',
      'heads mailer.git',
      'heads stock.git',
      'sync cart.git',
      'sync mailer.git',
    ]);
  });

  it('is asked of at most so many repositories at once', async () => {
    const all = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`c${index}`, repository(`c${index}`)]),
    );
    all['c0']?.commit('feat/x', { a: 'a' });
    let running = 0;
    let most = 0;
    const counted: Repositories = {
      ...repositories,
      heads: async (of) => {
        most = Math.max(most, ++running);
        const heads = await repositories.heads(of);
        running -= 1;
        return heads;
      },
    };
    const found = await resolve(all, { repositories: counted, concurrency: 3 });
    expect(found.changed).toEqual(['c0']);
    expect(most).toBe(3);
  });

  it('is remembered only when the branch is ahead, and written once', async () => {
    const cart = repository('cart');
    const tip = cart.commit('feat/x', { a: 'a' });
    await resolve({ cart });
    const remembered = await memories.branches(cart.path);
    expect(remembered).toEqual([
      { repository: cart.path, branch: 'feat/x', tip, wasAhead: true, missingPolls: 0, mergedAt: null, base: cart.tip('main') },
    ]); // prettier-ignore
    await resolve({ cart });
    expect((await memories.branches(cart.path))[0]).toBe(remembered[0]);
  });
});

describe('what cannot be resolved', () => {
  it('names every repository that cannot be reached, at once', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { a: 'a' });
    const gone = (name: string): Source => ({ repository: join(folder.path, name), paths: ['.'] });
    const error = await failure(resolve({ cart, a: gone('gone-a.git'), b: gone('gone-b.git') }));
    expect(error.code).toBe('GIT_UNAVAILABLE');
    expect(error.message).toMatch(/gone-a\.git.*; .*gone-b\.git/);
    expect(error.details['failures']).toHaveLength(2);
  });

  it('names every pin that cannot be', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    const sources = { cart, mailer, store: null };
    const pins = (given: Record<string, string>): Promise<OperationError> =>
      failure(resolve(sources, { pins: given }));
    expect(await pins({ nobody: 'main', constructor: 'main' })).toMatchObject({
      code: 'CATALOG_UNKNOWN_COMPONENT',
      message: '"constructor", "nobody" cannot be pinned: not in the catalog',
    });
    expect(await pins({ store: 'main' })).toMatchObject({ code: 'REPOSITORY_MISSING' });
    const error = await pins({ cart: 'nope', mailer: '--all' });
    expect(error.code).toBe('REVISION_NOT_FOUND');
    expect(error.message).toContain('"cart" is pinned to "nope"');
    expect(error.message).toContain('"mailer" is pinned to "--all"');
  });

  it.each(['-x', '', 'a b', 'a..b', '../../etc', 'a\nb', 'HEAD'])(
    'is the branch %j',
    async (branch) => {
      const error = await failure(resolve({ cart: repository('cart') }, { branch }));
      expect(error.code).toBe('BRANCH_INVALID');
      expect(asked).toEqual([]);
    },
  );

  it('hides no bug behind an unreachable repository', async () => {
    const broken: Repositories = {
      ...repositories,
      heads: () => Promise.reject(new TypeError('a bug')),
    };
    await expect(resolve({ cart: repository('cart') }, { repositories: broken })).rejects.toThrow(
      TypeError,
    );
  });
});
