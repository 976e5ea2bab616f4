import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../../cluster/binaries.ts';
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
    const source = await folder();
    const hashes = new Set([await hashOf(source)]);
    for (const file of ['go.mod', 'go.sum', 'main.go']) {
      await writeFile(join(source, file), 'changed');
      hashes.add(await hashOf(source));
    }
    expect(hashes.size).toBe(4);
    await mkdir(join(source, 'elsewhere'));
    expect(hashes).toContain(await hashOf(source));
  });
});
