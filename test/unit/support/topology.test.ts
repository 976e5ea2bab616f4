import { describe, expect, it } from 'vitest';
import { closeOver } from '../../../src/domain/closure/close.ts';
import { catalogGraphOf, startGraphOf } from '../../../src/domain/graph/catalog-graph.ts';
import { topologicalOrder } from '../../../src/domain/graph/order.ts';
import { stronglyConnectedComponents } from '../../../src/domain/graph/strongly-connected.ts';
import { distributionOf, figuresOf } from '../../support/topology-figures.ts';
import { topologyOf } from '../../support/topology.ts';

/** The generator against the published figures of one production graph: benchmarks rest on them. */

function within(share: number, expected: number): (value: number) => boolean {
  return (value) => Math.abs(value - expected) <= expected * share;
}

describe('a generated catalog of 16,762 components', () => {
  const catalog = topologyOf({ size: 16_762 });
  const figures = figuresOf(catalog);

  it('has 56,189 dependencies, give or take one in a hundred', () => {
    expect(figures.nodeCount).toBe(16_762);
    expect(figures.edgeCount).toSatisfy(within(0.01, 56_189));
  });

  it('has 78.5 % sinks, 1.2 to 1.8 % sources, and 46 % with exactly one caller', () => {
    expect(figures.sinkShare).toBeCloseTo(0.785, 2);
    expect(figures.sourceShare).toBeGreaterThanOrEqual(0.012);
    expect(figures.sourceShare).toBeLessThan(0.018);
    expect(figures.singleCallerShare).toSatisfy(within(0.06, 0.46));
  });

  it.each([
    ['in', 'p50', 2, 0],
    ['in', 'p90', 7, 0.2],
    ['in', 'p99', 23, 0.3],
    ['in', 'max', 459, 0.2],
    ['callerOut', 'mean', 15.5, 0.05],
    ['callerOut', 'p50', 5, 0.2],
    ['callerOut', 'p90', 30, 0.2],
    ['callerOut', 'p99', 246, 0.2],
    ['callerOut', 'max', 484, 0.2],
    ['callerIn', 'mean', 4.8, 0.05],
    ['callerIn', 'p50', 2, 0],
    ['callerIn', 'p99', 47, 0.2],
  ] as const)('has %s degrees with %s %d, give or take %d', (degree, quantile, expected, share) => {
    expect(figures[degree][quantile]).toSatisfy(within(share, expected));
  });

  it('has one giant strongly connected component, 17 small ones and many two-cycles', () => {
    const [giant, second, ...others] = figures.cycleSizes;
    expect(giant).toSatisfy(within(0.01, 2_083));
    expect(second).toBe(32);
    expect(others).toHaveLength(16);
    expect(figures.twoCycleCount).toSatisfy(within(0.1, 1_139));
  });

  it('has its calls in few hands, and is as deep as the real one', () => {
    expect(figures.inTop1).toSatisfy(within(0.25, 0.2));
    expect(figures.inTop20).toSatisfy(within(0.1, 0.64));
    expect(figures.condensationDepth).toSatisfy(within(0.3, 14));
  });

  it('has a start order without cycles and datastores that call nobody', () => {
    const graph = catalogGraphOf(catalog);
    expect(topologicalOrder(startGraphOf(graph))).not.toBeNull();
    const datastores = graph.components.filter(({ type }) => type === 'datastore');
    expect(datastores.length).toBeGreaterThan(4_000);
    expect(datastores.filter(({ dependencies }) => dependencies.length > 0)).toEqual([]);
  });

  it('has, with its hubs shared, path closures of about 900 inside the big cycle and of few outside', () => {
    const graph = catalogGraphOf(catalog);
    const { components } = stronglyConnectedComponents(graph.dependencies);
    const giant = new Set(components.find((members) => members.length > 1_000));
    const callers = graph.components.flatMap(({ dependencies, sharing }, number) =>
      dependencies.length > 0 && sharing === 'isolated' ? [number] : [],
    );
    const medianOf = (numbers: readonly number[]): number => {
      const sample = numbers.filter((_, index) => index % Math.ceil(numbers.length / 25) === 0);
      return distributionOf(
        sample.map((number) => {
          const changed = [graph.names[number] ?? ''];
          const request = { changed, entries: [], include: [], isolation: 'path' } as const;
          const { members } = closeOver(catalog, request, graph);
          return members.filter(({ role }) => role === 'changed' || role === 'path').length;
        }),
      ).p50;
    };
    expect(medianOf(callers.filter((number) => giant.has(number)))).toSatisfy(within(0.15, 881));
    expect(medianOf(callers.filter((number) => !giant.has(number)))).toBeLessThanOrEqual(17);
  });
});

describe('generated catalogs', () => {
  it.each([
    [500, 3_400, 200],
    [5_000, 27_000, 1_650],
    [18_000, 60_300, 2_237],
  ])(
    'of %i components have about %i dependencies and a cycle of about %i',
    (size, edges, giant) => {
      const figures = figuresOf(topologyOf({ size }));
      expect(figures.nodeCount).toBe(size);
      expect(figures.edgeCount).toSatisfy(within(0.02, edges));
      expect(figures.cycleSizes[0]).toSatisfy(within(0.02, giant));
    },
  );

  it('are the same for the same seed, and different for another', () => {
    const [first, again, other] = [1, 1, 2].map((seed) =>
      JSON.stringify([...topologyOf({ size: 300, seed }).components.values()]),
    );
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it.each([1, 2, 3, 10, 40])('can be as small as %i', (size) => {
    expect(topologyOf({ size }).components.size).toBe(size);
  });
});
