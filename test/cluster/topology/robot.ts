/**
 * A topology with the names and the edges of a published demonstration shop for robots (instana/robot-shop),
 * and nothing else of it: each service is a stand-in that does what its routes say.
 *
 * PostgreSQL stands in for its document and its relational store, Redis for its cache and its broker.
 */

/** What a route does, one step after another; the first that fails is the answer. */
export type Step =
  | { readonly call: string; readonly path: string; readonly optional?: boolean }
  | { readonly in: string; readonly sql: string }
  | { readonly in: string; readonly redis: readonly string[] };

export interface StandIn {
  readonly name: string;
  readonly language: 'go' | 'python';
  /** By path; a worker has one, `/`, for each message. */
  readonly routes: Readonly<Record<string, readonly Step[]>>;
  /** The list that a worker takes its messages from. */
  readonly takes?: { readonly from: string; readonly list: string };
  readonly publishes?: Readonly<Record<string, string>>;
}

export const QUEUE_TOPIC = 'orders';

function call(name: string, path: string): Step {
  return { call: name, path: `${path}?id={id}` };
}

function redis(where: string, ...words: readonly string[]): Step {
  return { in: where, redis: words };
}

export const STAND_INS: readonly StandIn[] = [
  {
    name: 'web',
    language: 'go',
    routes: {
      '/browse': [call('catalogue', '/products')],
      '/login': [call('user', '/login')],
      '/basket': [call('cart', '/add')],
      '/quote': [call('shipping', '/quote')],
      '/rate': [call('ratings', '/rate')],
      '/page': [call('catalogue', '/product'), { call: 'ratings', path: '/of', optional: true }],
      '/buy': [call('payment', '/pay')],
      '/dispatched': [call('payment', '/dispatched')],
    },
  },
  {
    name: 'catalogue',
    language: 'python',
    routes: {
      '/products': [{ in: 'documents', sql: 'select name, cents from products' }],
      '/product': [{ in: 'documents', sql: 'select name, cents from products where id = 1' }],
    },
  },
  {
    name: 'user',
    language: 'python',
    routes: {
      '/login': [
        { in: 'documents', sql: 'select name from users where id = 1' },
        redis('redis', 'SET', 'session:{id}', 'ada'),
      ],
      '/check': [{ in: 'documents', sql: 'select name from users where id = 1' }],
    },
  },
  {
    name: 'cart',
    language: 'python',
    routes: {
      '/add': [call('catalogue', '/product'), redis('redis', 'RPUSH', 'cart:{id}', 'arm')],
      '/get': [redis('redis', 'LRANGE', 'cart:{id}', '0', '-1')],
    },
  },
  {
    name: 'shipping',
    language: 'python',
    routes: {
      '/quote': [
        call('cart', '/get'),
        { in: 'cities', sql: 'select cents from cities where id = 1' },
      ],
    },
  },
  {
    name: 'ratings',
    language: 'python',
    routes: {
      '/rate': [
        call('catalogue', '/product'),
        { in: 'cities', sql: 'insert into ratings (product, stars) values (1, 5)' },
      ],
      '/of': [{ in: 'cities', sql: 'select avg(stars)::float from ratings where product = 1' }],
    },
  },
  {
    name: 'payment',
    language: 'go',
    routes: {
      '/pay': [
        call('user', '/check'),
        call('cart', '/get'),
        { call: 'gateway', path: '/charge' },
        redis('queue', 'RPUSH', QUEUE_TOPIC, '{id}'),
      ],
      '/dispatched': [redis('queue', 'GET', 'dispatched:{id}')],
    },
    publishes: { queue: QUEUE_TOPIC },
  },
  {
    name: 'dispatch',
    language: 'python',
    routes: { '/': [redis('queue', 'SET', 'dispatched:{id}', 'dispatched')] },
    takes: { from: 'queue', list: QUEUE_TOPIC },
  },
];

/** Datastores with the engine that stands in for theirs. */
export const STORES: Readonly<Record<string, 'postgres' | 'redis'>> = {
  documents: 'postgres',
  cities: 'postgres',
  redis: 'redis',
  queue: 'redis',
};

export const EXTERNAL = 'gateway';
export const ENTRY = 'web';
/** What the branch of the matrix touches. */
export const CHANGED = ['catalogue', 'payment'];
/** The encrypted edges: one between two services, and all to one database. */
export const SECRET_SERVICE = { caller: 'web', callee: 'payment' };
export const SECRET_STORE = 'cities';

/** Whom a stand-in calls or keeps its data in, each once. */
export function neighboursOf({ routes, takes }: StandIn): readonly string[] {
  const steps = Object.values(routes).flat();
  const named = steps.map((step) => ('call' in step ? step.call : step.in));
  return [...new Set([...named, ...(takes === undefined ? [] : [takes.from])])];
}
