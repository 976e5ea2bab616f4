import { mkdir, rm } from 'node:fs/promises';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { binary, kubectlLink } from '../../cluster/binaries.ts';
import {
  apiServerOrder,
  controllerManagerOrder,
  etcdOrder,
  schedulerOrder,
} from '../../cluster/control-plane.ts';
import { clusterFiles, put, type ClusterFiles } from '../../cluster/files.ts';
import { makeKeys } from '../../cluster/keys.ts';
import { kubeconfig } from '../../cluster/kubeconfigs.ts';
import { kubectlOf } from '../../cluster/kubectl.ts';
import { ensureKwok } from '../../cluster/kwok.ts';
import { clusterNumbers, type ClusterNumbers } from '../../cluster/numbers.ts';
import { end, marked, recorded, start } from '../../cluster/processes.ts';
import { waitFor } from '../../cluster/waiting.ts';

/**
 * A control plane for one file of tests: etcd, API server, controller manager and scheduler as they are, and
 * simulated nodes, on which pods are ready without a process. Its parts may be killed, and what a controller
 * does on it disturbs nobody else. It has no network: what pods say to each other is tested elsewhere.
 */
export interface ControlPlane {
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** One JSON line per answered request. */
  readonly auditLog: string;
  readonly files: ClusterFiles;
  stop(): Promise<void>;
}

const READY_MS = 180_000;
const NODES = 2;
/** Simulated nodes say seldom that they live, and less often still while the API server is down. */
const PATIENCE = '--node-monitor-grace-period=1h';

/** @param number - Of this file alone, from 2 on. */
export async function startControlPlane(number: number, nodes = NODES): Promise<ControlPlane> {
  process.env['OFFSHOOT_TEST_CLUSTER_NUMBER'] = String(number);
  const numbers = clusterNumbers();
  const files = clusterFiles(numbers);
  // What a run that was killed has left.
  await stop(files);
  const silent = (): void => undefined;
  const kubernetes = await binary(numbers, 'kubernetes', silent);
  const program = await kubectlLink(numbers, kubernetes);
  await mkdir(files.directory, { recursive: true });
  await makeKeys(files, numbers);
  await put(files.kubeconfig, await kubeconfig(files, numbers, 'admin'));
  await start(files, etcdOrder(kubernetes, files, numbers));
  await start(files, await apiServerOrder(kubernetes, files, numbers));
  const kubectl = kubectlOf(program, files.kubeconfig);
  await waitFor('the API server', () => kubectl(['get', '--raw', '/readyz']), READY_MS);
  // Not before: they give up when the API server is not there within ten seconds.
  await startRest(kubernetes, files, numbers);
  await waitFor(
    'the default service account',
    () => kubectl(['get', 'serviceaccount', '--namespace=default', 'default']),
    READY_MS,
  );
  const plane = { kubeconfig: files.kubeconfig, kubectl: program, auditLog: files.auditLog };
  const cluster = { registry: null, registryInCluster: null, nodeAddress: null, started: true };
  await ensureKwok({ ...plane, ...cluster, stop: () => stop(files) }, nodes, { tainted: false });
  return { ...plane, files, stop: () => stop(files) };
}

async function startRest(
  program: string,
  files: ClusterFiles,
  numbers: ClusterNumbers,
): Promise<void> {
  const manager = await controllerManagerOrder(program, files, numbers);
  await start(files, { ...manager, command: [...manager.command, PATIENCE] });
  await start(files, await schedulerOrder(program, files, numbers));
}

/** Nothing of it is worth an orderly end. */
async function stop(files: ClusterFiles): Promise<void> {
  const names = [...(await recorded(files)).keys()];
  await Promise.all(names.map((name) => end(files, name, 'SIGKILL')));
  for (const pid of await marked(files)) process.kill(pid, 'SIGKILL');
  await rm(files.directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Until it serves again, and tells what is true. */
export async function planeServes({ kubeconfig: path }: ControlPlane): Promise<void> {
  const api = openKubeApi({ kubeconfig: path });
  await waitFor(
    'the API server serves again',
    async () => {
      const { status } = await api.request({ method: 'GET', path: '/readyz' });
      return status === 200 ? true : null;
    },
    READY_MS,
  );
  await api.close();
}
