import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGit, type GitAdapter } from '../../../src/adapters/git/git.ts';
import { withFileLock } from '../../../src/adapters/git/file-lock.ts';
import {
  createRepository,
  repositoriesFolder,
  runGit,
  type TestRepository,
} from '../../support/git-repositories.ts';

let folder: ReturnType<typeof repositoriesFolder>;
let home: string;
let repository: TestRepository;

beforeEach(() => {
  folder = repositoriesFolder();
  home = join(folder.path, 'home');
  repository = createRepository(folder.path, 'shop', {
    'a.ts': 'a',
    'big.bin': 'x'.repeat(100_000),
  });
});

afterEach(() => folder.remove());

function open(program?: string): GitAdapter {
  const settings = { home, folder: folder.path, variables: process.env };
  return createGit(program === undefined ? settings : { ...settings, program });
}

/** A Git that does this instead of fetching, in the folder of the mirror it was to fetch into. */
function gitThatInstead(script: string): string {
  const program = join(folder.path, 'strange-git');
  writeFileSync(
    program,
    `#!/bin/sh\nfor word; do case "$word" in --git-dir=*) mirror="\${word#--git-dir=}";; fetch) ${script};; esac; done\nexec git "$@"\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

type Revisions = readonly { readonly repository: string; readonly sha: string }[];

function needs(...revisions: Revisions): () => Promise<Revisions> {
  return () => Promise.resolve(revisions);
}

const none = needs();

function mirrors(): readonly string[] {
  return readdirSync(join(home, 'mirrors'));
}

function mirrorPath(): string {
  return join(home, 'mirrors', mirrors()[0] ?? 'none');
}

/** After one more sync it is there, alone, up to date, and every file of it can be read. */
async function isSound(): Promise<boolean> {
  const { branches } = await open().repositories.sync(repository.path);
  runGit([`--git-dir=${mirrorPath()}`, 'archive', '--output=/dev/null', '--format=tar', 'main']);
  return mirrors().length === 1 && branches.get('main') === repository.tip('main');
}

interface Child {
  readonly ended: Promise<{ readonly code: number | null; readonly lines: readonly string[] }>;
  kill(): void;
}

function syncInAnotherProcess(times: number, program?: string): Child {
  const script = new URL('../../support/git-child.ts', import.meta.url).pathname;
  const args = [script, home, repository.path, String(times)];
  const child = spawn(process.execPath, program === undefined ? args : [...args, program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return {
    ended: new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, lines: output.trim().split('\n') }));
    }),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 400) throw new Error('it never happened');
    await sleep(25);
  }
}

describe('a mirror that was half made', () => {
  it('is made again when Git was killed while cloning', async () => {
    const killed = gitThatInstead('echo half >"$mirror/objects/half"; kill -9 $$');
    await expect(open(killed).repositories.sync(repository.path)).rejects.toMatchObject({
      code: 'GIT_FAILED',
    });
    expect(mirrors()).toEqual([]);
    expect(await isSound()).toBe(true);
  });

  it('is made all the same when a connection breaks once', async () => {
    const broken = join(folder.path, 'broken');
    const once = gitThatInstead(`[ -e ${broken} ] || { touch ${broken}; exit 128; }`);
    const { branches } = await open(once).repositories.sync(repository.path);
    expect(branches.get('main')).toBe(repository.tip('main'));
    expect(existsSync(broken)).toBe(true);
  });

  it('is made again when we were killed while cloning, by whoever comes next', async () => {
    const pidFile = join(folder.path, 'pid');
    const slow = gitThatInstead(
      `echo half >"$mirror/objects/half"; echo $$ >${pidFile}; exec sleep 60`,
    );
    const child = syncInAnotherProcess(1, slow);
    await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
    child.kill();
    await child.ended;
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    expect(mirrors()[0]).toMatch(/\.git\.making-/);
    expect(await isSound()).toBe(true);
  });
});

describe('a mirror that is damaged', () => {
  beforeEach(async () => {
    await open().repositories.sync(repository.path);
    repository.commit('main', { 'b.ts': 'b' });
    runGit([`--git-dir=${mirrorPath()}`, 'repack', '-a', '-d', '--quiet']);
    runGit([`--git-dir=${mirrorPath()}`, 'pack-refs', '--all']);
  });

  const packOf = (path: string): string => {
    const packs = join(path, 'objects', 'pack');
    return join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? 'none');
  };

  it.each<[string, (path: string) => void]>([
    ['without HEAD', (path) => rmSync(join(path, 'HEAD'))],
    ['with an empty HEAD', (path) => writeFileSync(join(path, 'HEAD'), '')],
    ['without objects', (path) => rmSync(join(path, 'objects'), { recursive: true })],
    ['without its packs', (path) => rmSync(join(path, 'objects', 'pack'), { recursive: true })],
    [
      'with a pack cut short',
      (path) => {
        chmodSync(packOf(path), 0o644);
        truncateSync(packOf(path), 100);
      },
    ],
    ['with unreadable refs', (path) => writeFileSync(join(path, 'packed-refs'), 'nonsense\n')],
    ['without refs', (path) => rmSync(join(path, 'refs'), { recursive: true })],
    ['with an unreadable configuration', (path) => writeFileSync(join(path, 'config'), '[core\n')],
    [
      'that is a file',
      (path) => {
        rmSync(path, { recursive: true });
        writeFileSync(path, '');
      },
    ],
  ])('is made whole again: %s', async (_, damage) => {
    damage(mirrorPath());
    expect(await isSound()).toBe(true);
  });

  it('keeps what it remembers, as far as it can be read', async () => {
    const forgotten = repository.commit('feat/x', { 'c.ts': 'c' });
    await open().repositories.sync(repository.path);
    repository.deleteBranch('feat/x');
    writeFileSync(join(mirrorPath(), 'refs', 'heads', 'main'), 'nonsense');
    expect(await isSound()).toBe(true);
    expect(await open().repositories.resolve(repository.path, forgotten)).toBe(forgotten);
  });

  it('is not stopped by a lock that a killed Git left', async () => {
    const lock = join(mirrorPath(), 'refs', 'heads', 'main.lock');
    mkdirSync(join(mirrorPath(), 'refs', 'heads'), { recursive: true });
    writeFileSync(lock, '');
    utimesSync(lock, new Date(0), new Date(0));
    expect(await isSound()).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });
});

describe('a file lock', () => {
  it('has one holder at a time, in one process too', async () => {
    let holders = 0;
    let most = 0;
    const hold = (): Promise<void> =>
      withFileLock(join(folder.path, 'locks', 'x.lock'), async () => {
        most = Math.max(most, ++holders);
        await sleep(2);
        holders -= 1;
      });
    await Promise.all(Array.from({ length: 8 }, hold));
    expect([holders, most]).toEqual([0, 1]);
  });

  it('is let go when its holder fails', async () => {
    const path = join(folder.path, 'x.lock');
    await expect(withFileLock(path, () => Promise.reject(new Error('mine')))).rejects.toThrow(
      'mine',
    );
    await expect(withFileLock(path, () => Promise.resolve('next'))).resolves.toBe('next');
  });
});

describe('several processes', () => {
  it('sync one repository at the same time, while somebody pushes', async () => {
    const children = Array.from({ length: 3 }, () => syncInAnotherProcess(6));
    const ended = Promise.all(children.map((child) => child.ended));
    const over = new AbortController();
    void ended.then(() => over.abort());
    for (let push = 0; push < 200 && !over.signal.aborted; push++) {
      repository.commit(push % 3 === 0 ? 'main' : `feat/${push}`, { 'a.ts': String(push) });
      await sleep(5);
    }
    expect((await ended).map(({ code, lines }) => [code, lines.length])).toEqual([[0, 6], [0, 6], [0, 6]]); // prettier-ignore
    expect(await isSound()).toBe(true);
  });
});

describe('a worktree', () => {
  function worktrees(): readonly string[] {
    const path = join(home, 'worktrees');
    return existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  }

  it('holds the files of one commit as they were committed, without a Git folder', async () => {
    repository.commit('main', {
      'run.sh': '#!/bin/sh\r\n',
      '.gitattributes': 'secret.txt export-ignore\n',
      'secret.txt': 's',
    });
    repository.git('update-ref', 'refs/heads/feat/x', repository.tip('main'));
    const path = await open().workingCopies.checkout(repository.path, repository.tip('main'));
    expect(path).toMatch(new RegExp(`worktrees/shop-[0-9a-f]{12}/${repository.tip('main')}$`));
    expect(readdirSync(path).toSorted()).toEqual([
      '.gitattributes',
      'a.ts',
      'big.bin',
      'run.sh',
      'secret.txt',
    ]);
    expect(readFileSync(join(path, 'run.sh'), 'utf8')).toBe('#!/bin/sh\r\n');
  });

  it('leaves submodules empty', async () => {
    const commit = repository.tip('main');
    const tree = runGit([`--git-dir=${repository.path}`, 'mktree'], {
      input: `160000 commit ${commit}\tvendored\n`,
    });
    const tip = repository.git('commit-tree', tree, '-m', 'submodule');
    repository.git('update-ref', 'refs/heads/feat/sub', tip);
    const path = await open().workingCopies.checkout(repository.path, tip);
    expect(readdirSync(join(path, 'vendored'))).toEqual([]);
  });

  it('is made once for all who ask at the same time, also from another process', async () => {
    const sha = repository.tip('main');
    const [first, second] = [open(), open()];
    const paths = await Promise.all(
      [first, first, second, first, second].map(({ workingCopies }) =>
        workingCopies.checkout(repository.path, sha),
      ),
    );
    expect(new Set(paths).size).toBe(1);
    const before = first.git.spawnCount + second.git.spawnCount;
    await first.workingCopies.checkout(repository.path, sha);
    expect(first.git.spawnCount + second.git.spawnCount).toBe(before);
    expect(before).toBeLessThanOrEqual(6);
  });

  it('is what somebody built in it, for whoever asks next', async () => {
    const sha = repository.tip('main');
    const path = await open().workingCopies.checkout(repository.path, sha);
    writeFileSync(join(path, 'built.js'), 'built');
    expect(await open().workingCopies.checkout(repository.path, sha)).toBe(path);
    expect(existsSync(join(path, 'built.js'))).toBe(true);
  });

  it('can be had of a commit that no branch has any more', async () => {
    const { repositories, workingCopies } = open();
    const unseen = repository.commit('feat/x', { 'c.ts': 'c' });
    repository.deleteBranch('feat/x');
    await repositories.sync(repository.path);
    const path = await workingCopies.checkout(repository.path, unseen);
    expect(existsSync(join(path, 'c.ts'))).toBe(true);
  });

  it.each(['e'.repeat(40), 'main', '../../etc', ''])('cannot be had of %j', async (sha) => {
    await expect(open().workingCopies.checkout(repository.path, sha)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
    });
    expect(worktrees().filter((name) => name.includes('making'))).toEqual([]);
  });

  it('stays when somebody needs it at the last moment, and is there for who waited for its removal', async () => {
    const { workingCopies } = open();
    const sha = repository.tip('main');
    const path = await workingCopies.checkout(repository.path, sha);
    const answers = [[], [{ repository: repository.path, sha }]];
    const changing = (): ReturnType<typeof none> => Promise.resolve(answers.shift() ?? []);
    expect(await workingCopies.releaseAllBut(changing)).toEqual([]);
    const asked = open().workingCopies;
    const late: Promise<string>[] = [];
    const removed = await workingCopies.releaseAllBut(() => {
      late.push(asked.checkout(repository.path, sha));
      return none();
    });
    expect(removed).toEqual([path]);
    expect(await Promise.all(late)).toEqual([path, path]);
    expect(existsSync(join(path, 'a.ts'))).toBe(true);
  });

  it('is removed when nobody needs it, with what was left half made, and no other is', async () => {
    const { workingCopies } = open();
    const first = repository.tip('main');
    const second = repository.commit('main', { 'b.ts': 'b' });
    const other = createRepository(folder.path, 'other');
    const kept = await workingCopies.checkout(repository.path, first);
    const removed = await workingCopies.checkout(repository.path, second);
    const alone = await workingCopies.checkout(other.path, other.tip('main'));
    mkdirSync(`${kept}.making-0`);
    expect(
      await workingCopies.releaseAllBut(needs({ repository: repository.path, sha: first })),
    ).toEqual(expect.arrayContaining([removed, alone]));
    expect(readdirSync(join(home, 'worktrees'))).toHaveLength(1);
    expect(readdirSync(join(kept, '..'))).toEqual([first]);
    expect(await workingCopies.releaseAllBut(needs())).toEqual([kept]);
    expect(worktrees()).toEqual([]);
    expect(await workingCopies.releaseAllBut(needs())).toEqual([]);
    expect(existsSync(await workingCopies.checkout(repository.path, first))).toBe(true);
  });
});
