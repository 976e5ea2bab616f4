import { describe, expect, it } from 'vitest';
import { catalogDocumentOf } from '../../../src/domain/graph/catalog-document.ts';
import { catalogGraphOf, startGraphOf } from '../../../src/domain/graph/catalog-graph.ts';
import { targetsOf } from '../../../src/domain/graph/digraph.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';

const shop = catalogOf([
  component({
    name: 'cart',
    dependencies: [
      { name: 'gateway', startup: 'independent' },
      { name: 'bus', consumes: ['orders'], publishes: ['stock'] },
      { name: 'old-bus', consumes: ['orders'] },
    ],
  }),
  component({
    name: 'gateway',
    dependencies: [
      { name: 'cart', optional: true },
      { name: 'bus', publishes: ['orders'] },
      { name: 'old-bus', publishes: ['orders'] },
    ],
  }),
  component({ name: 'bus', type: 'datastore' }),
  component({ name: 'old-bus', type: 'datastore' }),
  component({ name: 'ids', sharing: 'shared', type: 'worker' }),
]);

describe('catalogDocumentOf', () => {
  it('is the document that others build on', () => {
    expect(catalogDocumentOf(shop)).toEqual({
      components: [
        { name: 'bus', type: 'datastore', sharing: 'isolated' },
        { name: 'cart', type: 'service', sharing: 'isolated' },
        { name: 'gateway', type: 'service', sharing: 'isolated' },
        { name: 'ids', type: 'worker', sharing: 'shared' },
        { name: 'old-bus', type: 'datastore', sharing: 'isolated' },
      ],
      dependencies: [
        { from: 'cart', to: 'bus', optional: false, startup: 'wait', via: 'call' },
        { from: 'cart', to: 'gateway', optional: false, startup: 'independent', via: 'call' },
        { from: 'cart', to: 'old-bus', optional: false, startup: 'wait', via: 'call' },
        { from: 'gateway', to: 'bus', optional: false, startup: 'wait', via: 'call' },
        { from: 'gateway', to: 'cart', optional: true, startup: 'wait', via: 'call' },
        {
          from: 'gateway',
          to: 'cart',
          optional: false,
          startup: 'independent',
          via: 'topic:orders',
        },
        { from: 'gateway', to: 'old-bus', optional: false, startup: 'wait', via: 'call' },
      ],
      cycles: [['cart', 'gateway']],
    });
  });

  it('lists every cycle of more than one, by names', () => {
    const rings = services({ d: ['c'], c: ['d', 'b'], b: ['a'], a: ['b'], e: ['e'] });
    expect(catalogDocumentOf(rings).cycles).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('sees a cycle that only topics close', () => {
    const catalog = catalogOf([
      component({
        name: 'a',
        dependencies: [{ name: 'bus', publishes: ['x'], consumes: ['y'] }],
      }),
      component({
        name: 'b',
        dependencies: [{ name: 'bus', publishes: ['y'], consumes: ['x'] }],
      }),
      component({ name: 'bus', type: 'datastore' }),
    ]);
    expect(catalogDocumentOf(catalog).cycles).toEqual([['a', 'b']]);
  });

  it('does not depend on the order of files', () => {
    const backwards = { ...shop, components: new Map([...shop.components].toReversed()) };
    expect(catalogDocumentOf(backwards)).toEqual(catalogDocumentOf(shop));
  });
});

describe('startGraphOf', () => {
  it('leaves out dependencies that start independently, and topics', () => {
    const graph = catalogGraphOf(shop);
    const start = startGraphOf(graph);
    const edges = graph.names.map((name, number) => [
      name,
      [...targetsOf(start, number)].map((target) => graph.names[target]),
    ]);
    expect(edges).toEqual([
      ['bus', []],
      ['cart', ['bus', 'old-bus']],
      ['gateway', ['bus', 'cart', 'old-bus']],
      ['ids', []],
      ['old-bus', []],
    ]);
  });
});
