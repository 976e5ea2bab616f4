import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from './address.ts';
import { withFileLock } from './file-lock.ts';
import { failed, unavailable } from './git-errors.ts';
import type { Git, GitAnswer, GitCommand } from './git-process.ts';
import type { Heads } from './heads.ts';

/**
 * One bare mirror per repository, ours alone, shared by all processes of one state folder.
 *
 * A mirror has every branch and tag of its remote, and under `refs/offshoot/seen` every tip it ever saw:
 * commits that a rebase or a deletion left behind are still needed, to tell what was merged. It appears
 * by a rename, so a mirror that is there was once complete; one that is damaged is made again.
 */

const FETCH_TIMEOUT_MS = 10 * 60_000;
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
const SEEN = 'refs/offshoot/seen/';
const MAKING = '.making-';

/** Under our own lock nobody else writes refs, so a lock file of Git's this old is what a `kill -9` left. */
const STALE_LOCK_MS = 5000;
const STALE_LOCK_WAIT_MS = 500;
const STALE_LOCK_TRIES = 12;

export class Mirrors {
  readonly #git: Git;
  readonly #heads: Heads;
  readonly #root: string;
  readonly #locks: string;

  constructor(git: Git, heads: Heads, home: string) {
    this.#git = git;
    this.#heads = heads;
    this.#root = join(home, 'mirrors');
    this.#locks = join(home, 'locks');
  }

  /** One Git command on a mirror. */
  async run(address: Address, command: GitCommand): Promise<GitAnswer> {
    return await this.#git.run(inMirror(this.#pathOf(address), command));
  }

  exists(address: Address): boolean {
    const path = this.#pathOf(address);
    return ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(path, name)));
  }

  /**
   * Brings a mirror up to date, making it when there is none. The branches that it then has.
   *
   * @throws {OperationError} `GIT_UNAVAILABLE`, `GIT_FAILED`
   */
  async fetch(address: Address): Promise<ReadonlyMap<string, string>> {
    return await this.#locked(address, async () => {
      await this.#fetchOrMake(address);
      return await this.#keepTips(address);
    });
  }

  /** Fetches one commit that no branch leads to any more. Says whether it came. */
  async fetchCommit(address: Address, sha: string): Promise<boolean> {
    return await this.#locked(address, async () => {
      const refspec = `${sha}:${SEEN}${sha}`;
      const args = ['--end-of-options', address.url, refspec];
      const answer = await this.#fetch(this.#pathOf(address), args);
      return answer.exitCode === 0;
    });
  }

  #locked<Result>(address: Address, act: () => Promise<Result>): Promise<Result> {
    return withFileLock(join(this.#locks, `mirror-${address.folder}.lock`), act);
  }

  #pathOf(address: Address): string {
    return join(this.#root, `${address.folder}.git`);
  }

  async #fetchOrMake(address: Address): Promise<void> {
    if (!this.exists(address)) return await this.#make(address);
    const path = this.#pathOf(address);
    const answer = await this.#fetchPastStaleLocks(path, address);
    if (answer.exitCode === 0) {
      await this.run(address, { args: ['gc', '--auto', '--quiet'], timeoutMs: FETCH_TIMEOUT_MS });
      return;
    }
    // Whose fault is it? A remote that does not answer says so again; else the mirror is damaged.
    await this.#heads.ask(address);
    await this.#make(address);
  }

  /** A second look at each lock file: who still holds one is gone, or will be in a moment. */
  async #fetchPastStaleLocks(path: string, address: Address): Promise<GitAnswer> {
    let answer = await this.#fetchAll(path, address);
    for (let tries = 0; answer.exitCode !== 0 && tries < STALE_LOCK_TRIES; tries++) {
      const locks = await lockFilesIn(path);
      if (locks.length === 0) break;
      await removeStale(locks);
      await sleep(STALE_LOCK_WAIT_MS);
      answer = await this.#fetchAll(path, address);
    }
    return answer;
  }

  async #make(address: Address): Promise<void> {
    const path = this.#pathOf(address);
    await this.#sweep(path);
    const temporary = `${path}${MAKING}${randomUUID()}`;
    await makeSkeleton(temporary);
    try {
      const answer = await this.#fetchTwice(temporary, address);
      if (answer.exitCode !== 0) throw failed(address, 'fetch the commits', answer);
      if (existsSync(path)) await this.#replace(path, temporary);
      else await rename(temporary, path);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /**
   * Once more when the connection broke and the remote is there all the same.
   *
   * @throws {OperationError} `GIT_UNAVAILABLE` when it is not.
   */
  async #fetchTwice(path: string, address: Address): Promise<GitAnswer> {
    const first = await this.#fetchAll(path, address);
    if (first.exitCode === 0) return first;
    if (first.timedOut) throw unavailable(address, first);
    await this.#heads.ask(address);
    return await this.#fetchAll(path, address);
  }

  /** What the damaged one remembers is taken over as far as it can still be read. */
  async #replace(path: string, temporary: string): Promise<void> {
    const refspec = `+${SEEN}*:${SEEN}*`;
    await this.#fetch(temporary, ['--end-of-options', path, refspec]);
    await rename(path, `${path}${MAKING}${randomUUID()}`);
    await rename(temporary, path);
    await this.#sweep(path);
  }

  /** What somebody left who was ended while making this mirror. Only ever called under its lock. */
  async #sweep(path: string): Promise<void> {
    const names = await readdir(this.#root);
    const left = names.map((name) => join(this.#root, name));
    await Promise.all(
      left
        .filter((name) => name.startsWith(`${path}${MAKING}`))
        .map((name) => rm(name, { recursive: true, force: true })),
    );
  }

  #fetchAll(path: string, address: Address): Promise<GitAnswer> {
    return this.#fetch(path, ['--prune', '--end-of-options', address.url, ...REFSPECS]);
  }

  #fetch(path: string, args: readonly string[]): Promise<GitAnswer> {
    const options = [
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
    ];
    return this.#git.run(
      inMirror(path, {
        args: ['fetch', ...options, ...args],
        timeoutMs: FETCH_TIMEOUT_MS,
      }),
    );
  }

  async #keepTips(address: Address): Promise<ReadonlyMap<string, string>> {
    const listed = await this.run(address, {
      args: ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/', SEEN],
    });
    if (listed.exitCode !== 0) throw failed(address, 'list the branches', listed);
    const branches = new Map<string, string>();
    const seen = new Set<string>();
    for (const line of listed.stdout.split('\n')) {
      const [sha, ref] = split(line);
      if (ref.startsWith(SEEN)) seen.add(sha);
      else if (ref !== '') branches.set(ref.slice('refs/heads/'.length), sha);
    }
    const unseen = new Set(branches.values()).difference(seen);
    if (unseen.size > 0) await this.#remember(address, unseen);
    return branches;
  }

  async #remember(address: Address, tips: ReadonlySet<string>): Promise<void> {
    const commands = [...tips].map((sha) => `update ${SEEN}${sha} ${sha}\n`);
    const answer = await this.run(address, {
      args: ['update-ref', '--stdin'],
      input: commands.join(''),
    });
    if (answer.exitCode !== 0) throw failed(address, 'remember the branches', answer);
  }
}

function inMirror(path: string, command: GitCommand): GitCommand {
  return { ...command, args: [`--git-dir=${path}`, ...command.args] };
}

/** At the first space only: a branch name has none, but what Git prints is not ours to trust. */
function split(line: string): [string, string] {
  const space = line.indexOf(' ');
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
}

/** What `git init --bare` makes, without its templates and without a process. */
async function makeSkeleton(path: string): Promise<void> {
  await mkdir(join(path, 'objects'), { recursive: true });
  await mkdir(join(path, 'refs'));
  await writeFile(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  await writeFile(join(path, 'HEAD'), 'ref: refs/heads/main\n');
}

async function lockFilesIn(path: string): Promise<readonly string[]> {
  const refs = await readdir(join(path, 'refs'), { recursive: true });
  const names = [...(await readdir(path)), ...refs.map((name) => join('refs', name))];
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(path, name));
}

async function removeStale(locks: readonly string[]): Promise<void> {
  for (const lock of locks) {
    const found = await stat(lock).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > STALE_LOCK_MS)
      await rm(lock, { force: true });
  }
}
