import { access, readFile, writeFile } from 'node:fs/promises';
import { run, succeeds } from './commands.ts';
import { put, type ClusterFiles } from './files.ts';
import type { ClusterNumbers } from './numbers.ts';
import { removalScript } from './chains.ts';

/**
 * What the cluster changes in the machine's network and kernel settings, and how it is taken back. kube-proxy's chains
 * have the same names in every cluster, so only one can run per network namespace.
 */

/** Changed by kubelet, kube-proxy and the bridge plugin. */
const KERNEL_SETTINGS = [
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'vm/overcommit_memory',
  'kernel/panic',
  'kernel/panic_on_oops',
] as const;
/**
 * Kubelets, containerd and followed logs take more than the usual 128. It stays raised: taken back, it would
 * be missing to a cluster that runs beside.
 */
const WATCHES = { path: '/proc/sys/fs/inotify/max_user_instances', least: 1024 } as const;
const TABLES = ['nat', 'filter', 'mangle'] as const;
const FAMILIES = ['iptables', 'ip6tables'] as const;

/** The node's address is one of a bridge without ports: nodes need an address that is not a loopback one. */
export async function addNetwork(files: ClusterFiles, numbers: ClusterNumbers): Promise<void> {
  await rememberKernelSettings(files);
  const { interfaces, nodeAddress } = numbers;
  await run('ip', ['link', 'add', interfaces.node, 'type', 'bridge']);
  await run('ip', ['address', 'add', `${nodeAddress}/24`, 'dev', interfaces.node]);
  await run('ip', ['link', 'set', interfaces.node, 'up']);
  // A network namespace of its own has no other way, and only what has one is led on to pods.
  await run('ip', ['route', 'replace', numbers.serviceRange, 'dev', interfaces.node]);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  const watches = Number(await readFile(WATCHES.path, 'utf8'));
  if (watches < WATCHES.least) await writeFile(WATCHES.path, String(WATCHES.least));
  await run('iptables', ['--wait', '-t', 'nat', '-A', 'POSTROUTING', ...masquerade(numbers)]);
}

/** Idempotent. */
export async function removeNetwork(files: ClusterFiles, numbers: ClusterNumbers): Promise<void> {
  const rule = ['--wait', '-t', 'nat', '-D', 'POSTROUTING', ...masquerade(numbers)];
  if (await succeeds('iptables', ['--version'])) {
    while (await succeeds('iptables', rule)) continue;
    for (const family of FAMILIES) {
      for (const table of TABLES) await removeChains(family, table);
    }
  }
  await removeAddressSets();
  for (const name of interfaceNames(numbers)) {
    if (await there(`/sys/class/net/${name}`)) await run('ip', ['link', 'delete', name]);
  }
  await restoreKernelSettings(files);
}

/** Whether another Kubernetes works with this machine's packet filter. */
export async function filterIsTaken(): Promise<boolean> {
  return await succeeds('iptables', ['--wait', '-t', 'nat', '-L', 'KUBE-SERVICES', '-n']);
}

/** Pods reach what is outside of the cluster by the machine's own address. */
function masquerade({ name, podRange }: ClusterNumbers): readonly string[] {
  const comment = ['-m', 'comment', '--comment', name];
  return ['-s', podRange, '!', '-d', podRange, ...comment, '-j', 'MASQUERADE'];
}

function interfaceNames({ interfaces }: ClusterNumbers): readonly string[] {
  return [interfaces.node, interfaces.pods];
}

async function removeChains(family: (typeof FAMILIES)[number], table: string): Promise<void> {
  const saved = await run(`${family}-save`, ['-t', table]).catch(() => '');
  const script = removalScript(table, saved);
  if (script !== null) await run(`${family}-restore`, ['--wait', '--noflush'], { input: script });
}

/** Those that NetworkPolicies were enforced with; no rule uses them any more. */
async function removeAddressSets(): Promise<void> {
  const names = await run('ipset', ['list', '-name']).catch(() => '');
  const ours = names.split('\n').filter((name) => name.startsWith('OFFSHOOT-'));
  for (const name of ours) await run('ipset', ['destroy', name]);
}

async function rememberKernelSettings(files: ClusterFiles): Promise<void> {
  const values = await Promise.all(
    KERNEL_SETTINGS.map(async (name) => [name, await readFile(`/proc/sys/${name}`, 'utf8')]),
  );
  await put(files.kernelSettings, JSON.stringify(Object.fromEntries(values)));
}

async function restoreKernelSettings(files: ClusterFiles): Promise<void> {
  const text = await readFile(files.kernelSettings, 'utf8').catch(() => '{}');
  const values = JSON.parse(text) as Readonly<Record<string, string>>;
  for (const [name, value] of Object.entries(values)) await writeFile(`/proc/sys/${name}`, value);
}

async function there(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
