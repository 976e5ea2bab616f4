import { compareText } from '../../domain/diagnostic.ts';
import {
  desiredEnvironment,
  lifeAfterTearDown,
  type BranchLife,
  type DesiredEnvironment,
} from '../../domain/revision/branch-life.ts';
import { OperationError } from '../../domain/errors.ts';
import { isFollowed } from '../../domain/revision/branch-pattern.ts';
import { CONCURRENCY_DEFAULT } from '../revisions/gather.ts';
import { settleInParallel } from '../revisions/in-parallel.ts';
import type { Clock } from '../ports/clock.ts';
import type { FollowedRepository } from './followed-repositories.ts';
import { observeRepository, type LastLook, type ObserverPorts } from './observe-repository.ts';

/**
 * Environments that come and go with their branches, by Git alone.
 *
 * Each poll looks at every repository, remembers what it saw, and derives from the memories of all
 * repositories what each branch asks for. What to do is never queued: an action that failed, or that a
 * `kill -9` cut short, is derived again at the next poll, so both actions must be idempotent. A repository
 * that does not answer changes no memory, and nothing is torn down before each one has answered once.
 */

export interface BranchActions {
  /** Makes the branch's environment what its newest commits ask for. Returns when that is accepted. */
  bringUp(branch: string): Promise<void>;
  /** Takes its environment away. Already gone is success. */
  tearDown(branch: string): Promise<void>;
}

export type FollowEvent =
  | { readonly type: 'brought-up' | 'torn-down'; readonly branch: string }
  | {
      readonly type: 'action-failed';
      readonly action: keyof BranchActions;
      readonly branch: string;
      readonly error: unknown;
      /** At the next poll. False for a branch that changes nothing: only a push can help. */
      readonly willRetry: boolean;
    }
  | {
      readonly type: 'repository-failed';
      readonly repository: string;
      readonly error: unknown;
      readonly retryInMs: number;
    }
  /** The catalog or the memories cannot be read; the next poll tries again. */
  | { readonly type: 'poll-failed'; readonly error: unknown };

export interface FollowOptions extends ObserverPorts {
  readonly clock: Clock;
  readonly actions: BranchActions;
  /** Asked at every poll: the catalog may change. */
  readonly followed: () => Promise<readonly FollowedRepository[]>;
  /** Which branches get an environment, like `feat/*`. */
  readonly patterns: readonly string[];
  /** Told what happens; must not throw. */
  readonly onEvent?: (event: FollowEvent) => void;
  /** At most, and unless told, `POLL_INTERVAL_MS`. */
  readonly intervalMs?: number;
}

export const POLL_INTERVAL_MS = 30_000;
const BACKOFF_LIMIT_MS = 5 * 60_000;
const POLLS_AT_ONCE = CONCURRENCY_DEFAULT;

interface RepositoryState {
  readonly last: LastLook;
  readonly failures: number;
  readonly dueAtMs: number;
}

export class BranchFollower {
  readonly #options: FollowOptions;
  readonly #intervalMs: number;
  readonly #repositories = new Map<string, RepositoryState>();
  /** Branch → the revision that was last brought up by this process. */
  readonly #broughtUp = new Map<string, string>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#intervalMs = Math.min(options.intervalMs ?? POLL_INTERVAL_MS, POLL_INTERVAL_MS);
  }

  /** Polls until the signal aborts, then waits for the actions that it started. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const startedAtMs = clock.nowMs();
      try {
        await this.poll();
      } catch (error) {
        this.#tell({ type: 'poll-failed', error });
      }
      const tookMs = clock.nowMs() - startedAtMs;
      await clock.sleep(Math.max(0, this.#intervalMs - tookMs), signal);
    }
    await this.idle();
  }

  /** Resolves once no action is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** One poll. Starts what is to be done and does not wait for it: a slow removal delays no other branch. */
  async poll(): Promise<void> {
    const followed = await this.#options.followed();
    const nowMs = this.#options.clock.nowMs();
    const due = followed.filter(({ repository }) => this.#stateOf(repository).dueAtMs <= nowMs);
    await settleInParallel(due, POLLS_AT_ONCE, (repository) => this.#look(repository, nowMs));
    const mayTearDown = followed.every(({ repository }) => this.#stateOf(repository).last !== null);
    for (const [branch, lives] of await this.#livesByBranch(followed)) {
      const wish = desiredEnvironment(lives);
      if (wish.desired === 'down' && !mayTearDown) continue;
      this.#act(branch, wish, lives);
    }
  }

  #stateOf(repository: string): RepositoryState {
    return this.#repositories.get(repository) ?? { last: null, failures: 0, dueAtMs: 0 };
  }

  async #look(followed: FollowedRepository, nowMs: number): Promise<void> {
    const { patterns } = this.#options;
    const { repository } = followed;
    const { last, failures } = this.#stateOf(repository);
    try {
      const now = new Date(nowMs).toISOString();
      const seen = await observeRepository(this.#options, followed, patterns, { last, now });
      this.#repositories.set(repository, { last: seen, failures: 0, dueAtMs: 0 });
    } catch (error) {
      const retryInMs = Math.min(this.#intervalMs * 2 ** failures, BACKOFF_LIMIT_MS);
      const dueAtMs = nowMs + retryInMs;
      this.#repositories.set(repository, { last, failures: failures + 1, dueAtMs });
      this.#tell({ type: 'repository-failed', repository, error, retryInMs });
    }
  }

  async #livesByBranch(
    followed: readonly FollowedRepository[],
  ): Promise<readonly (readonly [string, ReadonlyMap<string, BranchLife>])[]> {
    const { memories, patterns } = this.#options;
    const byBranch = new Map<string, Map<string, BranchLife>>();
    for (const { repository, longLived } of followed) {
      for (const life of await memories.branches(repository)) {
        if (!isFollowed(life.branch, patterns, longLived)) continue;
        const lives = byBranch.get(life.branch) ?? new Map<string, BranchLife>();
        byBranch.set(life.branch, lives.set(repository, life));
      }
    }
    return [...byBranch].toSorted(([a], [b]) => compareText(a, b));
  }

  /** One action per branch at a time; what is asked for meanwhile is derived again at the next poll. */
  #act(branch: string, wish: DesiredEnvironment, lives: ReadonlyMap<string, BranchLife>): void {
    if (this.#running.has(branch)) return;
    if (wish.desired === 'up' && this.#broughtUp.get(branch) !== wish.revision) {
      this.#start(branch, this.#bringUp(branch, wish.revision));
    }
    if (wish.desired === 'down') this.#start(branch, this.#tearDown(branch, [...lives.keys()]));
  }

  #start(branch: string, action: Promise<void>): void {
    const ended = action.finally(() => this.#running.delete(branch));
    this.#running.set(branch, ended);
  }

  async #bringUp(branch: string, revision: string): Promise<void> {
    try {
      await this.#options.actions.bringUp(branch);
      this.#broughtUp.set(branch, revision);
      this.#tell({ type: 'brought-up', branch });
    } catch (error) {
      // Asking again would only say so again, until somebody pushes.
      const willRetry = !isNothingChanged(error);
      if (!willRetry) this.#broughtUp.set(branch, revision);
      this.#tell({ type: 'action-failed', action: 'bringUp', branch, error, willRetry });
    }
  }

  async #tearDown(branch: string, repositories: readonly string[]): Promise<void> {
    try {
      this.#broughtUp.delete(branch);
      await this.#options.actions.tearDown(branch);
      await this.#settle(branch, repositories);
      this.#tell({ type: 'torn-down', branch });
    } catch (error) {
      this.#tell({ type: 'action-failed', action: 'tearDown', branch, error, willRetry: true });
    }
  }

  /** Reads the lives again: the branch may have come back while its environment went away. */
  async #settle(branch: string, repositories: readonly string[]): Promise<void> {
    const { memories } = this.#options;
    for (const repository of repositories) {
      const known = await memories.branches(repository);
      const life = known.find((memory) => memory.branch === branch);
      if (life === undefined) continue;
      const settled = lifeAfterTearDown(life);
      if (settled === null) await memories.forgetBranch(repository, branch);
      else if (settled !== life) await memories.rememberBranch({ repository, branch, ...settled });
    }
  }

  #tell(event: FollowEvent): void {
    this.#options.onEvent?.(event);
  }
}

function isNothingChanged(error: unknown): boolean {
  return error instanceof OperationError && error.code === 'NOTHING_CHANGED';
}
