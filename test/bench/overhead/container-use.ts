import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { clusterNumbers } from '../../cluster/numbers.ts';

/** What containers of the test cluster use, from the control groups of this machine, of either version. */

const ROOT = '/sys/fs/cgroup';

/** Seconds of the processor since it began. */
export async function cpuSecondsOf(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  return await read('cpuacct', ids, async (folder) => {
    const nanoseconds = await textOf(join(folder, 'cpuacct.usage'));
    if (nanoseconds !== null) return Number(nanoseconds) / 1e9;
    return fieldOf(await textOf(join(folder, 'cpu.stat')), 'usage_usec') / 1e6;
  });
}

/** Memory of its processes, without the files that the kernel keeps for all. Unit: bytes. */
export async function memoryOf(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  return await read('memory', ids, async (folder) => {
    const stat = await textOf(join(folder, 'memory.stat'));
    return fieldOf(stat, 'total_rss') || fieldOf(stat, 'anon');
  });
}

async function read(
  controller: string,
  ids: ReadonlySet<string>,
  valueIn: (folder: string) => Promise<number>,
): Promise<ReadonlyMap<string, number>> {
  const { name } = clusterNumbers();
  const roots = [join(ROOT, controller, name), join(ROOT, name)];
  const values = new Map<string, number>();
  for (const root of roots) {
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const id = basename(entry.name, '.scope').replace(/^cri-containerd-/u, '');
      if (!entry.isDirectory() || !ids.has(id) || values.has(id)) continue;
      values.set(id, await valueIn(join(entry.parentPath, entry.name)));
    }
  }
  return values;
}

async function textOf(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null);
}

function fieldOf(text: string | null, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'mu').exec(text ?? '')?.[1] ?? 0);
}
