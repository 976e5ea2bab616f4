import {
  POLLS_UNTIL_DELETED,
  canForget,
  lifeAfter,
  type BranchLife,
  type BranchSight,
} from '../../domain/revision/branch-life.ts';
import { isFollowed } from '../../domain/revision/branch-pattern.ts';
import { isRefName } from '../../domain/revision/ref-name.ts';
import type { BranchMemories, RemoteHeads, Repositories } from '../ports/repositories.ts';
import { allReached } from '../revisions/all-reached.ts';
import { isContained } from '../revisions/containment.ts';
import { settleInParallel } from '../revisions/in-parallel.ts';
import type { FollowedRepository } from './followed-repositories.ts';

export interface ObserverPorts {
  readonly repositories: Repositories;
  readonly memories: BranchMemories;
}

/** What an earlier look of this process saw of the default branch; null before the first. */
export type LastLook = { readonly defaultTip: string | null } | null;

/**
 * One successful look at a repository: every followed branch that exists or is remembered gets its sight,
 * and what that changes is remembered.
 *
 * One `ls-remote`. The mirror is brought up to date, and Git is asked what is merged, only when something moved.
 *
 * @throws {OperationError} `GIT_UNAVAILABLE`: then nothing was remembered.
 */
export async function observeRepository(
  ports: ObserverPorts,
  followed: FollowedRepository,
  patterns: readonly string[],
  options: { readonly last: LastLook; readonly now: string },
): Promise<LastLook> {
  const asked = await ports.repositories.heads(followed.repository);
  const lives = await livesOf(ports.memories, followed.repository);
  const look = (heads: RemoteHeads): Look => new Look(ports, followed, { patterns, heads, lives });
  const isQuiet = look(asked).news(options.last).length === 0;
  const now = look(isQuiet ? asked : await ports.repositories.sync(followed.repository));
  await now.remember(now.news(options.last), options.now);
  return { defaultTip: now.defaultTip };
}

async function livesOf(
  memories: BranchMemories,
  repository: string,
): Promise<ReadonlyMap<string, BranchLife>> {
  const known = await memories.branches(repository);
  return new Map(known.map((memory) => [memory.branch, memory]));
}

/** Questions to Git at once about the branches of one repository. */
const QUESTIONS_AT_ONCE = 4;

interface Scene {
  readonly patterns: readonly string[];
  readonly heads: RemoteHeads;
  readonly lives: ReadonlyMap<string, BranchLife>;
}

class Look {
  readonly defaultTip: string | null;
  readonly #ports: ObserverPorts;
  readonly #followed: FollowedRepository;
  readonly #scene: Scene;
  readonly #defaultBranch: string | null;

  constructor(ports: ObserverPorts, followed: FollowedRepository, scene: Scene) {
    this.#ports = ports;
    this.#followed = followed;
    this.#scene = scene;
    this.#defaultBranch = followed.defaultBranch ?? scene.heads.defaultBranch;
    this.defaultTip = scene.heads.branches.get(this.#defaultBranch ?? '') ?? null;
  }

  /** The followed branches of which this look may tell something new. */
  news(last: LastLook): readonly string[] {
    const isDefaultMoved = last === null || last.defaultTip !== this.defaultTip;
    return this.#followedBranches().filter((branch) => {
      const life = this.#scene.lives.get(branch);
      if (life === undefined) return true;
      const tip = this.#scene.heads.branches.get(branch);
      if (tip === undefined) return life.missingPolls < POLLS_UNTIL_DELETED;
      return isDefaultMoved || tip !== life.tip || life.missingPolls > 0;
    });
  }

  /** Asks about all of them before anything is written, so that a failure leaves no half of a look. */
  async remember(branches: readonly string[], now: string): Promise<void> {
    const sights = await settleInParallel(branches, QUESTIONS_AT_ONCE, async (branch) => ({
      branch,
      sight: await this.#sightOf(branch),
    }));
    for (const { branch, sight } of allReached(sights)) {
      const life = this.#scene.lives.get(branch) ?? null;
      await this.#write(branch, life, lifeAfter(life, sight, now));
    }
  }

  /** Those of the remote and those remembered, as far as the patterns let them in. */
  #followedBranches(): readonly string[] {
    const { heads, lives, patterns } = this.#scene;
    const longLived = [...this.#followed.longLived];
    if (this.#defaultBranch !== null) longLived.push(this.#defaultBranch);
    return [...new Set([...heads.branches.keys(), ...lives.keys()])].filter(
      (name) => isRefName(name) && isFollowed(name, patterns, longLived),
    );
  }

  async #sightOf(branch: string): Promise<BranchSight> {
    const { heads, lives } = this.#scene;
    const { defaultTip } = this;
    const life = lives.get(branch);
    const tip = heads.branches.get(branch);
    if (tip === undefined) {
      return { kind: 'missing', isContained: life !== undefined && (await this.#isIn(life.tip)) };
    }
    const isNow = await this.#isIn(tip);
    const wasBefore = life === undefined || life.tip === tip ? isNow : await this.#isIn(life.tip);
    return { kind: 'present', tip, isContained: isNow, wasContained: wasBefore, defaultTip };
  }

  async #isIn(tip: string): Promise<boolean> {
    if (this.defaultTip === null) return false;
    const { repository } = this.#followed;
    return await isContained(this.#ports.repositories, { repository, tip, into: this.defaultTip });
  }

  async #write(branch: string, before: BranchLife | null, after: BranchLife | null): Promise<void> {
    const { repository } = this.#followed;
    const { memories } = this.#ports;
    if (after === null || after === before) return;
    if (canForget(after)) await memories.forgetBranch(repository, branch);
    else await memories.rememberBranch({ repository, branch, ...after });
  }
}
