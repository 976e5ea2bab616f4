import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/domain/catalog/component.ts';
import { closeDownward, closeOver, dependentsOf } from '../../../src/domain/closure/close.ts';
import type { Closure, ClosureRequest } from '../../../src/domain/closure/closure.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';

function close(catalog: Catalog, request: Partial<ClosureRequest>): Closure {
  return closeOver(catalog, {
    changed: [],
    entries: [],
    include: [],
    isolation: 'path',
    ...request,
  });
}

/** `name: reason` of each member. */
function reasons(closure: Closure): string[] {
  return closure.members.map(({ name, reason }) => `${name}: ${reason}`);
}

function names(closure: Closure): string[] {
  return closure.members.map(({ name }) => name);
}

function failureOf(run: () => unknown): OperationError {
  try {
    run();
  } catch (error) {
    if (error instanceof OperationError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const shop = catalogOf([
  component({ name: 'gateway', expose: true, dependencies: ['cart', 'identity', 'search'] }),
  component({ name: 'cart', dependencies: ['checkout', 'cart-db', 'identity'] }),
  component({
    name: 'checkout',
    dependencies: [
      'orders-db',
      'mail',
      'prices',
      'seed-prices',
      { name: 'events', publishes: ['orders'] },
    ],
  }),
  component({ name: 'search', dependencies: ['search-db'] }),
  component({ name: 'identity', sharing: 'shared', dependencies: ['identity-db'] }),
  component({ name: 'prices' }),
  component({ name: 'seed-prices', type: 'job', dependencies: ['prices'] }),
  component({
    name: 'shipper',
    type: 'worker',
    dependencies: [{ name: 'events', consumes: ['orders'] }, 'shipping-db', 'prices'],
  }),
  component({ name: 'mail', type: 'external' }),
  component({ name: 'events', type: 'datastore' }),
  ...['cart-db', 'orders-db', 'search-db', 'shipping-db', 'identity-db'].map((name) =>
    component({ name, type: 'datastore' }),
  ),
]);

describe('closeOver with path isolation', () => {
  it('takes in the way from the entries to the change, their data, jobs and consumers', () => {
    expect(reasons(close(shop, { changed: ['checkout'] }))).toEqual([
      'cart: on the path gateway → cart → checkout',
      'cart-db: datastore of cart',
      'checkout: changed',
      'events: datastore of checkout',
      'gateway: on the path gateway → cart → checkout',
      'orders-db: datastore of checkout',
      'seed-prices: job of checkout',
      'shipper: consumes orders of checkout',
      'shipping-db: datastore of shipper',
    ]);
  });

  it('leaves everything else that members use in the baseline', () => {
    expect(close(shop, { changed: ['checkout'] }).boundary).toEqual([
      { name: 'identity', usedBy: ['cart', 'gateway'] },
      { name: 'mail', usedBy: ['checkout'] },
      { name: 'prices', usedBy: ['checkout', 'seed-prices', 'shipper'] },
      { name: 'search', usedBy: ['gateway'] },
    ]);
  });

  it('takes in a change that no entry reaches, alone with its data', () => {
    const closure = close(shop, { changed: ['identity'], entries: ['search'] });
    expect(reasons(closure)).toEqual(['identity: changed', 'identity-db: datastore of identity']);
  });

  it('walks through a shared component that is changed', () => {
    const closure = close(shop, { changed: ['identity'] });
    expect(names(closure)).toEqual(['cart', 'cart-db', 'gateway', 'identity', 'identity-db']);
    expect(closure.warnings).toEqual([]);
  });

  it('starts from the entries that were asked for', () => {
    expect(names(close(shop, { changed: ['checkout'], entries: ['cart'] }))).not.toContain(
      'gateway',
    );
  });

  it('does not depend on the order of the entries asked for', () => {
    const closure = close(shop, { changed: ['checkout'], entries: ['gateway', 'cart'] });
    expect(close(shop, { changed: ['checkout'], entries: ['cart', 'gateway'] })).toEqual(closure);
  });

  it('takes an included component in as if it were changed, and says so', () => {
    const closure = close(shop, { changed: ['checkout'], include: ['prices'] });
    expect(closure.members.find(({ name }) => name === 'prices')).toEqual({
      name: 'prices',
      role: 'path',
      reason: 'included',
      witness: ['prices'],
    });
    expect(reasons(closure)).toContain(
      'shipper: on the path gateway → cart → checkout → shipper → prices',
    );
  });

  it('calls what is both changed and included changed', () => {
    const closure = close(shop, { changed: ['checkout'], include: ['checkout'] });
    expect(reasons(closure)).toContain('checkout: changed');
  });

  it('walks topics like calls', () => {
    const closure = close(shop, { changed: ['shipper'] });
    expect(reasons(closure)).toContain('checkout: on the path gateway → cart → checkout → shipper');
  });

  it('takes in all of a cycle of calls on the way', () => {
    const ring = services({ a: ['b'], b: ['c', 'd'], c: ['b'], d: [] });
    expect(reasons(close(ring, { changed: ['b'] }))).toEqual([
      'a: on the path a → b',
      'b: changed',
      'c: on the path a → b → c → b',
    ]);
  });

  it('leaves consumers out whose broker stays in the baseline', () => {
    const catalog = catalogOf([
      component({ name: 'a', expose: true, dependencies: [{ name: 'bus', publishes: ['t'] }] }),
      component({ name: 'bus', type: 'datastore', datastore: { isolation: 'shared' } }),
      component({ name: 'w', type: 'worker', dependencies: [{ name: 'bus', consumes: ['t'] }] }),
    ]);
    expect(names(close(catalog, { changed: ['a'] }))).toEqual(['a']);
    expect(names(close(catalog, { changed: ['a', 'bus'] }))).toEqual(['a', 'bus', 'w']);
  });

  it('leaves consumers out that are shared, or to whose topic nothing inside publishes', () => {
    const catalog = catalogOf([
      component({ name: 'a', dependencies: [{ name: 'bus', publishes: ['t'] }] }),
      component({ name: 'b', dependencies: [{ name: 'bus', publishes: ['u'] }] }),
      component({ name: 'bus', type: 'datastore' }),
      component({
        name: 's',
        type: 'worker',
        sharing: 'shared',
        dependencies: [{ name: 'bus', consumes: ['t'] }],
      }),
      component({ name: 'w', type: 'worker', dependencies: [{ name: 'bus', consumes: ['u'] }] }),
    ]);
    expect(names(close(catalog, { changed: ['a'] }))).toEqual(['a', 'bus']);
  });

  it('leaves out shared jobs and never makes a job or worker boundary', () => {
    const catalog = catalogOf([
      component({ name: 'a', dependencies: ['clean', 'fill', 'watch'] }),
      component({ name: 'clean', type: 'job', sharing: 'shared' }),
      component({ name: 'fill', type: 'job' }),
      component({ name: 'watch', type: 'worker' }),
    ]);
    const closure = close(catalog, { changed: ['a'] });
    expect(names(closure)).toEqual(['a', 'fill']);
    expect(closure.boundary).toEqual([]);
  });

  it('gives who could come in for several reasons the first of datastore, job, consumer', () => {
    const catalog = catalogOf([
      component({ name: 'a', dependencies: [{ name: 'bus', publishes: ['t'] }, 'z'] }),
      component({ name: 'bus', type: 'datastore' }),
      component({ name: 'x', type: 'job', dependencies: [{ name: 'bus', consumes: ['t'] }] }),
      component({ name: 'z', type: 'job', dependencies: ['x'] }),
    ]);
    expect(reasons(close(catalog, { changed: ['a'] }))).toEqual([
      'a: changed',
      'bus: datastore of a',
      'x: job of z',
      'z: job of a',
    ]);
  });
});

describe('closeOver with full isolation', () => {
  it('takes in everything the entries and the change reach, but nothing shared or external', () => {
    const closure = close(shop, { changed: ['checkout'], isolation: 'full' });
    expect(closure.boundary.map(({ name }) => name)).toEqual(['identity', 'mail']);
    expect(closure.members.find(({ name }) => name === 'search-db')).toEqual({
      name: 'search-db',
      role: 'dependency',
      reason: 'reached by gateway → search → search-db',
      witness: ['gateway', 'search', 'search-db'],
    });
    expect(closure.members.find(({ name }) => name === 'cart')?.role).toBe('path');
  });
});

describe('warnings of closeOver', () => {
  it('names the shared component through which a call comes back to the change', () => {
    const catalog = catalogOf([
      component({ name: 'gateway', expose: true, dependencies: ['checkout'] }),
      component({ name: 'checkout', dependencies: ['ids'] }),
      component({ name: 'ids', sharing: 'shared', dependencies: ['audit'] }),
      component({ name: 'audit', dependencies: ['checkout'] }),
    ]);
    expect(close(catalog, { changed: ['checkout'] }).warnings).toEqual([
      {
        code: 'PATH_THROUGH_SHARED',
        component: 'ids',
        message:
          'a call can leave the environment through the shared component "ids" and reach the baseline\'s copy of "checkout"',
        witness: ['checkout', 'ids', 'audit', 'checkout'],
      },
    ]);
    expect(close(catalog, { changed: ['checkout'], include: ['ids'] }).warnings).toEqual([]);
  });

  it('does not warn of a shared component that nothing inside leads to', () => {
    const catalog = catalogOf([
      component({ name: 'checkout', dependencies: ['prices'] }),
      component({ name: 'ids', sharing: 'shared', dependencies: ['checkout'] }),
      component({ name: 'prices' }),
    ]);
    expect(close(catalog, { changed: ['checkout'] }).warnings).toEqual([]);
  });

  it('names what leads from the environment to the shared component', () => {
    const catalog = catalogOf([
      component({ name: 'checkout', dependencies: ['prices'] }),
      component({ name: 'prices', dependencies: ['ids'] }),
      component({ name: 'ids', sharing: 'shared', dependencies: ['checkout'] }),
    ]);
    expect(
      close(catalog, { changed: ['checkout'] }).warnings.map(({ witness }) => witness),
    ).toEqual([['checkout', 'prices', 'ids', 'checkout']]);
  });

  it('are sorted by component, code and message', () => {
    const catalog = catalogOf([
      component({ name: 'a', dependencies: ['z', 'y', 'db-2', 'db-1'] }),
      component({ name: 'z', sharing: 'shared', dependencies: ['a', 'db-2', 'db-1'] }),
      component({ name: 'y', sharing: 'shared', dependencies: ['a'] }),
      component({ name: 'db-1', type: 'datastore' }),
      component({ name: 'db-2', type: 'datastore' }),
    ]);
    const { warnings } = close(catalog, { changed: ['a'] });
    expect(
      warnings.map(({ component: name, code, witness }) => [name, code, witness.at(-1)]),
    ).toEqual([
      ['y', 'PATH_THROUGH_SHARED', 'a'],
      ['z', 'DATA_SPLIT', 'db-1'],
      ['z', 'DATA_SPLIT', 'db-2'],
      ['z', 'PATH_THROUGH_SHARED', 'a'],
    ]);
  });

  it('names an external that calls back', () => {
    const catalog = catalogOf([
      component({ name: 'pay', dependencies: ['bank'] }),
      component({ name: 'bank', type: 'external', dependencies: ['pay'] }),
    ]);
    const [warning] = close(catalog, { changed: ['pay'] }).warnings;
    expect(warning?.message).toContain('through the external component "bank"');
    expect(warning?.witness).toEqual(['pay', 'bank', 'pay']);
  });

  it('names who in the baseline uses the copy of a datastore that is inside', () => {
    const catalog = catalogOf([
      component({ name: 'a', dependencies: ['b', 'db'] }),
      component({ name: 'b', dependencies: ['c'] }),
      component({ name: 'c', dependencies: ['db'] }),
      component({ name: 'db', type: 'datastore' }),
    ]);
    expect(close(catalog, { changed: ['a'] }).warnings).toEqual([
      {
        code: 'DATA_SPLIT',
        component: 'c',
        message:
          '"c" runs in the baseline and uses the baseline\'s copy of "db", while the environment has a copy of its own',
        witness: ['a', 'b', 'c', 'db'],
      },
    ]);
    expect(close(catalog, { changed: ['a'], include: ['c'] }).warnings).toEqual([]);
  });
});

describe('closeOver refuses', () => {
  it.each([
    [{ changed: ['chekout'] }, 'CATALOG_UNKNOWN_COMPONENT', 'did you mean "checkout"?'],
    [{ include: ['identty'] }, 'CATALOG_UNKNOWN_COMPONENT', 'did you mean "identity"?'],
    [{ entries: ['gatway'] }, 'PLAN_UNKNOWN_ENTRY', 'did you mean "gateway"?'],
    [{ changed: ['zzzzzzzzzzzz'] }, 'CATALOG_UNKNOWN_COMPONENT', /^Correct the spelling/],
    [{ entries: ['events'] }, 'PLAN_UNKNOWN_ENTRY', /type `service`/],
    [{ include: ['mail'] }, 'USAGE', /runs elsewhere/],
    [{ changed: ['mail'] }, 'USAGE', /runs elsewhere/],
  ])('%j with %s', (request, code, hint) => {
    const failure = failureOf(() => close(shop, request));
    expect(failure.code).toBe(code);
    expect(failure.hint).toMatch(hint);
  });

  it('a catalog with a dangling dependency, naming both ends', () => {
    const failure = failureOf(() => close(services({ cart: ['orders'], order: [] }), {}));
    expect(failure.code).toBe('CATALOG_UNKNOWN_COMPONENT');
    expect(failure.message).toBe('"cart" depends on "orders", which is not in the catalog');
    expect(failure.hint).toBe('did you mean "order"?');
  });
});

function chainName(index: number): string {
  return `c${String(index).padStart(5, '0')}`;
}

describe('closeOver at size', () => {
  it('stays linear in a chain of 20,000, keeping witnesses short', () => {
    const size = 20_000;
    const chain = catalogOf(
      Array.from({ length: size }, (_, index) =>
        component({
          name: chainName(index),
          expose: index === 0,
          dependencies: index + 1 < size ? [chainName(index + 1)] : [],
        }),
      ),
    );
    const closure = close(chain, { changed: [chainName(size - 1)] });
    expect(closure.members).toHaveLength(size);
    const middle = closure.members[size / 2];
    expect(middle?.witness).toContain(middle?.name);
    expect(middle?.witness.length).toBeLessThan(100);
    expect(dependentsOf(chain, chainName(size - 1))).toHaveLength(size - 1);
  });

  it('stays linear in a topic with thousands of publishers and consumers', () => {
    const size = 3_000;
    const bus = catalogOf([
      component({ name: 'bus', type: 'datastore' }),
      ...Array.from({ length: size }, (_, index) =>
        component({
          name: `w${index}`,
          type: 'worker',
          dependencies: [{ name: 'bus', publishes: ['t'], consumes: ['t'] }],
        }),
      ),
    ]);
    expect(close(bus, { changed: ['w0'] }).members).toHaveLength(size + 1);
  });
});

describe('closeDownward', () => {
  it('follows dependencies of every kind, but not topics to their consumers', () => {
    expect(closeDownward(shop, ['checkout'])).toEqual([
      'checkout',
      'events',
      'mail',
      'orders-db',
      'prices',
      'seed-prices',
    ]);
  });

  it('refuses a name that is not in the catalog', () => {
    expect(failureOf(() => closeDownward(shop, ['nobody'])).code).toBe('CATALOG_UNKNOWN_COMPONENT');
  });
});

describe('dependentsOf', () => {
  it('names all that depend on it, with a shortest walk', () => {
    expect(dependentsOf(shop, 'orders-db')).toEqual([
      { name: 'cart', witness: ['cart', 'checkout', 'orders-db'] },
      { name: 'checkout', witness: ['checkout', 'orders-db'] },
      { name: 'gateway', witness: ['gateway', 'cart', 'checkout', 'orders-db'] },
    ]);
  });

  it('counts publishers among the dependents of a consumer', () => {
    expect(dependentsOf(shop, 'shipper').map(({ name }) => name)).toEqual([
      'cart',
      'checkout',
      'gateway',
    ]);
  });
});
