import {
  CHANGED,
  ENTRY,
  EXTERNAL,
  neighboursOf,
  QUEUE_TOPIC,
  SECRET_SERVICE,
  SECRET_STORE,
  STAND_INS,
  STORES,
  type StandIn,
} from './robot.ts';

/** The catalog of the topology, document by document, from its table of edges. */

export interface CatalogPlaces {
  /** URL of the repository of all services. */
  readonly repository: string;
  /** Names of the images as nodes pull them. */
  readonly images: Readonly<Record<'go' | 'python' | 'suite' | 'postgres' | 'redis', string>>;
  readonly gateway: { readonly address: string; readonly port: number };
  /** Whether the secret edges are encrypted. */
  readonly isSecret: boolean;
}

export const SECRET_NAME = 'robot-keys';
/** One for each fault `tls:…` of a stand-in, and for PostgreSQL. */
const SECRET_KEYS = {
  TLS_KEY: 'key',
  TLS_CERTIFICATE: 'good',
  TLS_CERTIFICATE_EXPIRED: 'expired',
  TLS_CERTIFICATE_UNKNOWN: 'unknown',
  TLS_CERTIFICATE_NAME: 'name',
} as const;

type Document = Readonly<Record<string, unknown>>;

/** File name → document. */
export function catalogOf(places: CatalogPlaces): ReadonlyMap<string, Document> {
  return new Map([
    ...STAND_INS.map((standIn) => [standIn.name, standInDocument(standIn, places)] as const),
    ...Object.keys(STORES).map((name) => [name, storeDocument(name, places)] as const),
    [EXTERNAL, externalDocument(places)] as const,
    ['robot-e2e', suiteDocument('robot-e2e', 'false', places)] as const,
    ['robot-at-once', suiteDocument('robot-at-once', 'true', places)] as const,
  ]);
}

function standInDocument(standIn: StandIn, places: CatalogPlaces): Document {
  const { name, language, routes, takes } = standIn;
  const neighbours = neighboursOf(standIn);
  return component(name, {
    type: takes === undefined ? 'service' : 'worker',
    source: sourceOf(`services/${name}`, places),
    image: places.images[language],
    ...(takes === undefined
      ? { ports: { http: 8080, control: 9900 }, readiness: { http: '/', port: 'control' } }
      : {}),
    environment: {
      NAME: name,
      CALL_TIMEOUT_MS: '5000',
      ROUTES: JSON.stringify(routes),
      ...Object.fromEntries(
        neighbours.map((neighbour) => [variableOf(neighbour), addressOf(name, neighbour, places)]),
      ),
      ...(takes === undefined ? {} : { QUEUE: takes.from, TAKES: takes.list }),
      ...(places.isSecret ? secretsOf(name) : {}),
    },
    dependencies: neighbours.map((neighbour) => dependencyOf(standIn, neighbour)),
    resources: { cpu: '20m', memory: '48Mi', limits: { memory: '96Mi' } },
    ...(name === ENTRY ? { expose: true } : {}),
  });
}

function dependencyOf({ takes, publishes }: StandIn, neighbour: string): unknown {
  if (takes?.from === neighbour) return { name: neighbour, consumes: [QUEUE_TOPIC] };
  const topic = publishes?.[neighbour];
  return topic === undefined ? neighbour : { name: neighbour, publishes: [topic] };
}

/** The variable that says where a neighbour is. */
export function variableOf(neighbour: string): string {
  return `${neighbour.toUpperCase().replaceAll('-', '_')}_URL`;
}

function addressOf(name: string, neighbour: string, { isSecret }: CatalogPlaces): string {
  const engine = STORES[neighbour];
  const host = `\${dependencies.${neighbour}.host}`;
  if (engine === 'redis') return `${host}:\${dependencies.${neighbour}.ports.redis}`;
  if (engine === 'postgres') {
    const mode = isSecret && neighbour === SECRET_STORE ? 'require' : 'disable';
    return `\${dependencies.${neighbour}.url}?sslmode=${mode}`;
  }
  if (neighbour === EXTERNAL) return `\${dependencies.${neighbour}.url}`;
  const { caller, callee } = SECRET_SERVICE;
  const scheme = isSecret && name === caller && neighbour === callee ? 'https' : 'http';
  return `${scheme}://${host}:\${dependencies.${neighbour}.ports.http}`;
}

function secretsOf(name: string): Document {
  if (name === SECRET_SERVICE.caller) return { TLS_CA: secret('ca') };
  return name === SECRET_SERVICE.callee ? serverSecrets() : {};
}

function serverSecrets(): Document {
  return Object.fromEntries(Object.entries(SECRET_KEYS).map(([key, file]) => [key, secret(file)]));
}

function secret(key: string): Document {
  return { secretRef: { name: SECRET_NAME, key } };
}

function storeDocument(name: string, places: CatalogPlaces): Document {
  const engine = STORES[name] ?? 'redis';
  const isPostgres = engine === 'postgres';
  return component(name, {
    type: 'datastore',
    image: places.images[engine],
    engine,
    isolation: 'dedicated',
    ...(isPostgres
      ? {
          source: sourceOf(name, places),
          database: name,
          ports: { postgres: { port: 5432, protocol: 'tcp' } },
          // What a commit waits for on a busy disk is no fault of the matrix.
          container: { args: NOT_ON_DISK },
          migrations: { files: [`${name}/migrations/*.sql`] },
          resources: { cpu: '50m', memory: '256Mi' },
        }
      : {
          ports: { redis: { port: 6379, protocol: 'tcp' } },
          resources: { cpu: '20m', memory: '64Mi' },
        }),
    ...(places.isSecret && name === SECRET_STORE
      ? { environment: serverSecrets(), container: { command: ['sh', '-c', WITH_KEYS], args: [] } }
      : {}),
  });
}

const NOT_ON_DISK = ['-c', 'fsync=off'];

/** PostgreSQL wants its key in a file that nobody else can read. */
const WITH_KEYS = [
  'umask 077',
  'printf "%s\\n" "$TLS_KEY" > /tmp/server.key',
  'printf "%s\\n" "$TLS_CERTIFICATE" > /tmp/server.crt',
  'set -- -c ssl=on -c ssl_cert_file=/tmp/server.crt -c ssl_key_file=/tmp/server.key',
  `exec entrypoint.sh "$@" ${NOT_ON_DISK.join(' ')}`,
].join('\n');

function externalDocument({ gateway }: CatalogPlaces): Document {
  return component(EXTERNAL, {
    type: 'external',
    external: { address: gateway.address },
    ports: { http: gateway.port },
  });
}

function suiteDocument(name: string, atOnce: string, { images }: CatalogPlaces): Document {
  return {
    apiVersion: 'offshoot.dev/v1alpha1',
    kind: 'TestSuite',
    metadata: { name },
    spec: {
      image: images.suite,
      entry: ENTRY,
      command: ['node', '/app/main.ts'],
      environment: { SHOP_URL: '${entry.url}', AT_ONCE: atOnce },
      timeout: '3m',
      junit: 'junit.xml',
    },
  };
}

function component(name: string, spec: Document): Document {
  return { apiVersion: 'offshoot.dev/v1alpha1', kind: 'Component', metadata: { name }, spec };
}

function sourceOf(path: string, { repository }: CatalogPlaces): Document {
  return { repository, defaultBranch: 'main', paths: [path] };
}

/** Files of the repository that the branch touches. */
export const TOUCHED: readonly string[] = CHANGED.map((name) => `services/${name}`);
