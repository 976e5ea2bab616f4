import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { binary, ensureBinaries, kubectlLink } from './binaries.ts';
import { clean } from './clean.ts';
import { succeeds } from './commands.ts';
import { containerdOrder } from './containerd.ts';
import { addControlGroup } from './control-groups.ts';
import {
  apiServerOrder,
  controllerManagerOrder,
  etcdOrder,
  schedulerOrder,
} from './control-plane.ts';
import { dnsObjects } from './dns.ts';
import { put, type ClusterFiles } from './files.ts';
import { importBusybox, importDns, importPause } from './images.ts';
import { makeKeys } from './keys.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfigs.ts';
import { applyObjects, kubectlOf, type Kubectl } from './kubectl.ts';
import { addNetwork, filterIsTaken } from './network.ts';
import { kubeletOrder, proxyOrder, resolverFile } from './node.ts';
import type { ClusterNumbers } from './numbers.ts';
import { ensurePackages } from './packages.ts';
import { recorded, start } from './processes.ts';
import { registryOrder } from './registry.ts';
import { storageClass } from './volumes.ts';
import { waitFor } from './waiting.ts';

/** A cluster from nothing, in the order in which its parts need each other. */

interface Boot {
  readonly files: ClusterFiles;
  readonly numbers: ClusterNumbers;
  readonly say: (line: string) => void;
}

/** @throws {Error} If the machine is not fit for it; a part that does not come up is named with its log. */
export async function boot({ files, numbers, say }: Boot): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('a cluster can only be started by root');
  await ensurePackages(say);
  await ensureBinaries(numbers, ['kubernetes', 'pause', 'coredns'], say);
  const kubernetes = await binary(numbers, 'kubernetes', say);
  const pause = await binary(numbers, 'pause', say);
  const coredns = await binary(numbers, 'coredns', say);
  const kubectl = await kubectlLink(numbers, kubernetes);

  await clean(files, numbers);
  if (await filterIsTaken()) {
    throw new Error(
      "another Kubernetes works with this machine's iptables: end it, or name it by OFFSHOOT_TEST_KUBECONFIG",
    );
  }
  await mkdir(files.directory, { recursive: true });
  await writeFile(files.started, new Date().toISOString());
  await makeKeys(files, numbers);
  await addNetwork(files, numbers);
  await addControlGroup(numbers);

  const admin = kubectlOf(kubectl, await writeKubeconfig(files, numbers, 'admin'));
  await startParts({ files, numbers, say }, { kubernetes, pause, coredns, kubectl: admin }).catch(
    async (error: unknown) => {
      throw new Error(`the cluster did not come up${await endedParts(files)}`, { cause: error });
    },
  );
  await put(files.kubeconfig, await kubeconfig(files, numbers, 'admin'));
}

interface Programs {
  readonly kubernetes: string;
  readonly pause: string;
  readonly coredns: string;
  readonly kubectl: Kubectl;
}

async function startParts(
  { files, numbers, say }: Boot,
  { kubernetes, pause, coredns, kubectl: admin }: Programs,
): Promise<void> {
  await Promise.all([
    startControlPlane({ files, numbers, say }, kubernetes, admin),
    startRuntime({ files, numbers, say }, pause),
    registryOrder(files, numbers).then((order) => start(files, order)),
  ]);
  await start(files, await kubeletOrder(kubernetes, files, numbers));
  await start(files, await proxyOrder(kubernetes, files, numbers));
  await Promise.all([startDns({ files, numbers, say }, coredns, admin), importBusybox(files)]);
  await nodeReady(admin, numbers);
}

/** Most often the reason, and never in the message of whoever waits for it. */
async function endedParts(files: ClusterFiles): Promise<string> {
  const ended = [...(await recorded(files))].filter(([, runs]) => !runs);
  return ended.map(([name]) => `; "${name}" ended, see "${files.logs}/${name}.log"`).join('');
}

async function startControlPlane(
  { files, numbers }: Boot,
  kubernetes: string,
  kubectl: Kubectl,
): Promise<void> {
  await start(files, etcdOrder(kubernetes, files, numbers));
  await start(files, await apiServerOrder(kubernetes, files, numbers));
  await start(files, await controllerManagerOrder(kubernetes, files, numbers));
  await start(files, await schedulerOrder(kubernetes, files, numbers));
  const ready = async (): Promise<string> => await kubectl(['get', '--raw', '/readyz']);
  await waitFor(`the API server (see "${files.logs}/api-server.log")`, ready);
  await applyObjects(kubectl, [ownEndpoints(numbers), storageClass()]);
  const account = ['get', 'serviceaccount', '--namespace=default', 'default'];
  await waitFor('the default service account', async () => await kubectl(account));
}

async function startRuntime({ files, numbers }: Boot, pause: string): Promise<void> {
  await start(files, await containerdOrder(files, numbers));
  const client = ['--address', files.containerd.socket, 'plugins', 'list'];
  const answers = async (): Promise<true | null> => ((await succeeds('ctr', client)) ? true : null);
  await waitFor(`containerd (see "${files.logs}/containerd.log")`, answers);
  await importPause(files, pause);
}

async function startDns(
  { files, numbers }: Boot,
  coredns: string,
  kubectl: Kubectl,
): Promise<void> {
  await importDns(files, coredns);
  const forwards = (await readFile(resolverFile(files), 'utf8')) !== '';
  await applyObjects(kubectl, dnsObjects({ numbers, forwards }));
  const rollout = ['rollout', 'status', '--namespace=kube-system', 'deployment/coredns'];
  await kubectl([...rollout, '--timeout=60s']);
}

/** The API server's own reconciler would drop a server's address that it cannot renew in time; here there is one server. */
function ownEndpoints({ nodeAddress, ports }: ClusterNumbers): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
    ports: [{ name: 'https', port: ports.apiServer, protocol: 'TCP' }],
  };
}

async function nodeReady(kubectl: Kubectl, { name }: ClusterNumbers): Promise<void> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const ask = ['get', 'node', name, '--output', `jsonpath=${ready}`];
  await waitFor(`the node "${name}" is ready`, async () =>
    (await kubectl(ask)) === 'True' ? true : null,
  );
}
