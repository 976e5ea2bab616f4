import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Repositories,
  SourceFiles,
  WorkingCopies,
} from '../../application/ports/repositories.ts';
import { GitProcess, type Git } from './git-process.ts';
import { GitRepositories } from './git-repositories.ts';
import { Heads } from './heads.ts';
import { Mirrors } from './mirrors.ts';
import { GitSourceFiles } from './source-files.ts';
import { Worktrees } from './worktrees.ts';

/**
 * Git, by its own program.
 *
 * Reads from repositories by `ls-remote` and `fetch` only, into mirrors and worktrees below the state
 * folder; nobody's own clone is ever written to. Catalogs and branch names are hostile input: addresses
 * are checked before Git sees them, and commands after that deal in commit ids.
 */

export interface GitSettings {
  /** State folder. */
  readonly home: string;
  /** What relative repository paths of the catalog are relative to: the project's folder. */
  readonly folder: string;
  /** The environment of this process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Git processes at once; 16 unless told. */
  readonly concurrency?: number;
  /** `git` unless told. */
  readonly program?: string;
}

export interface GitAdapter {
  readonly repositories: Repositories;
  readonly workingCopies: WorkingCopies;
  readonly sourceFiles: SourceFiles;
  readonly git: Git;
}

export function createGit(settings: GitSettings): GitAdapter {
  const { home, variables, concurrency, program } = settings;
  mkdirSync(join(home, 'mirrors'), { recursive: true });
  const git = new GitProcess({
    variables,
    folder: join(home, 'mirrors'),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(program === undefined ? {} : { program }),
  });
  const heads = new Heads(git);
  const mirrors = new Mirrors(git, heads, home);
  return {
    repositories: new GitRepositories(heads, mirrors, settings.folder),
    workingCopies: new Worktrees(mirrors, home, settings.folder),
    sourceFiles: new GitSourceFiles(mirrors, settings.folder),
    git,
  };
}
