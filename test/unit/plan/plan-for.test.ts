import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/domain/catalog/component.ts';
import { hashOfPlan } from '../../../src/domain/plan/plan-for.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';
import { planOf, revision, task } from '../../support/plans.ts';

function edges(plan: Plan): Record<string, readonly string[]> {
  return Object.fromEntries(plan.tasks.map(({ id, after }) => [id, after]));
}

const NAMESPACE = 'namespace/coupon';

const SHOP = catalogOf([
  component({ name: 'gateway', expose: true, dependencies: ['checkout', 'identity'] }),
  component({
    name: 'checkout',
    dependencies: ['orders-db', 'load-prices', 'payments', 'events'],
    embedded: { command: ['node', 'checkout.ts'], build: ['npm', 'ci'] },
  }),
  component({ name: 'identity', sharing: 'shared' }),
  component({ name: 'payments', type: 'external' }),
  component({ name: 'load-prices', type: 'job', dependencies: ['orders-db'] }),
  component({
    name: 'orders-db',
    type: 'datastore',
    datastore: {
      migrations: { files: ['db'] },
      seeds: { files: ['seeds'] },
      indices: ['orders'],
      topics: ['orders'],
    },
  }),
  component({ name: 'events', type: 'datastore', datastore: { topics: ['paid'] } }),
]);

describe('the tasks of a plan', () => {
  it('are those of each kind of component, in the order in which they may begin', () => {
    const plan = planOf(SHOP, { changed: ['checkout'], isolation: 'path' });
    expect(edges(plan)).toEqual({
      [NAMESPACE]: [],
      'boundary/identity': [NAMESPACE],
      'boundary/payments': [NAMESPACE],
      'build/checkout': [NAMESPACE],
      'deploy/events': [NAMESPACE],
      'deploy/orders-db': [NAMESPACE],
      'topic/events': ['deploy/events'],
      'migrate/orders-db': ['deploy/orders-db'],
      'seed/orders-db': ['migrate/orders-db'],
      'index/orders-db': ['seed/orders-db'],
      'topic/orders-db': ['index/orders-db'],
      'run/load-prices': ['topic/orders-db'],
      'deploy/checkout': [
        'boundary/payments',
        'build/checkout',
        'run/load-prices',
        'topic/events',
        'topic/orders-db',
      ],
      'deploy/gateway': ['boundary/identity', 'deploy/checkout'],
      'expose/gateway': ['deploy/gateway'],
    });
    expect(plan.tasks[0]?.id).toBe(NAMESPACE);
  });

  it('leave out builds when the engine runs images', () => {
    const plan = planOf(SHOP, { changed: ['checkout'], buildsFromSource: false });
    expect(plan.tasks.filter(({ kind }) => kind === 'build')).toEqual([]);
    expect(task(plan, 'deploy/checkout').after).not.toContain('build/checkout');
  });

  it('wait for nothing that is `startup: independent`, not even when it is required', () => {
    const catalog = services({ a: [{ name: 'b', startup: 'independent' }], b: [] });
    expect(task(planOf(catalog), 'deploy/a').after).toEqual([NAMESPACE]);
  });

  it('wait for an optional dependency, but not for its success', () => {
    const catalog = services({ a: [{ name: 'b', optional: true }, 'c'], b: [], c: [] });
    expect(task(planOf(catalog), 'deploy/a')).toMatchObject({
      after: ['deploy/b', 'deploy/c'],
      tolerates: ['deploy/b'],
    });
  });

  it('do not start in a namespace that failed, even when they tolerate all else', () => {
    const catalog = services({ a: [{ name: 'b', optional: true }], b: [] });
    expect(task(planOf(catalog), 'deploy/a')).toMatchObject({
      after: ['deploy/b', NAMESPACE],
      tolerates: ['deploy/b'],
    });
  });

  it('expose services only, and none that only is used', () => {
    const catalog = catalogOf([
      component({ name: 'gateway', expose: true, dependencies: ['cart'] }),
      component({ name: 'cart', expose: true }),
      component({ name: 'sweeper', type: 'worker', expose: true, dependencies: ['cart'] }),
    ]);
    const plan = planOf(catalog, { changed: ['gateway', 'sweeper'], isolation: 'path' });
    const exposed = plan.tasks.filter(({ kind }) => kind === 'expose').map(({ id }) => id);
    expect(exposed).toEqual(['expose/gateway']);
    expect(task(plan, 'boundary/cart').kind).toBe('boundary');
  });

  it('give a component time to be ready, and the engine time to say why it is not', () => {
    const readiness = { timeoutMs: 5_000 };
    const catalog = catalogOf([
      component({ name: 'a', readiness, dependencies: ['b'] }),
      component({ name: 'b', type: 'job', readiness }),
    ]);
    const plan = planOf(catalog);
    expect(task(plan, 'deploy/a').timeoutMs).toBe(35_000);
    expect(task(plan, 'run/b').timeoutMs).toBe(5_000);
  });
});

describe('a start group', () => {
  const catalog = catalogOf([
    component({ name: 'gateway', expose: true, dependencies: ['cart'] }),
    component({ name: 'cart', dependencies: ['pricing', 'cart-db'] }),
    component({ name: 'pricing', dependencies: ['cart', 'rules'] }),
    component({ name: 'cart-db', type: 'datastore' }),
    component({ name: 'rules' }),
  ]);

  it('waits as one for what any member waits for, and for no member', () => {
    const plan = planOf(catalog);
    for (const id of ['deploy/cart', 'deploy/pricing']) {
      expect(task(plan, id)).toMatchObject({
        after: ['deploy/cart-db', 'deploy/rules'],
        tolerates: [],
        startGroup: 'cart',
      });
    }
    expect(task(plan, 'deploy/gateway')).toMatchObject({
      after: ['deploy/cart'],
      startGroup: null,
    });
  });

  it('is none when one edge of the cycle starts independently', () => {
    const cut = services({ a: ['b'], b: [{ name: 'a', startup: 'independent' }] });
    const plan = planOf(cut);
    expect(plan.tasks.map(({ startGroup }) => startGroup)).toEqual([null, null, null, null]);
    expect(task(plan, 'deploy/a').after).toEqual(['deploy/b']);
  });

  it('does not abort a member for what only an optional member needs', () => {
    const optional = services({
      checkout: ['orders', { name: 'hints', optional: true }],
      hints: ['checkout', 'hints-rules'],
      orders: [],
      'hints-rules': [],
    });
    const plan = planOf(optional);
    const after = ['deploy/hints-rules', 'deploy/orders'];
    expect(task(plan, 'deploy/checkout')).toMatchObject({
      after,
      tolerates: ['deploy/hints-rules'],
    });
    // Hints cannot do without checkout, so it cannot do without what checkout needs.
    expect(task(plan, 'deploy/hints')).toMatchObject({ after, tolerates: [] });
  });

  it('may be a component that depends on itself', () => {
    const plan = planOf(services({ a: ['a', 'b'], b: [] }));
    expect(task(plan, 'deploy/a')).toMatchObject({ after: ['deploy/b'], startGroup: null });
  });
});

describe('builds', () => {
  const built = (name: string, build: readonly string[] | null, repository = 'shop.git') =>
    component({
      name,
      source: { repository, paths: ['.'] },
      embedded: { command: ['node', name], ...(build === null ? {} : { build }) },
    });
  const builds = (catalog: Catalog, picks = {}): Record<string, readonly string[]> => {
    const plan = planOf(catalog, { picks });
    const deploys = plan.tasks.filter(({ kind }) => kind === 'deploy');
    return Object.fromEntries(
      deploys.map(({ id, after }) => [id, after.filter((other) => other.startsWith('build/'))]),
    );
  };

  it('happen once for each repository, revision and command, named after the first component', () => {
    const catalog = catalogOf([
      built('c', ['make']),
      built('b', ['make']),
      built('a', ['npm', 'ci']),
      built('d', ['make']),
      built('e', ['make'], 'other.git'),
    ]);
    const picks = {
      a: revision('1'),
      b: revision('1'),
      c: revision('1'),
      d: revision('2'),
      e: revision('1', 'other.git'),
    };
    expect(builds(catalog, picks)).toEqual({
      'deploy/a': ['build/a'],
      'deploy/b': ['build/b'],
      'deploy/c': ['build/b'],
      'deploy/d': ['build/d'],
      'deploy/e': ['build/e'],
    });
  });

  it('are waited for by everything of the worktree that declares none of its own', () => {
    const catalog = catalogOf([
      built('a', ['make', 'a']),
      built('b', ['make', 'b']),
      built('c', null),
    ]);
    expect(builds(catalog)).toEqual({
      'deploy/a': ['build/a'],
      'deploy/b': ['build/b'],
      'deploy/c': ['build/a', 'build/b'],
    });
  });

  it('are not shared by components without a source', () => {
    const bare = (name: string) =>
      component({ name, embedded: { command: ['node'], build: ['make'] } });
    expect(builds(catalogOf([bare('a'), bare('b')]))).toEqual({
      'deploy/a': ['build/a'],
      'deploy/b': ['build/b'],
    });
  });

  it('come before a migration by command, and not before a database that is no command', () => {
    const source = { repository: 'shop.git', paths: ['.'] };
    const catalog = catalogOf([
      built('app', ['make']),
      component({
        name: 'db',
        type: 'datastore',
        source,
        datastore: { migrations: { command: ['migrate'] }, seeds: { files: ['seeds'] } },
      }),
    ]);
    const plan = planOf(catalog);
    expect(task(plan, 'deploy/db').after).toEqual([NAMESPACE]);
    expect(task(plan, 'migrate/db').after).toEqual(['build/app', 'deploy/db']);
    expect(task(plan, 'seed/db').after).toEqual(['migrate/db']);
  });
});

describe('a plan', () => {
  it('is whole in itself: definitions of all inside and boundary, and of nothing else', () => {
    const plan = planOf(SHOP, { changed: ['gateway'], isolation: 'path' });
    expect(Object.keys(plan.definitions)).toEqual(['checkout', 'gateway', 'identity']);
    expect(plan.boundary).toEqual([
      { name: 'checkout', usedBy: ['gateway'] },
      { name: 'identity', usedBy: ['gateway'] },
    ]);
  });

  it('says who is inside, why, and at which revision', () => {
    const plan = planOf(SHOP, { changed: ['gateway'], picks: { gateway: revision('1') } });
    expect(plan.components.find(({ name }) => name === 'gateway')).toEqual({
      name: 'gateway',
      role: 'changed',
      reason: 'changed',
      witness: ['gateway'],
      revision: revision('1'),
    });
    expect(plan.components.find(({ name }) => name === 'checkout')?.revision).toBeNull();
  });

  it('adds up what its components ask for', () => {
    const resources = { cpuMillis: 250, memoryBytes: 1_000 };
    const catalog = catalogOf([
      component({ name: 'a', resources, dependencies: ['b', 'c'] }),
      component({ name: 'b', resources }),
      component({ name: 'c', resources, sharing: 'shared' }),
    ]);
    const plan = planOf(catalog, { changed: ['a', 'b'] });
    expect(plan.cost).toEqual({ cpuMillis: 500, memoryBytes: 2_000 });
  });

  it('names the longest chain of estimates', () => {
    const plan = planOf(SHOP, { changed: ['checkout'], isolation: 'path' });
    expect(plan.criticalPath).toEqual([
      NAMESPACE,
      'build/checkout',
      'deploy/checkout',
      'deploy/gateway',
      'expose/gateway',
    ]);
  });

  it('warns of an optional dependency that cannot be had, beside what the closure warns of', () => {
    const warning = {
      code: 'DATA_SPLIT',
      component: 'b',
      message: 'split',
      witness: ['b', 'c'],
    } as const;
    const plan = planOf(services({ a: [{ name: 'b', optional: true }, 'c'], b: [], c: [] }), {
      closure: {
        isolation: 'path',
        members: [{ name: 'a', role: 'changed', reason: 'changed', witness: ['a'] }],
        boundary: [],
        warnings: [warning, warning],
      },
    });
    expect(plan.warnings).toEqual([
      warning,
      {
        code: 'OPTIONAL_DEPENDENCY_MISSING',
        component: 'a',
        message: '"a" runs without its optional dependency "b"; its references are empty',
        witness: ['a', 'b'],
      },
    ]);
    expect(task(plan, 'deploy/a').after).toEqual([NAMESPACE]);
  });

  it('sorts warnings by code, component, message and witness, each once', () => {
    const warning = (message: string, last: string) =>
      ({ code: 'DATA_SPLIT', component: 'a', message, witness: ['a', last] }) as const;
    const sorted = [warning('x', 'b'), warning('x', 'c'), warning('y', 'd')];
    const plan = planOf(services({ a: [] }), {
      closure: {
        isolation: 'path',
        members: [{ name: 'a', role: 'changed', reason: 'changed', witness: ['a'] }],
        boundary: [],
        warnings: [...sorted.toReversed(), ...sorted],
      },
    });
    expect(plan.warnings).toEqual(sorted);
  });

  it('does not change when catalog files move', () => {
    const moved = catalogOf(
      [...SHOP.components.values()].map((each) => ({
        ...each,
        location: { file: `elsewhere/${each.name}.yaml`, line: 9, column: 9 },
        dependencies: each.dependencies.map((dependency) => ({
          ...dependency,
          location: { file: 'elsewhere.yaml', line: 7, column: 7 },
        })),
      })),
    );
    expect(JSON.stringify(planOf(moved))).toBe(JSON.stringify(planOf(SHOP)));
  });

  it('has a hash of its own', () => {
    const plan = planOf(SHOP);
    expect(hashOfPlan(plan)).toMatch(/^[0-9a-f]{64}$/u);
    expect(hashOfPlan(JSON.parse(JSON.stringify(plan)) as Plan)).toBe(hashOfPlan(plan));
    expect(hashOfPlan(planOf(SHOP, { environment: 'other' }))).not.toBe(hashOfPlan(plan));
  });

  it('takes a component called constructor for what it is', () => {
    const plan = planOf(services({ gateway: ['constructor'], constructor: [] }));
    expect(plan.tasks.map(({ id }) => id)).toContain('deploy/constructor');
    expect(Object.hasOwn(plan.definitions, 'constructor')).toBe(true);
  });
});
