import type { TaskOrder } from '../../src/application/ports/engine.ts';
import { DEFAULT_CLUSTER_CHOICES } from '../../src/application/project.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { render } from '../../src/adapters/kubernetes/render/render.ts';
import type {
  ClusterSettings,
  CopiedWorkload,
  RenderContext,
  RenderedObject,
} from '../../src/adapters/kubernetes/render/rendering.ts';
import type { EnvironmentVariable } from '../../src/domain/catalog/component.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { catalogOf, component } from './catalogs.ts';
import { planOf, revision, task } from './plans.ts';

/** A shop that has one of everything that is rendered to objects of Kubernetes. */

export const SETTINGS: ClusterSettings = {
  ...DEFAULT_CLUSTER_CHOICES,
  name: 'shop',
  prefix: 'offshoot',
  domain: 'shop.example',
  clusterDomain: 'cluster.local',
  baselineNamespaces: ['shop', 'payments'],
  receivesSpans: false,
  templateTypes: [
    RESOURCE_TYPES.configMap,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      plural: 'rolebindings',
      isNamespaced: true,
    },
  ],
  exposure: {
    kind: 'ingress',
    className: 'public',
    gateway: null,
    tls: { kind: 'secret', name: 'wildcard' },
    port: 8443,
  },
  template: {
    labels: { 'example.com/cost': 'tests' },
    annotations: { 'example.com/contact': 'team-platform' },
    objects: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'company-ca', labels: { purpose: 'trust' } },
        data: { 'ca.crt': 'certificate' },
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'developers' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'developers' }],
      },
    ],
    quota: { pods: '50', 'limits.memory': '16Gi' },
  },
  imagePullSecrets: ['registry'],
  ingressNamespaces: ['ingress-nginx'],
};

const SECRET_VALUES: ReadonlyMap<string, string> = new Map([
  ['registry/.dockerconfigjson', '{"auths":{"registry.example":{"auth":"cHVsbGVyOm5lZWRsZQ=="}}}'],
  ['wildcard/tls.crt', 'certificate of the wildcard'],
  ['wildcard/tls.key', 'needle-of-the-wildcard'],
  ['payments/api-key', 'needle-of-payments'],
  ['orders-db/password', 'needle-of-orders'],
  ['stock-db/password', 'needle-of-stock'],
  ['queue/password', 'needle-of-queue'],
]);

const HTTP = { name: 'http', port: 8080, protocol: 'http' } as const;

function tcp(name: string, port: number): { name: string; port: number; protocol: 'tcp' } {
  return { name, port, protocol: 'tcp' };
}

function texts(values: Readonly<Record<string, string>>): readonly EnvironmentVariable[] {
  return Object.entries(values).map(([name, template]) => ({
    name,
    value: { kind: 'template', template },
  }));
}

const CATALOG = catalogOf([
  component({
    name: 'gateway',
    source: { repository: 'gateway.git', paths: ['.'] },
    image: 'registry.example/shop/gateway',
    ports: [HTTP, tcp('admin', 9000)],
    expose: true,
    dependencies: ['cart', 'accounts', 'ledger', 'card-network', 'mainframe', 'checkout'],
    environment: texts({
      CART_URL: '${dependencies.cart.url}',
      ACCOUNTS_URL: 'http://${dependencies.accounts.host}:${dependencies.accounts.ports.http}',
      CARDS_URL: '${dependencies.card-network.url}',
      PUBLIC_URL: '${self.publicUrl}',
      REVISION: '${revision.short}',
    }),
    readiness: { http: '/healthz', port: 'http', timeoutMs: 90_000 },
  }),
  component({
    name: 'cart',
    source: { repository: 'cart.git', paths: ['.'] },
    image: 'registry.example/shop/cart:${revision.sha}',
    ports: [{ name: 'http', port: 80, protocol: 'http' }],
    baseline: { namespace: 'shop', service: 'cart-svc', ports: { http: 8080 } },
    dependencies: [
      'orders-db',
      'cache',
      { name: 'events', publishes: ['orders'] },
      'queue',
      { name: 'ledger', optional: true },
    ],
    environment: [
      ...texts({
        DATABASE_URL: '${dependencies.orders-db.url}',
        CACHE_URL: '${dependencies.cache.url}',
        LEDGER_URL: '${dependencies.ledger.url}',
      }),
      {
        name: 'API_KEY',
        value: { kind: 'secret', secretRef: { name: 'payments', key: 'api-key' } },
      },
    ],
    liveness: { http: '/livez' },
    resources: {
      cpuMillis: 250,
      memoryBytes: 192 * 1024 ** 2,
      limits: { cpuMillis: 1000 },
      ephemeralStorageBytes: 1024 ** 3,
      sharedMemoryBytes: 64 * 1024 ** 2,
    },
    replicas: 2,
    container: { command: ['/bin/cart'], args: ['--verbose'] },
    security: { runAsUser: 1001, readOnlyRootFilesystem: true, capabilities: ['NET_BIND_SERVICE'] },
    writable: ['/tmp', '/var/cache'],
  }),
  component({
    name: 'mailer',
    type: 'worker',
    image: 'registry.example/shop/mailer:1',
    dependencies: ['events'],
    security: { runAsNonRoot: false },
  }),
  component({
    name: 'import',
    type: 'job',
    image: 'registry.example/shop/import:1',
    dependencies: ['orders-db'],
    environment: texts({ DATABASE_URL: '${dependencies.orders-db.url}' }),
  }),
  component({
    name: 'checkout',
    image: 'registry.example/shop/checkout:${revision.sha}',
    ports: [HTTP],
    dependencies: ['cart', 'accounts'],
    environment: texts({ LOG_LEVEL: 'debug' }),
    from: { kind: 'Deployment', namespace: 'payments', name: 'checkout' },
  }),
  component({ name: 'accounts', sharing: 'shared', ports: [HTTP] }),
  component({
    name: 'ledger',
    sharing: 'shared',
    ports: [HTTP],
    baseline: { ports: { http: 80 } },
  }),
  component({
    name: 'card-network',
    type: 'external',
    ports: [{ name: 'https', port: 443, protocol: 'tcp' }],
    external: { address: 'cards.example', cidrs: [] },
  }),
  component({
    name: 'mainframe',
    type: 'external',
    ports: [tcp('tn', 3270)],
    external: { address: '10.20.30.40', cidrs: ['10.20.31.0/24'] },
  }),
  component({
    name: 'orders-db',
    type: 'datastore',
    image: 'postgres:17',
    ports: [tcp('postgres', 5432)],
    datastore: {
      database: 'orders',
      username: 'shop',
      migrations: { files: ['migrations/*.sql'] },
      seeds: { command: ['node', 'seed.js'], image: 'registry.example/shop/seed:1' },
    },
  }),
  component({
    name: 'stock-db',
    type: 'datastore',
    ports: [tcp('mysql', 3306)],
    datastore: {
      engine: 'mysql',
      database: 'stock',
      username: 'shop',
      migrations: { files: ['stock.sql'] },
    },
    storage: { sizeBytes: 5 * 1024 ** 3, isPersistent: true, className: 'fast' },
  }),
  component({
    name: 'cache',
    type: 'datastore',
    image: 'redis:7-alpine',
    ports: [tcp('redis', 6379)],
    datastore: { engine: 'redis' },
  }),
  component({
    name: 'events',
    type: 'datastore',
    ports: [tcp('kafka', 9092)],
    datastore: { engine: 'kafka', topics: ['orders', 'payments'] },
  }),
  component({
    name: 'queue',
    type: 'datastore',
    ports: [tcp('amqp', 5672)],
    datastore: { engine: 'rabbitmq', topics: ['mail'] },
  }),
  component({
    name: 'bus',
    type: 'datastore',
    ports: [tcp('nats', 4222)],
    datastore: { engine: 'nats', topics: ['ticks'] },
  }),
  component({
    name: 'search',
    type: 'datastore',
    ports: [{ name: 'http', port: 9200, protocol: 'tcp' }],
    datastore: { engine: 'opensearch', indices: ['products'] },
  }),
]);

export const PLAN: Plan = planOf(CATALOG, {
  domain: 'shop.example',
  buildsFromSource: false,
  changed: [...CATALOG.components.values()]
    .filter(({ type, sharing }) => type !== 'external' && sharing !== 'shared')
    .map(({ name }) => name),
  picks: {
    gateway: revision('0123456789abcdef0123456789abcdef01234567', 'gateway.git'),
    cart: revision('89abcdef0123456789abcdef0123456789abcdef', 'cart.git'),
    checkout: revision('fedcba9876543210fedcba9876543210fedcba98', 'checkout.git'),
  },
});

const LEDGER_SLICE = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'ledger-x7k2p', namespace: 'shop' },
  addressType: 'IPv4',
  ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
  endpoints: [
    {
      addresses: ['10.1.0.9'],
      conditions: { ready: false, serving: false },
      nodeName: 'node-1',
      targetRef: { kind: 'Pod', name: 'ledger-2', namespace: 'shop' },
    },
    {
      addresses: ['10.1.0.7'],
      conditions: { ready: true },
      nodeName: 'node-1',
      targetRef: { kind: 'Pod', name: 'ledger-1', namespace: 'shop' },
    },
  ],
};

/** A Deployment as Helm leaves it in a baseline. */
export const COPIED: CopiedWorkload = {
  workload: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'checkout',
      namespace: 'payments',
      uid: '11111111-2222-3333-4444-555555555555',
      resourceVersion: '4711',
      labels: { 'app.kubernetes.io/managed-by': 'Helm', 'helm.sh/chart': 'checkout-1.2.3' },
      annotations: { 'meta.helm.sh/release-name': 'checkout' },
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'checkout' } },
      template: {
        metadata: { labels: { app: 'checkout', 'argocd.argoproj.io/instance': 'payments' } },
        spec: {
          serviceAccountName: 'checkout',
          nodeName: 'node-1',
          priorityClassName: 'production',
          terminationGracePeriodSeconds: 20,
          imagePullSecrets: [{ name: 'pull' }],
          affinity: { podAntiAffinity: {} },
          initContainers: [
            { name: 'wait', image: 'busybox:1', command: ['sh', '-c', 'nc -z cart-svc.shop 8080'] },
          ],
          containers: [
            {
              name: 'proxy',
              image: 'proxy.example/envoy:1',
              ports: [{ containerPort: 15_000, hostPort: 15_000, protocol: 'TCP' }],
            },
            {
              name: 'app',
              image: 'registry.example/shop/checkout:baseline',
              ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
              envFrom: [{ configMapRef: { name: 'checkout' } }],
              env: [
                { name: 'LOG_LEVEL', value: 'warn' },
                { name: 'CART_URL', value: 'http://cart-svc.shop.svc.cluster.local:8080/v1' },
                { name: 'ACCOUNTS_URL', value: 'http://accounts.shop.svc:8080' },
                {
                  name: 'TOKEN',
                  valueFrom: { secretKeyRef: { name: 'checkout-secret', key: 'token' } },
                },
                { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
              ],
              readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
              resources: { requests: { cpu: '100m' } },
              volumeMounts: [
                { name: 'config', mountPath: '/etc/checkout' },
                { name: 'data', mountPath: '/data' },
                { name: 'all', mountPath: '/all' },
              ],
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: 'checkout' } },
            { name: 'data', persistentVolumeClaim: { claimName: 'checkout-data' } },
            {
              name: 'all',
              projected: { sources: [{ secret: { name: 'checkout-secret' } }] },
            },
          ],
        },
      },
    },
    status: { readyReplicas: 3 },
  },
  services: [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'checkout-svc', namespace: 'payments' },
      spec: {
        clusterIP: '10.96.4.2',
        selector: { app: 'checkout' },
        ports: [{ name: 'web', port: 80, targetPort: 'http', nodePort: 30_080 }],
      },
    },
  ],
  configMaps: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'checkout', namespace: 'payments' },
      data: { 'app.ini': '[cart]\nhost = cart-svc.shop.svc.cluster.local\nport = 8080\n' },
    },
  ],
  secrets: [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'checkout-secret', namespace: 'payments' },
      type: 'Opaque',
      data: { token: Buffer.from('needle-of-checkout').toString('base64') },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'pull', namespace: 'payments' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') },
    },
  ],
};

export function contextFor(id: string, more: Partial<RenderContext> = {}): RenderContext {
  return {
    namespace: 'offshoot-coupon',
    environmentUid: '9b6c1e0a-0000-4000-8000-000000000001',
    settings: SETTINGS,
    secrets: SECRET_VALUES,
    files: id.startsWith('migrate/')
      ? new Map([
          ['migrations/002_more.sql', "INSERT INTO orders VALUES (1, 'it''s');\n"],
          ['migrations/001_orders.sql', 'CREATE TABLE orders (id int, note text);\n'],
        ])
      : new Map(),
    copied: id === 'deploy/checkout' ? COPIED : null,
    baseline:
      id === 'boundary/ledger'
        ? {
            namespace: 'shop',
            name: 'ledger-svc',
            ports: { http: 80 },
            portNames: { 80: 'web' },
            endpointSlices: [LEDGER_SLICE],
          }
        : null,
    clusterIps: new Map([
      ['cart', '10.96.0.11'],
      ['orders-db', '10.96.0.12'],
    ]),
    baselinePlaces: new Map(),
    ...more,
  };
}

function orderFor(id: string, more: Partial<TaskOrder> = {}): TaskOrder {
  return { plan: PLAN, task: task(PLAN, id), generation: 3, unavailable: [], ...more };
}

export function rendered(
  id: string,
  context: Partial<RenderContext> = {},
  order: Partial<TaskOrder> = {},
): readonly RenderedObject[] {
  return render(orderFor(id, order), contextFor(id, context));
}
