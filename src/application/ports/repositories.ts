import type { Revision } from '../../domain/revision/revision.ts';

/** Git as the use cases see it. Every method reads or fetches; none writes to a repository of the user's. */

export interface RemoteHeads {
  /** Branch that the remote's HEAD names; null when the repository is empty or HEAD is detached. */
  readonly defaultBranch: string | null;
  /** Branch → full commit id. */
  readonly branches: ReadonlyMap<string, string>;
}

export interface Repositories {
  /**
   * One `ls-remote`; does not touch the mirror.
   * @throws {OperationError} `GIT_UNAVAILABLE`
   */
  heads(repository: string): Promise<RemoteHeads>;
  /** Brings the bare mirror up to date and returns the heads it then has. Commits once seen are kept. */
  sync(repository: string): Promise<RemoteHeads>;
  /** Branch, tag or commit (full or at least 7 digits) → full commit id; null when unknown. Mirror only. */
  resolve(repository: string, ref: string): Promise<string | null>;
  isAncestor(repository: string, ancestor: string, descendant: string): Promise<boolean>;
  /** Paths that differ between merge-base(base, tip) and tip. */
  changedPaths(repository: string, base: string, tip: string): Promise<readonly string[]>;
  /** True when merging `tip` into `into` would change no file: merged by squash or rebase. */
  mergeChangesNothing(repository: string, tip: string, into: string): Promise<boolean>;
}

/** Files of a revision for whoever has no worktree of it: what fills a datastore on a cluster. */
export interface SourceFiles {
  /**
   * Path → text of all files that a pattern matches, in name order; patterns as of `fs.glob`. Of the
   * project's folder when there is no revision. Mirror only.
   */
  read(
    revision: Pick<Revision, 'repository' | 'sha'> | null,
    patterns: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
}

export interface WorkingCopies {
  /** Path of a detached worktree of that commit, made when missing. Shared by all who ask for it. */
  checkout(repository: string, sha: string): Promise<string>;
  /**
   * Removes worktrees whose commit is not among those still needed. Returns what it removed.
   *
   * @param needed - Asked while nobody can check out what is about to go: whoever says beforehand, in what
   *   this reads, that it needs a worktree, keeps it or gets it anew.
   */
  releaseAllBut(
    needed: () => Promise<readonly { readonly repository: string; readonly sha: string }[]>,
  ): Promise<readonly string[]>;
}

/** What the follower remembers of a branch between polls and restarts. */
export interface BranchMemory {
  readonly repository: string;
  readonly branch: string;
  /** Last tip seen. */
  readonly tip: string;
  /** Its tip was once ahead of the default branch. */
  readonly wasAhead: boolean;
  /** Successful polls in a row in which it was missing. */
  readonly missingPolls: number;
  /** Set once its tip is in the default branch. With `wasAhead` false: and its environment is gone. */
  readonly mergedAt: string | null;
  /** Tip of the default branch when this one was last seen ahead of it: where its own commits begin. */
  readonly base: string | null;
}

export interface BranchMemories {
  branches(repository: string): Promise<readonly BranchMemory[]>;
  rememberBranch(memory: BranchMemory): Promise<void>;
  forgetBranch(repository: string, branch: string): Promise<void>;
}
