import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { binary, moduleFolder } from './binaries.ts';
import type { TestCluster } from './cluster.ts';
import { clusterFiles } from './files.ts';
import { applyObjects, kubectlOf } from './kubectl.ts';
import { clusterNumbers } from './numbers.ts';
import { recorded, start } from './processes.ts';

/**
 * Simulated nodes beside the real one, for tests of scale: pods on them become ready without a process. They are called
 * `kwok-0`, `kwok-1`, … and labelled `type=kwok`; unless tainted, pods of other tests may land on them.
 */

export interface SimulatedNodesOptions {
  /** Only pods that tolerate `kwok.x-k8s.io/node` land on them. */
  readonly tainted?: boolean;
}

const ANNOTATION = { 'kwok.x-k8s.io/node': 'fake' };
const STAGES = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'];
const PODS_PER_NODE = '1000';
/** Without leases the nodes count as lost after a minute. The simulator renews each after a quarter of this. */
const LEASE_SECONDS = 40;
const FOREVER_PLENTY = { cpu: '1000', memory: '4Ti', 'ephemeral-storage': '4Ti' };
const SILENT = (): void => undefined;

/** Idempotent: exactly `count` simulated nodes, ready. */
export async function ensureKwok(
  { kubeconfig, kubectl: program }: TestCluster,
  count: number,
  { tainted = true }: SimulatedNodesOptions = {},
): Promise<void> {
  await startKwok(kubeconfig);
  const kubectl = kubectlOf(program, kubeconfig);
  const wanted = Array.from({ length: count }, (_, index) => simulatedNode(index, tainted));
  if (count > 0) await applyObjects(kubectl, wanted);
  const all = ['get', 'nodes', '--selector=type=kwok', '--output=name'];
  const names = (await kubectl(all)).split('\n').filter((name) => name !== '');
  const surplus = names.filter((name) => Number(name.slice('node/kwok-'.length)) >= count);
  if (surplus.length > 0) await kubectl(['delete', ...surplus]);
  if (count > 0) {
    const ready = ['wait', '--for=condition=Ready', 'nodes', '--selector=type=kwok'];
    await kubectl([...ready, '--timeout=60s']);
  }
}

async function startKwok(kubeconfig: string): Promise<void> {
  const numbers = clusterNumbers();
  const files = clusterFiles(numbers);
  const program = await binary(numbers, 'kwok', SILENT);
  if ((await recorded(files)).get('kwok') === true) return;
  const stages = (await stageFiles()).map((file) => `--config=${file}`);
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    `--cidr=${numbers.simulatedPodRange}`,
    `--node-lease-duration-seconds=${LEASE_SECONDS}`,
    `--server-address=127.0.0.1:${numbers.ports.kwok}`,
  ];
  await start(files, { name: 'kwok', command: [program, ...flags, ...stages] });
}

/** The simulator does nothing without them. */
async function stageFiles(): Promise<readonly string[]> {
  const folder = join(await moduleFolder('sigs.k8s.io/kwok'), 'kustomize', 'stage');
  const perStage = STAGES.map(async (stage) => {
    const files = await readdir(join(folder, stage));
    const stages = files.filter((file) => file.endsWith('.yaml') && !file.startsWith('kustom'));
    return stages.map((file) => join(folder, stage, file));
  });
  return (await Promise.all(perStage)).flat();
}

function simulatedNode(index: number, tainted: boolean): object {
  const name = `kwok-${index}`;
  const taints = [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }];
  const resources = { ...FOREVER_PLENTY, pods: PODS_PER_NODE };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: ANNOTATION,
      labels: { type: 'kwok', 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
    },
    spec: tainted ? { taints } : {},
    status: { allocatable: resources, capacity: resources },
  };
}
