import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startTimeOf } from './processes.ts';
import { waitFor } from './waiting.ts';

/**
 * Runs `work` while no other process of this machine runs work under the same lock. A lock of a process that is
 * gone counts for nothing.
 */
export async function alone<Result>(
  path: string,
  work: () => Promise<Result>,
  limitMs = 30 * 60_000,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, `${process.pid} ${await startTimeOf(process.pid)}`);
  try {
    await waitFor(`the lock "${path}"`, async () => await taken(path, mine), limitMs);
    return await work();
  } finally {
    if ((await holder(path)) === (await holder(mine))) await rm(path, { force: true });
    await rm(mine, { force: true });
  }
}

async function taken(path: string, mine: string): Promise<true | null> {
  const linked = await link(mine, path).then(
    () => true,
    () => false,
  );
  if (linked) return true;
  const other = await holder(path);
  if (other === null) return null;
  const [pid = '', startTime = ''] = other.split(' ');
  if ((await startTimeOf(Number(pid))) !== startTime) await rm(path, { force: true });
  return null;
}

async function holder(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null);
}
