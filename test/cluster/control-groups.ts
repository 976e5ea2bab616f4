import { readdir, readFile, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterNumbers } from './numbers.ts';
import { waitFor } from './waiting.ts';

/**
 * The cluster's pods live in one control group, so that whatever runs in them is found and ended even when nothing of
 * the container runtime is left. Version 1 has one tree per controller, version 2 a single one.
 */

const ROOT = '/sys/fs/cgroup';
const CONTROLLERS = '+cpu +cpuset +memory +pids +io +hugetlb';

export async function addControlGroup({ name }: ClusterNumbers): Promise<void> {
  for (const tree of await trees()) {
    const folder = join(tree, name);
    await mkdir(folder, { recursive: true });
    if (tree === ROOT) await enableControllers();
    for (const setting of ['cpuset.cpus', 'cpuset.mems']) {
      const value = await readFile(join(tree, setting), 'utf8').catch(() => null);
      if (value !== null && tree !== ROOT) await writeFile(join(folder, setting), value);
    }
  }
}

/** Kills everything that is in it and removes it. Idempotent. */
export async function removeControlGroup({ name }: ClusterNumbers): Promise<void> {
  for (const tree of await trees()) {
    const ended = async (): Promise<true | null> =>
      (await emptied(join(tree, name))) ? true : null;
    await waitFor(`the control group "${join(tree, name)}" is empty`, ended, 20_000);
  }
}

async function emptied(folder: string): Promise<boolean> {
  const inside = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (inside === null) return true;
  const folders = inside.filter((entry) => entry.isDirectory());
  for (const { name } of folders) await emptied(join(folder, name));
  const pids = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of pids.split('\n').filter((line) => line !== '')) kill(Number(pid));
  return await rmdir(folder).then(
    () => true,
    () => false,
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, or is a zombie of another namespace (0).
  }
}

async function trees(): Promise<readonly string[]> {
  const entries = await readdir(ROOT, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'cgroup.controllers')) return [ROOT];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(ROOT, name));
}

async function enableControllers(): Promise<void> {
  for (const controller of CONTROLLERS.split(' ')) {
    await writeFile(join(ROOT, 'cgroup.subtree_control'), controller).catch(() => undefined);
  }
}
