import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { variableOf, type CatalogPlaces } from './catalog.ts';
import { EXTERNAL, neighboursOf, STAND_INS, STORES } from './robot.ts';

/** What runs before anybody hears of Offshoot, as a team would deploy it: the baseline, and a company of its own. */

type Images = CatalogPlaces['images'];

interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The first one is that of what it serves, the last one is asked whether it is ready. */
  readonly ports: Readonly<Record<string, number>>;
  /** Path → ConfigMap. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** The part of the topology that no environment of the matrix runs. */
const IN_STAGING = 'user';
const CONTROL = { control: 9900 };
const PASSWORD = 'of-the-baseline';
const MIGRATIONS = '/docker-entrypoint-initdb.d';

/** @param namespace - Exists. */
export async function stagingObjects(
  namespace: string,
  images: Images,
): Promise<readonly object[]> {
  const standIn = STAND_INS.find(({ name }) => name === IN_STAGING);
  if (standIn === undefined) throw new Error(`there is no "${IN_STAGING}"`);
  const stores = neighboursOf(standIn).filter((name) => Object.hasOwn(STORES, name));
  const variables = Object.fromEntries(
    stores.map((store) => [
      variableOf(store),
      STORES[store] === 'redis'
        ? `${store}:6379`
        : `postgres://${store}:${PASSWORD}@${store}:5432/${store}?sslmode=disable`,
    ]),
  );
  const ports = { http: 8080, ...CONTROL };
  const routes = JSON.stringify(standIn.routes);
  const objects = await Promise.all(stores.map((store) => storeObjects(store, namespace, images)));
  return [
    ...objects.flat(),
    ...workload({
      name: standIn.name,
      namespace,
      image: images[standIn.language],
      variables: { ...variables, NAME: standIn.name, PORT: '8080', ROUTES: routes },
      ports,
    }),
  ];
}

async function storeObjects(
  name: string,
  namespace: string,
  images: Images,
): Promise<readonly object[]> {
  if (STORES[name] === 'redis') {
    const { redis: image } = images;
    return workload({ name, namespace, image, variables: {}, ports: { redis: 6379 } });
  }
  const folder = join(import.meta.dirname, 'source', 'robot', name, 'migrations');
  const file = `001-${name}.sql`;
  const data = { [file]: await readFile(join(folder, file), 'utf8') };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data },
    ...workload({
      name,
      namespace,
      image: images.postgres,
      variables: { POSTGRES_DB: name, POSTGRES_USER: name, POSTGRES_PASSWORD: PASSWORD },
      ports: { postgres: 5432 },
      mounts: { [MIGRATIONS]: name },
    }),
  ];
}

/** The company that takes money. */
export function gatewayObjects(namespace: string, image: string): readonly object[] {
  const variables = { NAME: EXTERNAL, PORT: '8080', ROUTES: '{"/charge":[]}' };
  const ports = { http: 8080, ...CONTROL };
  return workload({ name: EXTERNAL, namespace, image, variables, ports });
}

function workload({
  name,
  namespace,
  image,
  variables,
  ports,
  mounts = {},
}: Workload): readonly object[] {
  const labels = { app: name };
  const numbers = Object.entries(ports);
  const container = {
    name,
    image,
    env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
    readinessProbe: { tcpSocket: { port: numbers.at(-1)?.[1] }, periodSeconds: 1 },
    volumeMounts: Object.entries(mounts).map(([mountPath, volume]) => ({
      name: volume,
      mountPath,
    })),
    resources: { limits: { memory: '256Mi' } },
  };
  const spec = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [container],
    volumes: Object.values(mounts).map((volume) => ({
      name: volume,
      configMap: { name: volume },
    })),
  };
  const metadata = { name, namespace, labels };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        selector: labels,
        ports: numbers.map(([port, number]) => ({ name: port, port: number })),
      },
    },
  ];
}
