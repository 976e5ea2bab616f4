import { randomBytes } from 'node:crypto';
import { knownBases } from '../../cluster/images/bases.ts';
import { buildShopImages, datastoreTags } from '../../cluster/images/shop-images.ts';
import { applyObjects, type Kubectl } from '../../cluster/kubectl.ts';
import { clusterWithRegistry } from './cluster-shop.ts';

/** Images of real servers, as the nodes pull them. */
export interface DatastoreImages {
  readonly postgres: string;
  readonly redis: string;
}

export async function datastoreImages(): Promise<DatastoreImages> {
  const { registry, registryInCluster } = await clusterWithRegistry();
  if (registry === null || registryInCluster === null) throw new Error('there is no registry');
  await buildShopImages({ push: registry, inCluster: registryInCluster }, []);
  const tags = datastoreTags(await knownBases());
  const image = (name: keyof DatastoreImages): string =>
    `${registryInCluster}/shop/${name}:${tags[name]}`;
  return { postgres: image('postgres'), redis: image('redis') };
}

/** A PostgreSQL and a Redis that are kept for several environments, in a namespace of their own. */
export interface Servers {
  readonly namespace: string;
  /** With the administrator's login. */
  readonly urls: DatastoreImages;
  /** Runs SQL as the administrator; what it printed, without a frame. */
  sql(text: string, database?: string): Promise<string>;
  redis(...command: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

const ADMIN = 'keeper';

export async function startServers(kubectl: Kubectl, images: DatastoreImages): Promise<Servers> {
  const namespace = `servers-${randomBytes(3).toString('hex')}`;
  const password = randomBytes(9).toString('base64url');
  const login = { POSTGRES_USER: ADMIN, POSTGRES_PASSWORD: password, POSTGRES_DB: ADMIN };
  await applyObjects(kubectl, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...serverObjects(namespace, 'postgres', {
      image: images.postgres,
      port: 5432,
      variables: login,
    }),
    ...serverObjects(namespace, 'redis', {
      image: images.redis,
      port: 6379,
      variables: {},
      args: ['--save', '', '--requirepass', password],
    }),
  ]);
  for (const name of ['postgres', 'redis']) {
    const workload = `deployment/${name}`;
    await kubectl(['-n', namespace, 'rollout', 'status', workload, '--timeout=180s']);
  }
  const run = async (name: string, ...command: readonly string[]): Promise<string> => {
    const target = ['exec', '-n', namespace, `deployment/${name}`, '--'];
    return (await kubectl([...target, ...command])).trim();
  };
  const host = (name: string): string => `${name}.${namespace}.svc.cluster.local`;
  return {
    namespace,
    urls: {
      postgres: `postgres://${ADMIN}:${password}@${host('postgres')}:5432/${ADMIN}`,
      redis: `redis://default:${password}@${host('redis')}:6379`,
    },
    sql: (text, database = ADMIN) =>
      run('postgres', 'psql', '-XAt', '-h', 'localhost', '-U', ADMIN, '-d', database, '-c', text),
    redis: (...command) =>
      run('redis', 'redis-cli', '--no-auth-warning', '-a', password, ...command),
    remove: async () =>
      void (await kubectl([
        'delete',
        'namespace',
        namespace,
        '--wait=false',
        '--ignore-not-found',
      ])),
  };
}

interface ServerSpec {
  readonly image: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

function serverObjects(
  namespace: string,
  name: string,
  { image, port, variables, args }: ServerSpec,
): readonly object[] {
  const labels = { app: name };
  const container = {
    name,
    image,
    ...(args === undefined ? {} : { args }),
    env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const metadata = { name, namespace };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port }] } },
  ];
}
