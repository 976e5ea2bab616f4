import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { put, type ClusterFiles } from './files.ts';
import { keyPair } from './keys.ts';
import { writeKubeconfig } from './kubeconfigs.ts';
import type { ClusterNumbers } from './numbers.ts';
import type { ProcessOrder } from './processes.ts';

/** kubelet and kube-proxy. Nothing of the machine is reserved or limited, and nothing is cleaned up behind a test's back. */

const CLIENT_QPS = 200;
const CLIENT_BURST = 400;

export async function kubeletOrder(
  program: string,
  files: ClusterFiles,
  numbers: ClusterNumbers,
): Promise<ProcessOrder> {
  const config = join(files.settings, 'kubelet.json');
  await put(config, JSON.stringify(await kubeletSettings(files, numbers)));
  const flags = [
    `--config=${config}`,
    `--kubeconfig=${await writeKubeconfig(files, numbers, 'node')}`,
    `--root-dir=${files.kubelet}`,
    `--hostname-override=${numbers.name}`,
    `--node-ip=${numbers.nodeAddress}`,
  ];
  return { name: 'kubelet', command: [program, 'kubelet', ...flags] };
}

export async function proxyOrder(
  program: string,
  files: ClusterFiles,
  numbers: ClusterNumbers,
): Promise<ProcessOrder> {
  const config = join(files.settings, 'proxy.json');
  const kubeconfig = await writeKubeconfig(files, numbers, 'proxy');
  const settings = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clusterCIDR: numbers.podRange,
    hostnameOverride: numbers.name,
    healthzBindAddress: `127.0.0.1:${numbers.ports.proxyHealth}`,
    metricsBindAddress: `127.0.0.1:${numbers.ports.proxyMetrics}`,
    oomScoreAdj: 0,
    clientConnection: { kubeconfig, qps: CLIENT_QPS, burst: CLIENT_BURST },
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
  await put(config, JSON.stringify(settings));
  return { name: 'proxy', command: [program, 'kube-proxy', `--config=${config}`] };
}

async function kubeletSettings(files: ClusterFiles, numbers: ClusterNumbers): Promise<object> {
  const serving = keyPair(files, 'kubelet');
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: numbers.nodeAddress,
    port: numbers.ports.kubelet,
    readOnlyPort: 0,
    healthzPort: numbers.ports.kubeletHealth,
    tlsCertFile: serving.certificate,
    tlsPrivateKeyFile: serving.key,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: keyPair(files, 'ca').certificate },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${files.containerd.socket}`,
    clusterDomain: 'cluster.local',
    clusterDNS: [numbers.dnsService],
    resolvConf: await writeResolver(files),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${numbers.name}`,
    enforceNodeAllocatable: [],
    evictionHard: {},
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: CLIENT_QPS,
    kubeAPIBurst: CLIENT_BURST,
    maxPods: 500,
    oomScoreAdj: 0,
    podLogsDir: join(files.directory, 'pod-logs'),
    volumePluginDir: join(files.kubelet, 'plugins'),
  };
}

/** A resolver on the machine's loopback address would not be there inside a pod, and CoreDNS would ask itself. */
async function writeResolver(files: ClusterFiles): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const servers = text.split('\n').filter((line) => /^nameserver\s+(?!127\.|::1)/.test(line));
  return await put(resolverFile(files), servers.map((line) => `${line}\n`).join(''));
}

export function resolverFile(files: ClusterFiles): string {
  return join(files.settings, 'resolv.conf');
}
