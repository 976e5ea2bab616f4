import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { binary, hashOf } from '../../cluster/binaries.ts';
import { numbersOf } from '../../cluster/numbers.ts';
import { tar } from '../../cluster/oci-image.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'offshoot-cluster-'));
  onTestFinished(async () => await rm(path, { recursive: true }));
  return path;
}

describe('what the cluster builds for itself', () => {
  it('writes archives that tar reads, links included', async () => {
    const path = join(await folder(), 'layer.tar');
    const file = { path: 'bin/program', content: Buffer.from('x'.repeat(700)) };
    await writeFile(path, tar([file, { path: 'bin/sh', link: 'program' }]));
    const listed = execFileSync('tar', ['-tvf', path], { encoding: 'utf8' });
    expect(listed).toMatch(/-rwxr-xr-x 0\/0 +700 .* bin\/program\n.* bin\/sh -> program\n/);
    expect(execFileSync('tar', ['-xOf', path, 'bin/program']).length).toBe(700);
  });

  it('builds a program again when its dependencies or its main function change', async () => {
    const module = await folder();
    await mkdir(join(module, 'program'));
    await mkdir(join(module, 'other'));
    const hashes = new Set([await hashOf(module, 'program')]);
    for (const file of ['go.mod', 'go.sum', 'program/main.go']) {
      await writeFile(join(module, file), 'changed');
      hashes.add(await hashOf(module, 'program'));
    }
    expect(hashes.size).toBe(4);
    await writeFile(join(module, 'other/main.go'), 'changed');
    expect(hashes).toContain(await hashOf(module, 'program'));
  });

  it('builds a program once, and clears away what a killed build has left', async () => {
    const cache = await folder();
    await mkdir(join(cache, 'building.1'));
    await writeFile(join(cache, 'building.1', 'pause'), 'half of it');
    const said: string[] = [];
    const built = async (): Promise<string> =>
      await binary(numbersOf(1, cache), 'pause', (line) => said.push(line));
    const path = await built();
    expect((await stat(path)).mode & 0o111).toBe(0o111);
    expect((await readFile(path)).subarray(1, 4).toString()).toBe('ELF');
    expect(await built()).toBe(path);
    expect(said).toEqual(['building pause from Go modules (once)']);
    expect(await readdir(cache)).toEqual([basename(dirname(path))]);
  }, 300_000);
});
