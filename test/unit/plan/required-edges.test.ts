import { describe, expect, it } from 'vitest';
import type { Closure } from '../../../src/domain/closure/closure.ts';
import { requiredEdges } from '../../../src/domain/plan/required-edges.ts';
import { catalogOf, component, type ComponentSpec } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';

const HTTP = { name: 'http', port: 8080, protocol: 'http' } as const;
const GRPC = { name: 'grpc', port: 9090, protocol: 'tcp' } as const;
const CART: ComponentSpec = { name: 'cart', ports: [HTTP, GRPC] };

function told(template: string): ComponentSpec['environment'] {
  return [{ name: 'CART', value: { kind: 'template', template } }];
}

/** What must be reached when all of these run inside but externals: `from to:port`. */
function edgesOf(...specs: readonly ComponentSpec[]): readonly string[] {
  return requiredEdges(planOf(catalogOf(specs.map(component)))).map(
    ({ from, to, port }) => `${from} ${to}:${port.port}`,
  );
}

describe('the edges that an environment requires', () => {
  it('lead to what is inside, at the boundary and elsewhere', () => {
    const mail: ComponentSpec = { name: 'mail', type: 'external', ports: [HTTP] };
    const orders: ComponentSpec = {
      name: 'orders',
      type: 'datastore',
      ports: [{ name: 'postgres', port: 5432, protocol: 'tcp' }],
    };
    const gateway: ComponentSpec = { name: 'gateway', dependencies: ['cart', 'mail', 'orders'] };
    expect(edgesOf(CART, gateway, mail, orders)).toEqual([
      'gateway cart:8080',
      'gateway mail:8080',
      'gateway orders:5432',
    ]);
    const all = catalogOf([CART, { ...gateway, dependencies: ['cart'] }].map(component));
    const boundary = planOf(all, { changed: ['gateway'], isolation: 'path' });
    expect(boundary.boundary.map(({ name }) => name)).toEqual(['cart']);
    expect(requiredEdges(boundary)).toEqual([
      { from: 'gateway', to: 'cart', port: { name: 'http', port: 8080 }, tls: 'none' },
    ]);
  });

  it('do not lead to what is optional, has no port, or has ended', () => {
    expect(
      edgesOf(
        CART,
        { name: 'mute' },
        { name: 'load', type: 'job', ports: [HTTP] },
        { name: 'gateway', dependencies: ['mute', 'load', { name: 'cart', optional: true }] },
      ),
    ).toEqual([]);
  });

  it('do not begin at jobs, nor at what the environment can do without', () => {
    const load: ComponentSpec = { name: 'load', type: 'job', dependencies: ['cart'] };
    expect(edgesOf(CART, load)).toEqual([]);
    const ads: ComponentSpec = { name: 'ads', dependencies: ['ads-db'] };
    const catalog = catalogOf(
      [
        ads,
        { name: 'ads-db', type: 'datastore', ports: [HTTP] } as const,
        { name: 'gateway', dependencies: [{ name: 'ads', optional: true }] },
      ].map(component),
    );
    const closure: Closure = {
      isolation: 'path',
      members: (['gateway', 'ads', 'ads-db'] as const).map((name) => ({
        name,
        role: name === 'gateway' ? 'changed' : 'dependency',
        reason: '',
        witness: [name],
      })),
      boundary: [],
      warnings: [],
    };
    expect(requiredEdges(planOf(catalog, { closure }))).toEqual([]);
  });

  it.each([
    ['${dependencies.cart.url}', ['gateway cart:8080']],
    ['${dependencies.cart.host}:${dependencies.cart.ports.grpc}', ['gateway cart:9090']],
    [
      '${dependencies.cart.url} ${dependencies.cart.ports.grpc}',
      ['gateway cart:8080', 'gateway cart:9090'],
    ],
    ['${dependencies.cart.host} ${self.host}', ['gateway cart:8080']],
    ['${dependencies.other.ports.grpc}', ['gateway cart:8080', 'gateway other:9090']],
  ])('are those ports that %s names, else the first', (template, expected) => {
    const other: ComponentSpec = { ...CART, name: 'other' };
    const isOther = template.includes('other');
    const dependencies = isOther ? ['cart', 'other'] : ['cart'];
    const gateway: ComponentSpec = {
      name: 'gateway',
      dependencies,
      environment: told(template) ?? [],
    };
    expect(edgesOf(CART, gateway, ...(isOther ? [other] : []))).toEqual(expected);
  });

  it('are none to a component that has lost the ports which a variable names', () => {
    const gateway: ComponentSpec = {
      name: 'gateway',
      dependencies: ['cart'],
      environment: told('${dependencies.cart.url}') ?? [],
    };
    expect(edgesOf({ name: 'cart' }, gateway)).toEqual([]);
  });

  it('are none of a component that the plan does not define', () => {
    const plan = planOf(
      catalogOf([CART, { name: 'gateway', dependencies: ['cart'] }].map(component)),
    );
    expect(requiredEdges({ ...plan, definitions: {} })).toEqual([]);
    const { cart: _, ...definitions } = plan.definitions;
    expect(requiredEdges({ ...plan, definitions })).toEqual([]);
  });
});
