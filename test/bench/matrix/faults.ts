import { cause, type Cause, type Label } from './matrix.ts';
import type { FaultStage } from './stage.ts';

/**
 * What is broken in the shop, and whose fault that is. One row of the matrix each.
 *
 * The environment is that of `feat/coupon` with `fulfilment` and `payments` taken in: `promotions`, `orders`, `orders-db` are
 * changes; `gateway`, `checkout`, `cart`, `pricing`, `products`, `recommendations`, `payments`, `fulfilment` are inside;
 * `accounts` and `shipping` are the baseline's; `card-network` is external.
 */
export interface ShopFault extends Label {
  readonly breaks: (stage: FaultStage) => Promise<void>;
  /** Takes back what no file of the catalog says. */
  readonly mends?: (stage: FaultStage) => Promise<void>;
}

type Unlabelled = Omit<ShopFault, 'group'>;

/** A service that misbehaves by its own `FAULT` (test/cluster/shop/README.md). */
function faulty(
  component: string,
  fault: string,
  origin: string,
  kind: Label['kind'] = 'fails',
): Unlabelled {
  return {
    name: `${component}: ${fault}`,
    kind,
    breaks: async (stage) => await stage.set(component, { FAULT: fault }),
    causes: [cause(component, origin)],
  };
}

/** A caller that is told something wrong. */
function misled(
  name: string,
  component: string,
  variables: Readonly<Record<string, string>>,
  more: Partial<Cause> = {},
): Unlabelled {
  return {
    name,
    kind: 'fails',
    breaks: async (stage) => await stage.set(component, variables),
    causes: [{ components: [component], origins: ['path'], ...more }],
  };
}

const IN_ORDERS = { components: ['orders'], origins: ['change'] };

const UNGROUPED: readonly Unlabelled[] = [
  faulty('promotions', 'status:500:{"error":"no rule for coupon"}', 'change'),
  faulty('promotions', 'status:503', 'change'),
  faulty('promotions', 'crash', 'change'),
  faulty('promotions', 'oom', 'change'),
  faulty('promotions', 'truncate', 'change'),
  faulty('promotions', 'hang', 'change', 'delays'),
  faulty('promotions', 'slow:20000', 'change', 'delays'),
  faulty('pricing', 'status:500', 'path'),
  faulty('pricing', 'crash', 'path'),
  faulty('products', 'status:500@/products/', 'path'),
  faulty('products', 'truncate', 'path'),
  faulty('cart', 'crash', 'path'),
  faulty('cart', 'status:501', 'path'),
  faulty('checkout', 'hang', 'path', 'delays'),
  faulty('checkout', 'status:500', 'path'),
  faulty('gateway', 'status:500@/products', 'path'),
  faulty('gateway', 'truncate@/orders', 'path'),
  faulty('orders', 'status:404@/orders', 'change'),
  faulty('orders', 'status:429', 'change'),
  faulty('orders', 'sql', 'change'),
  faulty('payments', 'status:500', 'path'),
  faulty('accounts', 'status:500', 'baseline'),
  faulty('accounts', 'crash', 'baseline'),
  faulty('accounts', 'hang', 'baseline', 'delays'),
  faulty('shipping', 'status:500', 'baseline'),
  faulty('shipping', 'truncate', 'baseline'),
  misled('a name that does not exist (HTTP)', 'checkout', { PRICING_URL: 'http://pricng:8080' }),
  misled('a name that does not exist (Redis)', 'cart', { CART_STORE: 'cart-stor:6379' }),
  misled('nothing listens there', 'cart', { CART_STORE: '127.0.0.1:1' }),
  misled('a wrong port', 'checkout', { PRICING_URL: 'http://pricing:9999' }),
  misled('TLS to a plain port', 'checkout', { PRICING_URL: 'https://pricing:8080' }),
  misled(
    'a wrong password of the database',
    'orders',
    { DATABASE_URL: 'postgres://orders:wrong@orders-db:5432/orders' },
    IN_ORDERS,
  ),
  misled(
    'a wrong name of the database',
    'orders',
    { DATABASE_URL: 'postgres://postgres:wrong@orders-db:5432/nothing' },
    IN_ORDERS,
  ),
  {
    name: 'a table that is missing',
    kind: 'fails',
    breaks: async (stage) => await stage.sql('ALTER TABLE orders RENAME TO orders_gone'),
    mends: async (stage) => await stage.sql('ALTER TABLE orders_gone RENAME TO orders'),
    causes: [{ components: ['orders', 'orders-db'], origins: ['change'] }],
  },
  {
    name: 'a migration that is missing (a column)',
    kind: 'fails',
    breaks: async (stage) => await stage.sql('ALTER TABLE orders RENAME COLUMN cents TO cent'),
    mends: async (stage) => await stage.sql('ALTER TABLE orders RENAME COLUMN cent TO cents'),
    causes: [{ components: ['orders', 'orders-db'], origins: ['change'] }],
  },
  {
    name: 'a cache that is out of memory',
    kind: 'fails',
    breaks: async (stage) => await stage.redis('CONFIG SET maxmemory 1'),
    mends: async (stage) => await stage.redis('CONFIG SET maxmemory 0'),
    causes: [cause('cart-store', 'path')],
  },
  {
    name: 'a cache that only reads',
    kind: 'fails',
    breaks: async (stage) => await stage.redis('REPLICAOF 127.0.0.1 1'),
    mends: async (stage) => await stage.redis('REPLICAOF NO ONE'),
    causes: [cause('cart-store', 'path')],
  },
  {
    name: 'the external answers 500',
    kind: 'fails',
    breaks: async (stage) => await stage.partner('status:500'),
    mends: async (stage) => await stage.partner(null),
    causes: [cause('card-network', 'external')],
  },
  {
    name: 'the external has no pod',
    kind: 'fails',
    breaks: async (stage) => await stage.scalePartner(0),
    mends: async (stage) => await stage.scalePartner(1),
    causes: [{ components: ['card-network', 'payments'], origins: ['external'] }],
  },
  {
    name: 'a policy cuts the external off',
    kind: 'fails',
    breaks: async (stage) => await stage.cutPartner(true),
    mends: async (stage) => await stage.cutPartner(false),
    causes: [
      { components: ['payments', 'card-network'], origins: ['external', 'path', 'infrastructure'] },
    ],
  },
  {
    name: 'a worker that dies',
    kind: 'fails',
    breaks: async (stage) => await stage.set('fulfilment', { FAULT: 'crash' }),
    causes: [cause('fulfilment', 'path')],
  },
  {
    name: 'a timeout below what the callee takes',
    kind: 'delays',
    breaks: async (stage) => {
      await stage.set('promotions', { FAULT: 'hang:1500' });
      await stage.set('pricing', { CALL_TIMEOUT_MS: '500' });
    },
    causes: [{ components: ['promotions', 'pricing'], origins: ['change', 'path'] }],
  },
  {
    name: 'a retry storm',
    kind: 'fails',
    breaks: async (stage) => {
      await stage.set('promotions', { FAULT: 'status:502' });
      await stage.set('pricing', { FAULT: 'retry:8' });
    },
    causes: [cause('promotions', 'change')],
  },
  {
    name: 'a failure that is swallowed, beside one that is not',
    kind: 'fails',
    breaks: async (stage) => {
      await stage.set('recommendations', { FAULT: 'status:500' });
      await stage.set('orders', { FAULT: 'status:500' });
    },
    causes: [cause('orders', 'change')],
  },
  {
    name: 'two at once',
    kind: 'fails',
    breaks: async (stage) => {
      await stage.set('promotions', { FAULT: 'status:500' });
      await stage.set('cart', { FAULT: 'status:500' });
    },
    causes: [cause('promotions', 'change'), cause('cart', 'path')],
  },
];

export const FAULTS: readonly ShopFault[] = UNGROUPED.map((fault) => ({ group: 'shop', ...fault }));
