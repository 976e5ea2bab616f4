import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { createGit } from '../../../src/adapters/git/git.ts';
import type { Repositories } from '../../../src/application/ports/repositories.ts';
import {
  BranchFollower,
  POLL_INTERVAL_MS,
  type FollowEvent,
  type FollowOptions,
} from '../../../src/application/watch/follow-branches.ts';
import {
  followedRepositories,
  type FollowedRepository,
} from '../../../src/application/watch/followed-repositories.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { HeldBranchMemories } from '../../support/branch-memories.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  createRepository,
  MERGES,
  repositoriesFolder,
  type TestRepository,
} from '../../support/git-repositories.ts';

let folder: ReturnType<typeof repositoriesFolder>;
let git: Repositories;
let memories: HeldBranchMemories;
let clock: FakeClock;
/** `up feat/x`, `down feat/x`, in order. */
let done: string[];
let events: FollowEvent[];

beforeEach(() => {
  folder = repositoriesFolder();
  git = createGit({
    home: join(folder.path, 'home'),
    folder: folder.path,
    variables: process.env,
  }).repositories;
  memories = new HeldBranchMemories();
  clock = new FakeClock();
  done = [];
  events = [];
});

afterEach(() => folder.remove());

function followed({ path }: TestRepository): FollowedRepository {
  return { repository: path, defaultBranch: null, longLived: [] };
}

function follow(
  repositories: readonly TestRepository[],
  options: Partial<FollowOptions> = {},
): BranchFollower {
  const list = repositories.map(followed);
  return new BranchFollower({
    repositories: git,
    memories,
    clock,
    followed: () => Promise.resolve(list),
    patterns: ['feat/*'],
    onEvent: (event) => events.push(event),
    actions: {
      bringUp: (branch) => (done.push(`up ${branch}`), Promise.resolve()),
      tearDown: (branch) => (done.push(`down ${branch}`), Promise.resolve()),
    },
    ...options,
  });
}

/** What one poll made happen. */
async function poll(follower: BranchFollower): Promise<readonly string[]> {
  done = [];
  await follower.poll();
  await follower.idle();
  return done;
}

/** A follower that has brought up `feat/x`, ahead in each of these repositories. */
async function following(...repositories: readonly TestRepository[]): Promise<BranchFollower> {
  for (const each of repositories) each.commit('feat/x', { 'x.ts': 'x\n', 'y.ts': 'y\n' });
  const follower = follow(repositories);
  expect(await poll(follower)).toEqual(['up feat/x']);
  return follower;
}

function repository(name: string): TestRepository {
  return createRepository(folder.path, name);
}

describe('a followed branch', () => {
  it('brings its environment up once it is ahead, and again at every push, in whichever repository', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    const follower = await following(cart);
    expect(await poll(follower)).toEqual([]);
    cart.commit('feat/x', { 'z.ts': 'z' });
    expect(await poll(follower)).toEqual(['up feat/x']);
    const both = follow([cart, mailer]);
    await poll(both);
    mailer.commit('feat/x', { a: 'a' });
    expect(await poll(both)).toEqual(['up feat/x']);
    expect(await poll(both)).toEqual([]);
  });

  it('does nothing while it is fresh from the default branch, whatever the default branch does', async () => {
    const cart = repository('cart');
    cart.branch('feat/x');
    const follower = follow([cart]);
    expect(await poll(follower)).toEqual([]);
    cart.commit('main', { a: 'a' });
    expect(await poll(follower)).toEqual([]);
    cart.reset('feat/x', cart.tip('main'));
    expect(await poll(follower)).toEqual([]);
    cart.commit('feat/x', { b: 'b' });
    expect(await poll(follower)).toEqual(['up feat/x']);
  });

  it('does nothing while it has only an empty commit', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', {});
    const follower = follow([cart]);
    expect([await poll(follower), await poll(follower)]).toEqual([[], []]);
  });

  it('is one that the patterns let in, and never the default branch or a robot', async () => {
    const cart = repository('cart');
    cart.git('symbolic-ref', 'HEAD', 'refs/heads/feat/default');
    cart.branch('feat/default');
    for (const name of [
      'feat/a',
      'fix/b',
      'develop',
      'release/1',
      'dependabot/npm/x',
      'renovate/y',
    ]) {
      cart.commit(name, { a: name });
    }
    cart.git('update-ref', 'refs/heads/-feat/z', cart.tip('feat/a'));
    const follower = follow([cart], { patterns: ['*'] });
    expect(await poll(follower)).toEqual(['up feat/a', 'up fix/b']);
    cart.deleteBranch('release/1');
    cart.deleteBranch('develop');
    expect([await poll(follower), await poll(follower)]).toEqual([[], []]);
  });

  it.each(["feat/o'brien", 'feat/$(id)', 'feat/ünïcode', 'feat/a;b'])(
    'may be called %s',
    async (name) => {
      const cart = repository('cart');
      cart.commit(name, { a: 'a' });
      const follower = follow([cart]);
      expect(await poll(follower)).toEqual([`up ${name}`]);
      cart.squashMerge(name);
      expect(await poll(follower)).toEqual([`down ${name}`]);
    },
  );
});

describe.each(MERGES)('a branch merged by %s', (how, merge) => {
  it.each(['is kept', 'is deleted at once', 'is deleted later'])(
    'tears its environment down, once, when it %s',
    async (fate) => {
      const cart = repository('cart');
      const follower = await following(cart);
      cart.commit('feat/x', { 'x.ts': 'x\nmore\n' });
      expect(await poll(follower)).toEqual(['up feat/x']);
      if (how !== 'a fast-forward') cart.commit('main', { 'other.ts': 'o' });
      merge(cart);
      if (fate === 'is deleted at once') cart.deleteBranch('feat/x');
      expect(await poll(follower)).toEqual(['down feat/x']);
      if (fate === 'is deleted later') cart.deleteBranch('feat/x');
      // So far that a squash cannot be seen any more.
      cart.commit('main', { 'x.ts': 'quite another text\n', 'y.ts': null });
      expect(await poll(follower)).toEqual([]);
      expect(await poll(follow([cart]))).toEqual([]);
      expect(await poll(follow([cart]))).toEqual([]);
      const kept = fate === 'is kept' ? 1 : 0;
      expect(await memories.branches(cart.path)).toHaveLength(kept);
    },
  );

  it('tears nothing down, and starts nothing, when it was merged before it was first seen', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { 'x.ts': 'x' });
    if (how !== 'a fast-forward') cart.commit('main', { 'other.ts': 'o' });
    merge(cart);
    const follower = follow([cart]);
    expect([await poll(follower), await poll(follower)]).toEqual([[], []]);
  });

  it('starts again with the next commit on it', async () => {
    const cart = repository('cart');
    const follower = await following(cart);
    merge(cart);
    expect(await poll(follower)).toEqual(['down feat/x']);
    cart.commit('feat/x', { 'z.ts': 'z' });
    expect(await poll(follower)).toEqual(['up feat/x']);
  });
});

describe('a branch that is deleted', () => {
  it('tears its environment down at the second poll that misses it', async () => {
    const cart = repository('cart');
    const follower = await following(cart);
    cart.deleteBranch('feat/x');
    expect(await poll(follower)).toEqual([]);
    expect(await poll(follower)).toEqual(['down feat/x']);
    expect(await poll(follower)).toEqual([]);
    expect(await memories.branches(cart.path)).toEqual([]);
  });

  it('and made again before the second poll keeps its environment', async () => {
    const cart = repository('cart');
    const follower = await following(cart);
    const tip = cart.tip('feat/x');
    for (let time = 0; time < 2; time++) {
      cart.deleteBranch('feat/x');
      expect(await poll(follower)).toEqual([]);
      cart.git('update-ref', 'refs/heads/feat/x', tip);
      expect(await poll(follower)).toEqual([]);
    }
  });

  it('and made again later is another branch', async () => {
    const cart = repository('cart');
    const follower = await following(cart);
    cart.deleteBranch('feat/x');
    await poll(follower);
    expect(await poll(follower)).toEqual(['down feat/x']);
    cart.branch('feat/x');
    expect(await poll(follower)).toEqual([]);
    cart.commit('feat/x', { a: 'a' });
    expect(await poll(follower)).toEqual(['up feat/x']);
  });

  it('is never one whose repository does not answer, however often', async () => {
    const cart = repository('cart');
    const follower = await following(cart);
    renameSync(cart.path, `${cart.path}.away`);
    for (let time = 0; time < 5; time++) {
      await clock.advance(10 * 60_000);
      expect(await poll(follower)).toEqual([]);
    }
    expect(events.filter(({ type }) => type === 'repository-failed')).toHaveLength(5);
    renameSync(`${cart.path}.away`, cart.path);
    cart.deleteBranch('feat/x');
    await clock.advance(10 * 60_000);
    expect(await poll(follower)).toEqual([]);
    renameSync(cart.path, `${cart.path}.away`);
    expect(await poll(follower)).toEqual([]);
    renameSync(`${cart.path}.away`, cart.path);
    await clock.advance(10 * 60_000);
    expect(await poll(follower)).toEqual(['down feat/x']);
  });
});

describe('a branch of several repositories', () => {
  it('keeps its environment until the last one has merged or dropped it', async () => {
    const [cart, mailer, stock] = [repository('cart'), repository('mailer'), repository('stock')];
    const follower = await following(cart, mailer, stock);
    cart.squashMerge('feat/x');
    cart.deleteBranch('feat/x');
    for (let time = 0; time < 3; time++) expect(await poll(follower)).toEqual([]);
    stock.deleteBranch('feat/x');
    expect(await poll(follower)).toEqual([]);
    // What was dropped without a merge is no change any more: another deployment.
    expect(await poll(follower)).toEqual(['up feat/x']);
    mailer.merge('feat/x');
    expect(await poll(follower)).toEqual(['down feat/x']);
    mailer.deleteBranch('feat/x');
    expect([await poll(follower), await poll(follower), await poll(follower)]).toEqual([
      [],
      [],
      [],
    ]);
    for (const { path } of [cart, mailer, stock]) expect(await memories.branches(path)).toEqual([]);
  });

  it('keeps its environment while one has it fresh', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    mailer.branch('feat/x');
    cart.commit('feat/x', { a: 'a' });
    const follower = follow([cart, mailer]);
    expect(await poll(follower)).toEqual(['up feat/x']);
    cart.merge('feat/x');
    expect(await poll(follower)).toEqual([]);
    mailer.deleteBranch('feat/x');
    expect([await poll(follower), await poll(follower)]).toEqual([[], ['down feat/x']]);
  });

  it('is not torn down while one that might have it has not answered yet', async () => {
    const [cart, mailer] = [repository('cart'), repository('mailer')];
    await following(cart, mailer);
    cart.merge('feat/x');
    mailer.merge('feat/x');
    renameSync(mailer.path, `${mailer.path}.away`);
    // Started anew: what the other one had is remembered, what it has now is not known.
    const restarted = follow([cart, mailer]);
    await poll(restarted);
    await clock.advance(10 * 60_000);
    expect((await poll(restarted)).filter((action) => action.startsWith('down'))).toEqual([]);
    renameSync(`${mailer.path}.away`, mailer.path);
    await clock.advance(10 * 60_000);
    expect(await poll(restarted)).toEqual(['down feat/x']);
  });
});

describe('what is to be done', () => {
  it('survives a restart between the merge and the removal', async () => {
    const cart = repository('cart');
    await following(cart);
    cart.squashMerge('feat/x');
    cart.deleteBranch('feat/x');
    const failing = follow([cart], {
      actions: {
        bringUp: () => Promise.resolve(),
        tearDown: () => Promise.reject(new Error('killed')),
      },
    });
    await poll(failing);
    await poll(failing);
    cart.commit('main', { 'x.ts': 'moved on' });
    expect(await poll(follow([cart]))).toEqual(['down feat/x']);
    expect(await poll(follow([cart]))).toEqual([]);
  });

  it('is tried again at the next poll when it failed, and told', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { a: 'a' });
    let failures = 2;
    const follower = follow([cart], {
      actions: {
        bringUp: (branch) => {
          done.push(`up ${branch}`);
          return failures-- > 0 ? Promise.reject(new Error('no room')) : Promise.resolve();
        },
        tearDown: () => Promise.resolve(),
      },
    });
    const polls = [
      await poll(follower),
      await poll(follower),
      await poll(follower),
      await poll(follower),
    ];
    expect(polls.map((actions) => actions.length)).toEqual([1, 1, 1, 0]);
    expect(events.map(({ type }) => type)).toEqual([
      'action-failed',
      'action-failed',
      'brought-up',
    ]);
  });

  it('is not tried again while nothing is pushed to a branch that changes no component', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { a: 'a' });
    const follower = follow([cart], {
      actions: {
        bringUp: (branch) => {
          done.push(`up ${branch}`);
          return Promise.reject(new OperationError('NOTHING_CHANGED', 'nothing'));
        },
        tearDown: () => Promise.resolve(),
      },
    });
    expect([await poll(follower), await poll(follower)]).toEqual([['up feat/x'], []]);
    expect(events).toMatchObject([{ type: 'action-failed', branch: 'feat/x', willRetry: false }]);
    cart.commit('feat/x', { b: 'b' });
    expect(await poll(follower)).toEqual(['up feat/x']);
  });

  it('waits for what the branch has under way, and delays no other branch', async () => {
    const cart = repository('cart');
    cart.commit('feat/slow', { a: 'a' });
    const slow = Promise.withResolvers<undefined>();
    const follower = follow([cart], {
      actions: {
        bringUp: async (branch) => {
          done.push(`up ${branch}`);
          if (branch === 'feat/slow') await slow.promise;
        },
        tearDown: () => Promise.resolve(),
      },
    });
    await follower.poll();
    cart.commit('feat/slow', { b: 'b' });
    cart.commit('feat/quick', { b: 'b' });
    await follower.poll();
    expect(done).toEqual(['up feat/slow', 'up feat/quick']);
    slow.resolve(undefined);
    await follower.idle();
    expect(await poll(follower)).toEqual(['up feat/slow']);
  });
});

describe('polling', () => {
  interface Counted {
    readonly repositories: Repositories;
    most: number;
    heads: number;
    syncs: number;
  }

  /** Counts what is asked over the network, and how much of it at once. */
  function counted(): Counted {
    let running = 0;
    const counts: Counted = {
      most: 0,
      heads: 0,
      syncs: 0,
      repositories: {
        heads: async (of) => {
          counts.heads += 1;
          counts.most = Math.max(counts.most, ++running);
          try {
            return await git.heads(of);
          } finally {
            running -= 1;
          }
        },
        sync: (of) => {
          counts.syncs += 1;
          return git.sync(of);
        },
        resolve: (of, ref) => git.resolve(of, ref),
        isAncestor: (of, a, b) => git.isAncestor(of, a, b),
        changedPaths: (of, a, b) => git.changedPaths(of, a, b),
        mergeChangesNothing: (of, a, b) => git.mergeChangesNothing(of, a, b),
      },
    };
    return counts;
  }

  it('asks 50 repositories, each once, at most 16 at once', async () => {
    const all = Array.from({ length: 50 }, (_, index) => repository(`r${index}`));
    all[7]?.commit('feat/x', { a: 'a' });
    const counts = counted();
    const follower = follow(all, { repositories: counts.repositories });
    expect(await poll(follower)).toEqual(['up feat/x']);
    expect(counts).toMatchObject({ most: 16, heads: 50, syncs: 1 });
    await poll(follower);
    expect(counts).toMatchObject({ most: 16, heads: 100, syncs: 1 });
  });

  it('brings a mirror up to date only when something moved', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { a: 'a' });
    const counts = counted();
    const follower = follow([cart], { repositories: counts.repositories });
    const syncsAfter = async (): Promise<number> => {
      const before = counts.syncs;
      await poll(follower);
      return counts.syncs - before;
    };
    expect([await syncsAfter(), await syncsAfter()]).toEqual([1, 0]);
    cart.commit('unfollowed', { a: 'a' });
    expect(await syncsAfter()).toBe(0);
    cart.commit('main', { b: 'b' });
    expect([await syncsAfter(), await syncsAfter()]).toEqual([1, 0]);
  });

  it('happens every 30 seconds at most, and backs off from what fails, to five minutes', async () => {
    const cart = repository('cart');
    renameSync(cart.path, `${cart.path}.away`);
    const askedAtMs: number[] = [];
    const startMs = clock.nowMs();
    const failing: Repositories = {
      ...counted().repositories,
      heads: () => {
        askedAtMs.push((clock.nowMs() - startMs) / 1000);
        return Promise.reject(new OperationError('GIT_UNAVAILABLE', 'down'));
      },
    };
    const follower = follow([cart], { repositories: failing, intervalMs: 10 * 60_000 });
    const ending = new AbortController();
    const running = follower.run(ending.signal);
    await clock.advance(POLL_INTERVAL_MS * 60);
    ending.abort();
    await running;
    expect(askedAtMs).toEqual([0, 30, 90, 210, 450, 750, 1050, 1350, 1650]);
    expect(events[0]).toMatchObject({ type: 'repository-failed', retryInMs: 30_000 });
  });

  it('goes on when the catalog cannot be read for a while', async () => {
    const cart = repository('cart');
    cart.commit('feat/x', { a: 'a' });
    let isBroken = true;
    const follower = follow([cart], {
      intervalMs: 1000,
      followed: () =>
        isBroken ? Promise.reject(new Error('broken')) : Promise.resolve([followed(cart)]),
    });
    const ending = new AbortController();
    const running = follower.run(ending.signal);
    await clock.advance(2500);
    expect(events.map(({ type }) => type)).toEqual(['poll-failed', 'poll-failed', 'poll-failed']);
    isBroken = false;
    await clock.advance(1000);
    ending.abort();
    await running;
    expect(done).toEqual(['up feat/x']);
  });
});

describe('the repositories of a catalog', () => {
  it('are followed each once, with the branches that components name', () => {
    const source = { repository: 'mono.git', paths: ['.'] };
    const catalog = catalogOf([
      component({ name: 'a', source: { ...source, defaultBranch: 'trunk' } }),
      component({ name: 'b', source: { ...source, branch: 'stable' } }),
      component({ name: 'c', source: { ...source, repository: 'cart.git' } }),
      component({ name: 'd', type: 'external' }),
    ]);
    expect(followedRepositories(catalog)).toEqual([
      { repository: 'cart.git', defaultBranch: null, longLived: [] },
      { repository: 'mono.git', defaultBranch: 'trunk', longLived: ['trunk', 'stable'] },
    ]);
  });
});
