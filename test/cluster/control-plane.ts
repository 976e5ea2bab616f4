import { join } from 'node:path';
import { put, type ClusterFiles } from './files.ts';
import { keyPair } from './keys.ts';
import { writeKubeconfig } from './kubeconfigs.ts';
import type { ClusterNumbers } from './numbers.ts';
import type { ProcessOrder } from './processes.ts';

/**
 * etcd, API server, controller manager and scheduler. Their client limits are raised and their tables are large, so that
 * tests of scale measure the API server and not a limit.
 */

const CLIENT_QPS = 1000;
const CLIENT_BURST = 2000;
const SYNCED = ['deployment', 'replicaset', 'statefulset', 'job', 'service-endpoint', 'endpoint'];
const CONCURRENT_SYNCS = 20;

/** Metadata of every request, once, when it is answered: enough to see which verbs are used by whom. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/metrics'] },
    { level: 'Metadata' },
  ],
};

export function etcdOrder(
  program: string,
  files: ClusterFiles,
  { name, ports }: ClusterNumbers,
): ProcessOrder {
  const clients = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeer}`;
  const flags = {
    name,
    'data-dir': files.etcd,
    'listen-client-urls': clients,
    'advertise-client-urls': clients,
    'listen-peer-urls': peers,
    'initial-advertise-peer-urls': peers,
    'initial-cluster': `${name}=${peers}`,
    'quota-backend-bytes': 8 * 1024 ** 3,
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  };
  return { name: 'etcd', command: [program, 'etcd', ...rendered(flags)] };
}

export async function apiServerOrder(
  program: string,
  files: ClusterFiles,
  { ports, nodeAddress, serviceRange }: ClusterNumbers,
): Promise<ProcessOrder> {
  const policy = join(files.settings, 'audit-policy.json');
  await put(policy, JSON.stringify(AUDIT_POLICY));
  const server = keyPair(files, 'api-server');
  const toKubelet = keyPair(files, 'api-server-client');
  const frontProxy = keyPair(files, 'front-proxy');
  const authority = keyPair(files, 'ca').certificate;
  const accounts = keyPair(files, 'service-accounts');
  const flags = {
    'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
    'advertise-address': nodeAddress,
    'secure-port': ports.apiServer,
    'service-cluster-ip-range': serviceRange,
    'endpoint-reconciler-type': 'none',
    'tls-cert-file': server.certificate,
    'tls-private-key-file': server.key,
    'client-ca-file': authority,
    'kubelet-certificate-authority': authority,
    'kubelet-client-certificate': toKubelet.certificate,
    'kubelet-client-key': toKubelet.key,
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': accounts.certificate,
    'service-account-signing-key-file': accounts.key,
    'requestheader-client-ca-file': keyPair(files, 'front-proxy-ca').certificate,
    'requestheader-allowed-names': 'front-proxy',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': frontProxy.certificate,
    'proxy-client-key-file': frontProxy.key,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'max-requests-inflight': 1600,
    'max-mutating-requests-inflight': 800,
    'audit-policy-file': policy,
    'audit-log-path': files.auditLog,
    'audit-log-mode': 'batch',
    profiling: false,
  };
  return { name: 'api-server', command: [program, 'kube-apiserver', ...rendered(flags)] };
}

export async function controllerManagerOrder(
  program: string,
  files: ClusterFiles,
  numbers: ClusterNumbers,
): Promise<ProcessOrder> {
  const authority = keyPair(files, 'ca');
  const flags = {
    kubeconfig: await writeKubeconfig(files, numbers, 'controller-manager'),
    'bind-address': '127.0.0.1',
    'secure-port': numbers.ports.controllerManager,
    'cluster-signing-cert-file': authority.certificate,
    'cluster-signing-key-file': authority.key,
    'root-ca-file': authority.certificate,
    'service-account-private-key-file': keyPair(files, 'service-accounts').key,
    'use-service-account-credentials': true,
    'allocate-node-cidrs': false,
    'leader-elect': false,
    'kube-api-qps': CLIENT_QPS,
    'kube-api-burst': CLIENT_BURST,
    'concurrent-gc-syncs': 40,
    'concurrent-namespace-syncs': 20,
    'concurrent-serviceaccount-token-syncs': 10,
    ...Object.fromEntries(SYNCED.map((kind) => [`concurrent-${kind}-syncs`, CONCURRENT_SYNCS])),
  };
  return {
    name: 'controller-manager',
    command: [program, 'kube-controller-manager', ...rendered(flags)],
  };
}

export async function schedulerOrder(
  program: string,
  files: ClusterFiles,
  numbers: ClusterNumbers,
): Promise<ProcessOrder> {
  const config = join(files.settings, 'scheduler.json');
  const kubeconfig = await writeKubeconfig(files, numbers, 'scheduler');
  const settings = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig, qps: CLIENT_QPS, burst: CLIENT_BURST },
  };
  await put(config, JSON.stringify(settings));
  const flags = { config, 'bind-address': '127.0.0.1', 'secure-port': numbers.ports.scheduler };
  return { name: 'scheduler', command: [program, 'kube-scheduler', ...rendered(flags)] };
}

function rendered(flags: Readonly<Record<string, string | number | boolean>>): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
