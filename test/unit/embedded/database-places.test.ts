import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  databaseRoot,
  openDatabaseCache,
} from '../../../src/adapters/embedded/datastores/passable-root.ts';
import { copyRunnable } from '../../../src/adapters/embedded/datastores/postgres-binaries.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('where databases lie', () => {
  it('is the state folder for everybody but root', () => {
    expect(databaseRoot({ home: '/home/ada/state' }, false)).toBe('/home/ada/state');
  });

  it('is the state folder for root too, where another user may come by', async () => {
    await chmod(folder.path, 0o711);
    const home = join(folder.path, 'state');
    expect(databaseRoot({ home }, true)).toBe(home);
    await mkdir(home, { mode: 0o700 });
    expect(openDatabaseCache({ home }, true)).toBe(join(home, 'cache'));
    expect((await stat(home)).mode & 0o777).toBe(0o711);
    expect((await stat(join(home, 'cache'))).mode & 0o011).toBe(0o011);
  });

  it('is elsewhere for root, where no other user may come by', async () => {
    await chmod(folder.path, 0o700);
    const home = join(folder.path, 'state');
    expect(databaseRoot({ home }, true)).toMatch(/^\/var\/lib\/offshoot\/[0-9a-f]{16}$/u);
    expect(databaseRoot({ home, databases: '/srv/databases' }, true)).toBe('/srv/databases');
  });
});

describe('a copy of the programs', () => {
  it('can be read and run by everybody, and has the links that the package can not ship', async () => {
    const native = join(folder.path, 'native');
    await mkdir(join(native, 'bin'), { recursive: true });
    await mkdir(join(native, 'lib'));
    await writeFile(join(native, 'bin', 'postgres'), 'program', { mode: 0o600 });
    await writeFile(join(native, 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 });
    await writeFile(join(native, 'lib', 'libpq.a'), 'not needed');
    await symlink('libpq.so.5.18', join(native, 'lib', 'libpq.so'));
    const links = [
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
    ];
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    const copy = join(folder.path, 'copy');
    copyRunnable(native, copy);
    expect((await stat(join(copy, 'bin', 'postgres'))).mode & 0o555).toBe(0o555);
    for (const name of ['libpq.so.5.18', 'libpq.so', 'libpq.so.5']) {
      expect((await stat(join(copy, 'lib', name))).mode & 0o444).toBe(0o444);
    }
    expect(await readdir(join(copy, 'lib'))).not.toContain('libpq.a');
    // The package itself stays as it was.
    expect((await stat(join(native, 'bin', 'postgres'))).mode & 0o777).toBe(0o600);
    expect((await readdir(join(native, 'lib'))).toSorted()).toEqual([
      'libpq.a',
      'libpq.so',
      'libpq.so.5.18',
    ]);
  });
});
