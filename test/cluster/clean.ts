import { createHash } from 'node:crypto';
import { access, readdir, readFile, readlink, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run, succeeds } from './commands.ts';
import { removeControlGroup } from './control-groups.ts';
import type { ClusterFiles } from './files.ts';
import { removeNetwork } from './network.ts';
import type { ClusterNumbers } from './numbers.ts';
import { end, marked, recorded } from './processes.ts';
import { waitFor } from './waiting.ts';

/**
 * Takes back everything that a start did to the machine, in whatever state it was left: also after `kill -9` in the middle
 * of a start or of a stop. What is ours is known by records, by a mark in the processes' environment, by the control
 * group, and by lying below the cluster's directory.
 */

/** What creates things ends first, what tells the truth about them last. */
const ORDER = ['storage', 'network-policy', 'kwok', 'kubelet', 'proxy'];
/** containerd's shims listen here, whatever its settings say, under names that they make of their own address. */
const SHIM_SOCKETS = '/run/containerd/s';
const LOG_LINKS = '/var/log/containers';

/** Idempotent. Without traces of a start it does nothing. */
export async function clean(files: ClusterFiles, numbers: ClusterNumbers): Promise<void> {
  if (!(await there(files.started))) return;
  const names = new Set((await recorded(files)).keys());
  await Promise.all(ORDER.filter((name) => names.has(name)).map((name) => end(files, name)));
  const sockets = await shimSockets(files);
  await removeControlGroup(numbers);
  await killMarked(files);
  await unmountBelow(files.directory);
  await removeNetwork(files, numbers);
  for (const socket of sockets) await rm(socket, { force: true });
  await removeLogLinks(files);
  await removeEmptyFolders();
  await rm(files.directory, { recursive: true, force: true });
}

async function killMarked(files: ClusterFiles): Promise<void> {
  await waitFor('the processes of the cluster end', async () => {
    const pids = await marked(files);
    for (const pid of pids) await succeeds('kill', ['-KILL', `${pid}`]);
    return pids.length === 0 ? true : null;
  });
}

/** The deepest first; lazily, because a process that just died may still hold one for a moment. */
async function unmountBelow(directory: string): Promise<void> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  const points = table
    .split('\n')
    .map((line) => unescaped(line.split(' ')[1] ?? ''))
    .filter((point) => point.startsWith(`${directory}/`))
    .toReversed();
  for (const point of points) await run('umount', ['--lazy', point]);
}

/** In the mount table blanks are written as their octal codes. */
function unescaped(point: string): string {
  return point.replaceAll(/\\(\d{3})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 8)),
  );
}

/** Of the pods' shims, while containerd's state still names the pods. */
async function shimSockets({ containerd }: ClusterFiles): Promise<readonly string[]> {
  const folder = join(containerd.state, 'io.containerd.runtime.v2.task', 'k8s.io');
  const tasks = await readdir(folder).catch(() => []);
  return tasks.map((task) => {
    const address = join(containerd.socket, 'k8s.io', task);
    return join(SHIM_SOCKETS, createHash('sha256').update(address).digest('hex'));
  });
}

/** kubelet links logs of containers into a folder of the machine, whatever its settings say. */
async function removeLogLinks({ directory }: ClusterFiles): Promise<void> {
  for (const name of await readdir(LOG_LINKS).catch(() => [])) {
    const link = join(LOG_LINKS, name);
    const target = await readlink(link).catch(() => '');
    if (target.startsWith(`${directory}/`)) await rm(link, { force: true });
  }
}

/** Those that kubelet and containerd make outside of their directories, unless somebody else uses them. */
async function removeEmptyFolders(): Promise<void> {
  const plugins = '/var/lib/kubelet/device-plugins';
  const sockets = (await readdir('/var/lib/kubelet').catch(() => [])).join() === 'device-plugins';
  if (sockets) await rm(plugins, { recursive: true, force: true });
  for (const folder of ['/var/lib/kubelet', LOG_LINKS, SHIM_SOCKETS, '/run/containerd']) {
    await rmdir(folder).catch(() => undefined);
  }
}

async function there(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
