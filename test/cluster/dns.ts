import type { ClusterNumbers } from './numbers.ts';

/** CoreDNS as an ordinary pod, and what it needs: objects for `kubectl apply`. */

export const DNS_IMAGE = 'offshoot.test/coredns:1.15.0';
const NAMESPACE = 'kube-system';
const LABELS = { 'k8s-app': 'kube-dns' };
const METADATA = { name: 'coredns', namespace: NAMESPACE };

export interface DnsOptions {
  readonly numbers: ClusterNumbers;
  /** Whether the node has a resolver that is reachable from a pod. */
  readonly forwards: boolean;
}

export function dnsObjects(options: DnsOptions): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: METADATA },
    role(),
    roleBinding(),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: METADATA,
      data: { Corefile: corefile(options.forwards) },
    },
    deployment(),
    service(options.numbers),
  ];
}

/** Short caching: tests move names about and must not wait for old answers to expire. */
function corefile(forwards: boolean): string {
  return [
    '.:53 {',
    '    errors',
    '    health',
    '    ready',
    '    kubernetes cluster.local in-addr.arpa ip6.arpa {',
    '        pods insecure',
    '        fallthrough in-addr.arpa ip6.arpa',
    '        ttl 2',
    '    }',
    ...(forwards ? ['    forward . /etc/resolv.conf'] : []),
    '    cache {',
    '        success 4096 2 0',
    '        denial 1024 1 0',
    '    }',
    '    reload',
    '}',
    '',
  ].join('\n');
}

function role(): object {
  const verbs = ['list', 'watch'];
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:coredns' },
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    ],
  };
}

function roleBinding(): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'system:coredns' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
    subjects: [{ kind: 'ServiceAccount', ...METADATA }],
  };
}

function deployment(): object {
  const container = {
    name: 'coredns',
    image: DNS_IMAGE,
    imagePullPolicy: 'Never',
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: [
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
    // Without requests it would come last on a busy machine, and names would take seconds.
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
  };
  const spec = {
    serviceAccountName: 'coredns',
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    terminationGracePeriodSeconds: 0,
    containers: [container],
    volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...METADATA, labels: LABELS },
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec },
    },
  };
}

function service({ dnsService }: ClusterNumbers): object {
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: NAMESPACE, labels: LABELS },
    spec: { clusterIP: dnsService, selector: LABELS, ports },
  };
}
