import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { addressOf } from '../../../src/adapters/git/address.ts';
import { GitProcess } from '../../../src/adapters/git/git-process.ts';
import { createGit, type GitAdapter } from '../../../src/adapters/git/git.ts';
import { redact } from '../../../src/adapters/git/redact.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { createRepository, repositoriesFolder, runGit } from '../../support/git-repositories.ts';

let folder: ReturnType<typeof repositoriesFolder>;

beforeEach(() => {
  folder = repositoriesFolder();
});

afterEach(() => folder.remove());

function open(variables: Readonly<Record<string, string | undefined>> = process.env): GitAdapter {
  return createGit({ home: join(folder.path, 'home'), folder: folder.path, variables });
}

async function failureOf(promise: Promise<unknown>): Promise<OperationError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError) return error;
  throw new Error('it did not fail as expected', { cause: error });
}

describe('an address that would run a program', () => {
  it.each([
    'ext::sh -c touch% pwned',
    'EXT::sh -c touch% pwned',
    'fd::17',
    'foo://example/x',
    '--upload-pack=touch pwned',
    '-oProxyCommand=touch pwned',
    '',
    'a\nb',
    'a\0b',
  ])('is refused before Git sees it: %j', async (address) => {
    const { repositories, workingCopies, git } = open();
    const error = await failureOf(repositories.heads(address));
    expect(error.code).toBe('CATALOG_INVALID_VALUE');
    await failureOf(repositories.sync(address));
    await failureOf(workingCopies.checkout(address, 'a'.repeat(40)));
    expect(git.spawnCount).toBe(0);
  });

  it('cannot hide in the configuration of the user either', async () => {
    const configuration = join(folder.path, 'gitconfig');
    const pwned = join(folder.path, 'pwned');
    writeFileSync(
      configuration,
      `[url "ext::sh -c touch% ${pwned}% "]\n\tinsteadOf = https://innocent.example/\n[protocol]\n\tallow = always\n`,
    );
    const { repositories } = open({ ...process.env, GIT_CONFIG_GLOBAL: configuration });
    const error = await failureOf(repositories.heads('https://innocent.example/x.git'));
    expect(error.code).toBe('GIT_UNAVAILABLE');
    expect(existsSync(pwned)).toBe(false);
  });
});

describe('an address', () => {
  it('is another folder for every repository, and the same when only credentials differ', () => {
    const folderOf = (address: string): string => addressOf(address, '/p').folder;
    expect(folderOf('https://a.example/cart.git')).not.toBe(folderOf('https://b.example/cart.git'));
    expect(folderOf('https://u:p@a.example/cart.git')).toBe(
      folderOf('https://u:q@a.example/cart.git'),
    );
    expect(folderOf('cart')).toBe(folderOf('/p/cart'));
    expect(folderOf('cart')).toMatch(/^cart-[0-9a-f]{12}$/);
    expect(folderOf('git@a.example:../../etc')).toMatch(/^etc-[0-9a-f]{12}$/);
    expect(folderOf('/p/…')).toMatch(/^repository-[0-9a-f]{12}$/);
  });

  it('may be a host and a path as ssh writes it', () => {
    expect(addressOf('git@a.example:shop/cart.git', '/p').url).toBe('git@a.example:shop/cart.git');
    expect(addressOf('../x:y/cart', '/p/q').url).toBe('/p/x:y/cart');
  });
});

describe('credentials', () => {
  it('are in no message, hint or detail of an error', async () => {
    const { repositories } = open();
    const address = 'http://robot:s3cret@127.0.0.1:1/shop.git?access_token=t0ken';
    for (const failing of [repositories.heads(address), repositories.sync(address)]) {
      const error = await failureOf(failing);
      expect(error.code).toBe('GIT_UNAVAILABLE');
      const told = JSON.stringify([error.message, error.hint, error.details, String(error.stack)]);
      expect(told).not.toMatch(/s3cret|t0ken/);
      expect(error.message).toContain('127.0.0.1:1/shop.git');
    }
  });

  it('are taken out of every address in a text', () => {
    expect(redact('at https://u:p@h/x and ssh://tok@h2/y?a=1&private_token=z')).toBe(
      'at https://***@h/x and ssh://***@h2/y?a=1&private_token=***',
    );
  });
});

describe('a repository that cannot be reached', () => {
  it('is named, and worth another try', async () => {
    const { repositories, workingCopies } = open();
    const missing = join(folder.path, 'missing.git');
    for (const failing of [
      repositories.heads(missing),
      repositories.sync(missing),
      workingCopies.checkout(missing, 'a'.repeat(40)),
    ]) {
      const error = await failureOf(failing);
      expect(error.code).toBe('GIT_UNAVAILABLE');
      expect(error.message).toContain(missing);
    }
  });

  it('leaves no half of a mirror', async () => {
    const { repositories } = open();
    await failureOf(repositories.sync(join(folder.path, 'missing.git')));
    expect(readdirSync(join(folder.path, 'home', 'mirrors'))).toEqual([]);
  });
});

describe('the program', () => {
  it('is named when it is missing', async () => {
    const settings = {
      home: folder.path,
      folder: folder.path,
      variables: {},
      program: 'git-is-not-here',
    };
    const error = await failureOf(createGit(settings).repositories.heads('x'));
    expect(error).toMatchObject({ code: 'GIT_FAILED' });
    expect(error.hint).toContain('install Git');
  });

  it('is ended with all its helpers when a server says nothing', async () => {
    const server = createServer((socket) => void socket.resume());
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const git = new GitProcess({ variables: process.env, folder: folder.path });
    const startedAt = performance.now();
    const answer = await git.run({
      args: ['ls-remote', `git://127.0.0.1:${port}/x`],
      timeoutMs: 300,
    });
    expect(answer).toMatchObject({ exitCode: null, timedOut: true });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await new Promise((closed) => server.close(closed));
  });

  it('is ended when it says too much', async () => {
    const program = join(folder.path, 'loud');
    writeFileSync(program, '#!/bin/sh\nexec cat /dev/zero\n');
    chmodSync(program, 0o755);
    const git = new GitProcess({ variables: process.env, folder: folder.path, program });
    expect((await failureOf(git.run({ args: ['x'] }))).message).toContain('more than 32 MiB');
  });

  it('runs at most so many times at once, and each waits its turn', async () => {
    const log = join(folder.path, 'log');
    const program = join(folder.path, 'counted');
    writeFileSync(program, `#!/bin/sh\necho + >>${log}\nsleep 0.05\necho - >>${log}\n`);
    chmodSync(program, 0o755);
    const git = new GitProcess({
      variables: process.env,
      folder: folder.path,
      program,
      concurrency: 3,
    });
    await Promise.all(Array.from({ length: 12 }, () => git.run({ args: [] })));
    let running = 0;
    let most = 0;
    for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
      running += line === '+' ? 1 : -1;
      most = Math.max(most, running);
    }
    expect([running, git.spawnCount]).toEqual([0, 12]);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('sees neither the Git folder of a hook that started us nor hooks of the user', async () => {
    const repository = createRepository(folder.path, 'shop');
    const hooks = join(folder.path, 'hooks');
    const pwned = join(folder.path, 'pwned');
    mkdirSync(hooks);
    for (const hook of ['reference-transaction', 'post-checkout', 'post-index-change']) {
      writeFileSync(join(hooks, hook), `#!/bin/sh\ntouch ${pwned}\n`);
      chmodSync(join(hooks, hook), 0o755);
    }
    const configuration = join(folder.path, 'gitconfig');
    writeFileSync(configuration, `[core]\n\thooksPath = ${hooks}\n\tautocrlf = true\n`);
    const { repositories, workingCopies } = open({
      ...process.env,
      GIT_CONFIG_GLOBAL: configuration,
      GIT_DIR: '/nonexistent',
      GIT_WORK_TREE: '/nonexistent',
      GIT_INDEX_FILE: '/nonexistent/index',
    });
    await repositories.sync(repository.path);
    const path = await workingCopies.checkout(repository.path, repository.tip('main'));
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('shop\n');
    expect(existsSync(pwned)).toBe(false);
  });
});

describe("a user's own clone", () => {
  /** Every file with its content, its mode and its times, the Git folder too. */
  function fingerprint(path: string): string {
    const hash = createHash('sha256');
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()) {
      const { mode, mtimeMs, ctimeMs, size } = statSync(join(path, name));
      hash.update(JSON.stringify([name, mode, mtimeMs, ctimeMs, size]));
      if (statSync(join(path, name)).isFile()) hash.update(readFileSync(join(path, name)));
    }
    return hash.digest('hex');
  }

  it('stays the same, byte for byte, whatever is read from it', async () => {
    const origin = createRepository(folder.path, 'shop');
    origin.commit('feat/x', { 'a.ts': 'a' });
    const clone = join(folder.path, 'clone');
    runGit(['clone', '--quiet', origin.path, clone]);
    runGit(['checkout', '--quiet', 'feat/x'], { cwd: clone });
    writeFileSync(join(clone, 'a.ts'), 'not yet committed');
    writeFileSync(join(clone, 'untracked.ts'), 'mine');
    const before = fingerprint(clone);

    const { repositories, workingCopies } = open();
    const { branches, defaultBranch } = await repositories.heads(clone);
    expect(defaultBranch).toBe('feat/x');
    await repositories.sync(clone);
    const tip = branches.get('feat/x') ?? '';
    await repositories.changedPaths(clone, branches.get('main') ?? '', tip);
    await repositories.mergeChangesNothing(clone, tip, branches.get('main') ?? '');
    const path = await workingCopies.checkout(clone, tip);
    writeFileSync(join(path, 'a.ts'), 'written by a build');
    await workingCopies.releaseAllBut(() => Promise.resolve([]));

    expect(fingerprint(clone)).toBe(before);
  });
});
