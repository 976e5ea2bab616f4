import type { Component, Datastore } from '../../../domain/catalog/component.ts';

/** What is known of engines that many use: how their usual images are told what a catalog says. */
export interface DatastoreEngine {
  /** Used where the catalog names none. */
  readonly image: string;
  /** Number of the user that the server runs as in that image. Alpine's images may have another. */
  readonly user: number;
  readonly alpineUser?: number;
  readonly dataPath: string;
  /** Variables that configure it. */
  variables(datastore: Datastore, name: string): Readonly<Record<string, string>>;
  /** The variable that sets the password of its user; absent when it has no login. */
  readonly passwordVariable?: string;
  /** Below this much memory it does not even start. */
  readonly memoryBytesMin: number;
}

const MI = 1024 ** 2;

const NOTHING = (): Readonly<Record<string, string>> => ({});

const POSTGRES: DatastoreEngine = {
  image: 'postgres:17',
  user: 999,
  alpineUser: 70,
  dataPath: '/var/lib/postgresql/data',
  // A folder below the mount: initdb refuses one that holds anything, and some volumes hold `lost+found`.
  variables: ({ database, username }) => ({
    POSTGRES_DB: database,
    POSTGRES_USER: username,
    PGDATA: '/var/lib/postgresql/data/pgdata',
  }),
  passwordVariable: 'POSTGRES_PASSWORD',
  memoryBytesMin: 256 * MI,
};

function mysqlLike(prefix: string, image: string, memoryBytesMin: number): DatastoreEngine {
  return {
    image,
    user: 999,
    dataPath: '/var/lib/mysql',
    variables: ({ database, username }) => ({
      [`${prefix}_DATABASE`]: database,
      [`${prefix}_USER`]: username,
      [`${prefix}_RANDOM_ROOT_PASSWORD`]: 'yes',
    }),
    passwordVariable: `${prefix}_PASSWORD`,
    memoryBytesMin,
  };
}

const MONGO: DatastoreEngine = {
  image: 'mongo:8.0',
  user: 999,
  dataPath: '/data/db',
  variables: ({ database, username }) => ({
    MONGO_INITDB_DATABASE: database,
    MONGO_INITDB_ROOT_USERNAME: username,
  }),
  passwordVariable: 'MONGO_INITDB_ROOT_PASSWORD',
  memoryBytesMin: 512 * MI,
};

/** One broker that is its own controller and tells clients the name of its Service. */
const KAFKA: DatastoreEngine = {
  image: 'apache/kafka:3.9.1',
  user: 1000,
  dataPath: '/var/lib/kafka/data',
  variables: (_, name) => ({
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${name}:9092`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  }),
  memoryBytesMin: 1024 * MI,
};

const SEARCH_JAVA_OPTIONS = '-Xms512m -Xmx512m';

const ENGINES: ReadonlyMap<string, DatastoreEngine> = new Map([
  ['postgres', POSTGRES],
  ['mysql', mysqlLike('MYSQL', 'mysql:8.4', 768 * MI)],
  ['mariadb', mysqlLike('MARIADB', 'mariadb:11.4', 384 * MI)],
  ['mongo', MONGO],
  ['mongodb', MONGO],
  ['kafka', KAFKA],
  [
    'redis',
    {
      image: 'redis:7.4',
      user: 999,
      dataPath: '/data',
      variables: NOTHING,
      memoryBytesMin: 64 * MI,
    },
  ],
  [
    'valkey',
    {
      image: 'valkey/valkey:8.1',
      user: 999,
      dataPath: '/data',
      variables: NOTHING,
      memoryBytesMin: 64 * MI,
    },
  ],
  [
    'rabbitmq',
    {
      image: 'rabbitmq:4.1-management',
      user: 999,
      alpineUser: 100,
      dataPath: '/var/lib/rabbitmq',
      variables: ({ username }: Datastore) => ({ RABBITMQ_DEFAULT_USER: username }),
      passwordVariable: 'RABBITMQ_DEFAULT_PASS',
      memoryBytesMin: 512 * MI,
    },
  ],
  [
    'opensearch',
    {
      image: 'opensearchproject/opensearch:2.19.1',
      user: 1000,
      dataPath: '/usr/share/opensearch/data',
      variables: () => ({
        'discovery.type': 'single-node',
        DISABLE_SECURITY_PLUGIN: 'true',
        DISABLE_INSTALL_DEMO_CONFIG: 'true',
        OPENSEARCH_JAVA_OPTS: SEARCH_JAVA_OPTIONS,
      }),
      memoryBytesMin: 1536 * MI,
    },
  ],
  [
    'elasticsearch',
    {
      image: 'elasticsearch:8.17.4',
      user: 1000,
      dataPath: '/usr/share/elasticsearch/data',
      variables: () => ({
        'discovery.type': 'single-node',
        'xpack.security.enabled': 'false',
        ES_JAVA_OPTS: SEARCH_JAVA_OPTIONS,
      }),
      memoryBytesMin: 1536 * MI,
    },
  ],
  [
    'nats',
    { image: 'nats:2.11', user: 1000, dataPath: '/data', variables: NOTHING, memoryBytesMin: 0 },
  ],
  [
    'memcached',
    {
      image: 'memcached:1.6',
      user: 11_211,
      dataPath: '/data',
      variables: NOTHING,
      memoryBytesMin: 64 * MI,
    },
  ],
]);

/** Null for what is no datastore, and for engines that nothing is known of. */
export function engineOf({ datastore }: Pick<Component, 'datastore'>): DatastoreEngine | null {
  return datastore === undefined ? null : engineNamed(datastore.engine);
}

/** Null for engines that nothing is known of. */
export function engineNamed(engine: string): DatastoreEngine | null {
  return ENGINES.get(engine) ?? null;
}

export function userOf(engine: DatastoreEngine, image: string): number {
  return image.includes('alpine') ? (engine.alpineUser ?? engine.user) : engine.user;
}
