import { cause, type Cause, type Label } from './matrix.ts';
import type { RobotStage } from './robot-stage.ts';

/**
 * What is broken in the second topology, and whose fault that is.
 *
 * `catalogue` and `payment` are changes; `web`, `cart`, `shipping`, `ratings`, `dispatch` and the datastores are inside; `user` is
 * the baseline's, with stores of its own there; `gateway` is external.
 */
export interface RobotFault extends Label {
  readonly breaks: (stage: RobotStage) => Promise<void>;
  /** Default: the cases one after another. */
  readonly suite?: string;
}

type Unlabelled = Omit<RobotFault, 'group'>;

const AT_ONCE = 'robot-at-once';

/** A stand-in that misbehaves by itself. */
function faulty(
  component: string,
  fault: string,
  origin: string,
  kind: Label['kind'] = 'fails',
): Unlabelled {
  return {
    name: `${component}: ${fault}`,
    kind,
    breaks: async (stage) => await stage.fault(component, fault),
    causes: [cause(component, origin)],
  };
}

/** A caller that is told something wrong. */
function misled(
  name: string,
  [component, origin]: readonly [string, string],
  variables: Readonly<Record<string, string>>,
): Unlabelled {
  return {
    name,
    kind: 'fails',
    breaks: async (stage) => await stage.set(component, variables),
    causes: [cause(component, origin)],
  };
}

const OF_DOCUMENTS: Cause = { components: ['catalogue', 'documents'], origins: ['change', 'path'] };
const OF_CITIES: Cause = { components: ['shipping', 'cities'], origins: ['path'] };

const PLAIN: readonly Unlabelled[] = [
  faulty('catalogue', 'status:500', 'change'),
  faulty('catalogue', 'status:503@/products', 'change'),
  faulty('catalogue', 'crash', 'change'),
  faulty('catalogue', 'oom', 'change'),
  faulty('catalogue', 'reset', 'change'),
  faulty('catalogue', 'truncate', 'change'),
  faulty('catalogue', 'refuse', 'change'),
  faulty('catalogue', 'status:404@/products', 'change'),
  faulty('payment', 'status:500', 'change'),
  faulty('payment', 'crash', 'change'),
  faulty('payment', 'refuse', 'change'),
  faulty('payment', 'truncate', 'change'),
  faulty('payment', 'status:429', 'change'),
  faulty('cart', 'status:500', 'path'),
  faulty('cart', 'crash@/add', 'path'),
  faulty('cart', 'refuse', 'path'),
  faulty('shipping', 'oom', 'path'),
  faulty('shipping', 'status:501', 'path'),
  faulty('ratings', 'status:500@/rate', 'path'),
  faulty('ratings', 'reset@/rate', 'path'),
  faulty('web', 'status:500@/browse', 'path'),
  faulty('web', 'truncate@/quote', 'path'),
  faulty('web', 'reset@/buy', 'path'),
  misled('a name that does not exist (HTTP)', ['cart', 'path'], {
    CATALOGUE_URL: 'http://catalog:8080',
  }),
  misled('a name that does not exist (Redis)', ['cart', 'path'], { REDIS_URL: 'reddis:6379' }),
  misled('a name that does not exist (PostgreSQL)', ['ratings', 'path'], {
    CITIES_URL: 'postgres://cities:x@citys:5432/cities',
  }),
  misled('a wrong port', ['web', 'path'], { SHIPPING_URL: 'http://shipping:9999' }),
  misled('nothing listens there', ['payment', 'change'], { QUEUE_URL: '127.0.0.1:1' }),
  misled('TLS to a plain port', ['web', 'path'], { CATALOGUE_URL: 'https://catalogue:8080' }),
  misled('a path that the other does not have', ['cart', 'path'], {
    CATALOGUE_URL: 'http://catalogue:8080/v2',
  }),
  misled('a wrong password', ['shipping', 'path'], {
    CITIES_URL: 'postgres://cities:wrong@cities:5432/cities?sslmode=disable',
  }),
  misled('a database that does not exist', ['catalogue', 'change'], {
    DOCUMENTS_URL: 'postgres://postgres:wrong@documents:5432/nothing?sslmode=disable',
  }),
  {
    name: 'a table that is missing',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.sql(
        'documents',
        'alter table products rename to gone',
        'alter table gone rename to products',
      ),
    causes: [OF_DOCUMENTS],
  },
  {
    name: 'a migration that is missing (a column)',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.sql(
        'cities',
        'alter table cities rename column cents to cent',
        'alter table cities rename column cent to cents',
      ),
    causes: [OF_CITIES],
  },
  {
    name: 'a cache that is out of memory',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.redis('redis', 'config set maxmemory 1', 'config set maxmemory 0'),
    causes: [cause('redis', 'path')],
  },
  {
    name: 'a cache that only reads',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.redis('redis', 'replicaof 127.0.0.1 1', 'replicaof no one'),
    causes: [cause('redis', 'path')],
  },
  {
    name: 'a broker that is out of memory',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.redis('queue', 'config set maxmemory 1', 'config set maxmemory 0'),
    causes: [cause('queue', 'path')],
  },
  faulty('gateway', 'status:500', 'external'),
  faulty('gateway', 'reset', 'external'),
  {
    name: 'the external has no pod',
    kind: 'fails',
    breaks: async (stage) => await stage.scaleGateway(0),
    causes: [{ components: ['gateway', 'payment'], origins: ['external'] }],
  },
  {
    name: 'a policy cuts the external off',
    kind: 'fails',
    breaks: async (stage) => await stage.cutGateway(),
    causes: [
      { components: ['payment', 'gateway'], origins: ['external', 'change', 'infrastructure'] },
    ],
  },
  // The first order is of a case that does not wait for its dispatch.
  faulty('dispatch', 'crash:2', 'path'),
  faulty('dispatch', 'oom:2', 'path'),
  {
    name: 'a retry storm',
    kind: 'fails',
    async breaks(stage) {
      await stage.fault('catalogue', 'status:502');
      await stage.fault('cart', 'retry:8');
    },
    causes: [cause('catalogue', 'change')],
  },
  {
    name: 'a failure that is swallowed, beside one that is not',
    kind: 'fails',
    async breaks(stage) {
      await stage.fault('ratings', 'status:500@/of');
      await stage.fault('shipping', 'status:500');
    },
    causes: [cause('shipping', 'path')],
  },
  {
    name: 'two at once',
    kind: 'fails',
    async breaks(stage) {
      await stage.fault('ratings', 'status:500@/rate');
      await stage.fault('payment', 'status:500');
    },
    causes: [cause('ratings', 'path'), cause('payment', 'change')],
  },
  {
    name: 'a worker that dies, and a service that fails',
    kind: 'fails',
    async breaks(stage) {
      await stage.fault('dispatch', 'crash:2');
      await stage.fault('shipping', 'status:500');
    },
    causes: [cause('dispatch', 'path'), cause('shipping', 'path')],
  },
  faulty('catalogue', 'hang', 'change', 'delays'),
  faulty('shipping', 'hang', 'path', 'delays'),
  faulty('ratings', 'slow:20000@/rate', 'path', 'delays'),
  faulty('payment', 'slow:20000', 'change', 'delays'),
  faulty('gateway', 'hang', 'external', 'delays'),
  {
    name: 'a timeout below what the callee takes',
    kind: 'delays',
    async breaks(stage) {
      await stage.fault('catalogue', 'hang:1500');
      await stage.set('cart', { CALL_TIMEOUT_MS: '500' });
    },
    causes: [{ components: ['catalogue', 'cart'], origins: ['change', 'path'] }],
  },
  {
    name: 'a table that somebody locks',
    kind: 'delays',
    breaks: async (stage) =>
      await stage.block('cities', 'begin; lock table ratings; select pg_sleep(40)'),
    causes: [{ components: ['ratings', 'cities'], origins: ['path'] }],
  },
  {
    name: 'a cache that pauses',
    kind: 'delays',
    breaks: async (stage) => await stage.redis('redis', 'client pause 40000', 'client unpause'),
    causes: [cause('redis', 'path')],
  },
  faulty('dispatch', 'hang', 'path', 'delays'),
];

/** All of it ends at `user`: what runs behind it was not captured. */
const IN_BASELINE: readonly Unlabelled[] = [
  faulty('user', 'status:500', 'baseline'),
  faulty('user', 'status:503', 'baseline'),
  faulty('user', 'crash', 'baseline'),
  faulty('user', 'oom', 'baseline'),
  faulty('user', 'reset', 'baseline'),
  faulty('user', 'truncate', 'baseline'),
  faulty('user', 'refuse', 'baseline'),
  faulty('user', 'hang', 'baseline', 'delays'),
  faulty('user', 'slow:20000', 'baseline', 'delays'),
  {
    name: 'user: a table that is missing',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.sql(
        'baseline/documents',
        'alter table users rename to gone',
        'alter table gone rename to users',
      ),
    causes: [cause('user', 'baseline')],
  },
  {
    name: 'user: a cache that only reads',
    kind: 'fails',
    breaks: async (stage) =>
      await stage.redis('baseline/redis', 'replicaof 127.0.0.1 1', 'replicaof no one'),
    causes: [cause('user', 'baseline')],
  },
  misled('user: a name that does not exist', ['user', 'baseline'], { REDIS_URL: 'reddis:6379' }),
];

/** Eight cases at once, each marked by baggage; two of them fail, by different causes. */
const PAIRS: readonly Pick<RobotFault, 'name' | 'breaks' | 'causes'>[] = [
  {
    name: 'ratings and payment fail',
    async breaks(stage) {
      await stage.fault('ratings', 'status:500@/rate');
      await stage.fault('payment', 'status:500');
    },
    causes: [cause('ratings', 'path'), cause('payment', 'change')],
  },
  {
    name: 'catalogue fails for one path, user does not answer',
    async breaks(stage) {
      await stage.fault('catalogue', 'status:500@/products');
      await stage.fault('user', 'status:500@/login');
    },
    causes: [cause('catalogue', 'change'), cause('user', 'baseline')],
  },
  {
    name: 'a column is missing, cart cuts its answers off',
    async breaks(stage) {
      await stage.fault('cart', 'truncate@/add');
      await stage.sql(
        'cities',
        'alter table cities rename column cents to cent',
        'alter table cities rename column cent to cents',
      );
    },
    causes: [cause('cart', 'path'), OF_CITIES],
  },
];

/** The plaintext matrix, and beside it, by themselves, faults of the baseline and of cases that run at once. */
export const ROBOT_FAULTS: readonly RobotFault[] = [
  ...PLAIN.map((fault) => ({ ...fault, group: 'second' })),
  ...IN_BASELINE.map((fault) => ({ ...fault, group: 'baseline' })),
  ...PAIRS.map((fault) => ({ ...fault, group: 'at once', kind: 'fails', suite: AT_ONCE }) as const),
];
