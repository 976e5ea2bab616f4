import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Ports, addresses, names and directories of a test cluster, all from one number, so that nothing of it is
 * written in two places. Pure, but for `clusterNumbers`, which reads the environment.
 */

const PORTS = {
  etcd: 0,
  etcdPeer: 1,
  apiServer: 2,
  controllerManager: 3,
  scheduler: 4,
  kubelet: 5,
  kubeletHealth: 6,
  proxyHealth: 7,
  proxyMetrics: 8,
  registry: 9,
  kwok: 10,
  containerdStreams: 11,
} as const;

export type PortName = keyof typeof PORTS;

/** Below the range that kernels give to outgoing connections (from 32768) and that of node ports (from 30000). */
const FIRST_PORT = 26_000;
const PORTS_PER_CLUSTER = 20;
const HIGHEST_NUMBER = 54;

export interface ClusterNumbers {
  readonly number: number;
  /** Also the name of its node, of its CNI network and of its control group. */
  readonly name: string;
  /** Of everything that outlives one run: binaries, the registry's blobs. */
  readonly cache: string;
  /** Of one run: emptied by each start. */
  readonly directory: string;
  readonly ports: Readonly<Record<PortName, number>>;
  readonly nodeAddress: string;
  readonly podRange: string;
  readonly simulatedPodRange: string;
  readonly serviceRange: string;
  readonly apiServerService: string;
  readonly dnsService: string;
  /** At most 15 bytes each, as the kernel wants it. */
  readonly interfaces: { readonly node: string; readonly pods: string };
  /** Host in the names of images; the node pulls them from `127.0.0.1:<registry port>`. */
  readonly registryInCluster: string;
}

/** The cluster of this process's environment: `OFFSHOOT_TEST_CLUSTER_NUMBER` (1 unless set), `XDG_CACHE_HOME`. */
export function clusterNumbers(environment: NodeJS.ProcessEnv = process.env): ClusterNumbers {
  const caches = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return numbersOf(
    Number(environment['OFFSHOOT_TEST_CLUSTER_NUMBER'] ?? 1),
    join(caches, 'offshoot-test'),
  );
}

/** @throws {RangeError} If `number` is not a whole number from 1 to 54. */
export function numbersOf(number: number, cache: string): ClusterNumbers {
  if (!Number.isInteger(number) || number < 1 || number > HIGHEST_NUMBER) {
    throw new RangeError(`a cluster's number is from 1 to ${HIGHEST_NUMBER}, not ${number}`);
  }
  const network = `10.${200 + number}`;
  return {
    number,
    name: `offshoot-test-${number}`,
    cache,
    directory: join(cache, number === 1 ? 'cluster' : `cluster-${number}`),
    ports: portsOf(FIRST_PORT + (number - 1) * PORTS_PER_CLUSTER),
    podRange: `${network}.0.0/18`,
    nodeAddress: `${network}.64.1`,
    simulatedPodRange: `${network}.96.1/19`,
    serviceRange: `${network}.128.0/17`,
    apiServerService: `${network}.128.1`,
    dnsService: `${network}.128.10`,
    interfaces: { node: `offshoot${number}n`, pods: `offshoot${number}p` },
    registryInCluster: 'registry.offshoot.test',
  };
}

function portsOf(first: number): Record<PortName, number> {
  return {
    etcd: first + PORTS.etcd,
    etcdPeer: first + PORTS.etcdPeer,
    apiServer: first + PORTS.apiServer,
    controllerManager: first + PORTS.controllerManager,
    scheduler: first + PORTS.scheduler,
    kubelet: first + PORTS.kubelet,
    kubeletHealth: first + PORTS.kubeletHealth,
    proxyHealth: first + PORTS.proxyHealth,
    proxyMetrics: first + PORTS.proxyMetrics,
    registry: first + PORTS.registry,
    kwok: first + PORTS.kwok,
    containerdStreams: first + PORTS.containerdStreams,
  };
}
