/**
 * What a team has deployed long before anybody heard of Offshoot: a Kustomize folder and a Helm chart, as
 * path → text. JSON is YAML.
 */

export interface ExistingPlaces {
  /** Of what Kustomize deploys. */
  readonly front: string;
  /** Of what Helm deploys. */
  readonly data: string;
  /** What runs outside the cluster, and a name that leads there. */
  readonly outside: { readonly address: string; readonly port: number; readonly name: string };
  /** Component → image that the baseline runs. */
  readonly image: (component: string) => string;
}

export type Texts = Readonly<Record<string, string>>;

/**
 * `cart`, which calls Helm's services by full names, `ledger`, whose Service has another port, and two
 * Services without pods: `tariffs` is another name, behind `rates` is an address.
 */
export function kustomizeFolder({ front, data, outside, image }: ExistingPlaces): Texts {
  const cart = {
    ...container('cart', image('cart')),
    env: [
      namespaceVariable(),
      { name: 'STOCK_URL', valueFrom: { configMapKeyRef: { name: 'cart', key: 'stock' } } },
      { name: 'PRICES_URL', value: `http://prices.${data}.svc.cluster.local:8080` },
    ],
    envFrom: [{ secretRef: { name: 'cart' } }],
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'settings', mountPath: '/etc/cart' },
    ],
  };
  const settings = { name: 'settings', configMap: { name: 'cart' } };
  return {
    'kustomization.yaml': json({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: front,
      resources: ['objects.yaml'],
      labels: [{ pairs: { 'app.kubernetes.io/managed-by': 'kustomize' }, includeTemplates: true }],
      commonAnnotations: { 'argocd.argoproj.io/tracking-id': 'team-cart:tracked' },
      configMapGenerator: [
        {
          name: 'cart',
          literals: [
            `stock=http://stock.${data}.svc.cluster.local:8080`,
            `all=stock.${data}:8080,prices.${data}.svc:8080`,
          ],
        },
      ],
      secretGenerator: [{ name: 'cart', literals: ['PASSWORD=of-the-baseline'] }],
    }),
    'objects.yaml': documents(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: front } },
      deployment('cart-app', 'cart', pod('cart', cart, [settings])),
      service('cart', 'cart', [{ name: 'http', port: 80, targetPort: 8080 }]),
      deployment('ledger', 'ledger', pod('ledger', container('ledger', image('ledger')))),
      service('ledger', 'ledger', [{ name: 'books', port: 80, targetPort: 8080 }]),
      withoutPods('tariffs', { type: 'ExternalName', externalName: outside.name }),
      withoutPods('rates', { ports: [{ name: 'http', port: 8080, targetPort: outside.port }] }),
      addresses('rates', outside),
    ),
  };
}

/** `stock`, a StatefulSet with a volume and two Services, and `prices`. */
export function helmChart({ image }: ExistingPlaces): Texts {
  const labels = { 'helm.sh/chart': 'data-0.1.0', 'app.kubernetes.io/managed-by': 'Helm' };
  const stock = {
    ...container('stock', image('stock')),
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'data', mountPath: '/data' },
    ],
  };
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
  };
  const statefulSet = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'warehouse', labels },
    spec: {
      serviceName: 'warehouse-pods',
      selector: { matchLabels: { app: 'stock' } },
      template: pod('stock', stock, [], labels),
      volumeClaimTemplates: [claim],
    },
  };
  const ports = [{ name: 'http', port: 8080 }];
  return {
    'Chart.yaml': json({ apiVersion: 'v2', name: 'data', version: '0.1.0' }),
    'templates/all.yaml': documents(
      statefulSet,
      service('stock', 'stock', ports),
      service('warehouse-pods', 'stock', ports, { clusterIP: 'None' }),
      deployment(
        'prices',
        'prices',
        pod('prices', container('prices', image('prices')), [], labels),
        labels,
      ),
      service('prices', 'prices', ports),
    ),
  };
}

/** A service that says on port 8080 who it is: name, version, namespace, pod. */
export const SERVICE_SCRIPT = `#!/bin/sh
trap "exit 143" TERM
mkdir -p /tmp/www
echo "$(cat /name) $(cat /version) \${WHERE:-nowhere} $HOSTNAME" > /tmp/www/index.html
env | sort > /tmp/www/variables
httpd -f -p 8080 -h /tmp/www & wait
`;

function container(name: string, image: string): Readonly<Record<string, unknown>> {
  return {
    name,
    image,
    env: [namespaceVariable()],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

function namespaceVariable(): object {
  return { name: 'WHERE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } };
}

function pod(
  app: string,
  main: object,
  volumes: readonly object[] = [],
  labels: Texts = {},
): object {
  return {
    metadata: { labels: { ...labels, app } },
    spec: { containers: [main], volumes: [{ name: 'tmp', emptyDir: {} }, ...volumes] },
  };
}

function deployment(name: string, app: string, template: object, labels: Texts = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: { selector: { matchLabels: { app } }, template },
  };
}

function service(
  name: string,
  app: string,
  ports: readonly object[],
  more: Readonly<Record<string, unknown>> = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports, ...more },
  };
}

function withoutPods(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

/** Behind a Service that selects nothing. */
export function addresses(
  name: string,
  { address, port }: Pick<ExistingPlaces['outside'], 'address' | 'port'>,
): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port }],
    endpoints: [{ addresses: [address] }],
  };
}

function documents(...objects: readonly object[]): string {
  return objects.map((object) => `${json(object)}\n`).join('---\n');
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}
