import { Graph, alg } from '@dagrejs/graphlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedCycle } from '../../src/domain/graph/cycle.ts';
import { digraphOf, hasEdge, reversed } from '../../src/domain/graph/digraph.ts';
import type { Digraph } from '../../src/domain/graph/digraph.ts';
import { criticalPath, longestRemaining, topologicalOrder } from '../../src/domain/graph/order.ts';
import { searchTree, shortestPath, walkTo } from '../../src/domain/graph/paths.ts';
import { reachableFrom } from '../../src/domain/graph/reachability.ts';
import { stronglyConnectedComponents } from '../../src/domain/graph/strongly-connected.ts';

/** Our algorithms against graphlib's, on random graphs with cycles, self-loops and repeated edges. */

interface Sample {
  readonly size: number;
  readonly edges: readonly (readonly [number, number])[];
}

function samples(isAcyclic = false): fc.Arbitrary<Sample> {
  return fc.integer({ min: 1, max: 12 }).chain((size) => {
    const node = fc.integer({ min: 0, max: size - 1 });
    return fc
      .array(fc.tuple(node, node), { maxLength: size * 2 })
      .map((edges) => ({ size, edges: isAcyclic ? edges.filter(([a, b]) => a < b) : edges }));
  });
}

function oracleOf({ size, edges }: Sample): Graph {
  const graph = new Graph();
  for (let node = 0; node < size; node += 1) graph.setNode(String(node));
  for (const [source, target] of edges) graph.setEdge(String(source), String(target));
  return graph;
}

function digraph({ size, edges }: Sample): Digraph {
  return digraphOf(size, edges);
}

function nodesOf(sample: Sample): number[] {
  return Array.from({ length: sample.size }, (_, node) => node);
}

function byFirst(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0);
}

function isWalk(graph: Digraph, nodes: readonly number[]): boolean {
  return nodes.slice(1).every((node, index) => hasEdge(graph, nodes[index] ?? -1, node));
}

const RUNS = { numRuns: 2_000 };

describe('graph algorithms', () => {
  it('find the strongly connected components that graphlib finds, each after what it leads to', () => {
    fc.assert(
      fc.property(samples(), (sample) => {
        const { components, componentOf } = stronglyConnectedComponents(digraph(sample));
        const expected = alg
          .tarjan(oracleOf(sample))
          .map((names) => names.map(Number).toSorted((a, b) => a - b));
        expect(components.toSorted(byFirst)).toEqual(expected.toSorted(byFirst));
        for (const [index, members] of components.entries()) {
          for (const member of members) expect(componentOf[member]).toBe(index);
        }
        for (const [source, target] of sample.edges) {
          expect(componentOf[target]).toBeLessThanOrEqual(componentOf[source] ?? -1);
        }
      }),
      RUNS,
    );
  });

  it('order what graphlib calls acyclic, sources before targets, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(samples(), samples(true)), (sample) => {
        const order = topologicalOrder(digraph(sample));
        expect(order !== null).toBe(alg.isAcyclic(oracleOf(sample)));
        if (order === null) return;
        expect(order.toSorted((a, b) => a - b)).toEqual(nodesOf(sample));
        for (const [source, target] of sample.edges) {
          expect(order.indexOf(source)).toBeLessThan(order.indexOf(target));
        }
      }),
      RUNS,
    );
  });

  it('walk as far as graphlib does, by the shortest way', () => {
    fc.assert(
      fc.property(samples(), (sample) => {
        const graph = digraph(sample);
        const tree = searchTree(graph, [0]);
        const reached = reachableFrom(graph, [0]);
        const distances = alg.dijkstra(oracleOf(sample), '0');
        for (const node of nodesOf(sample)) {
          const distance = distances[String(node)]?.distance ?? Infinity;
          const path = shortestPath(graph, [0], (each) => each === node);
          expect(path?.length ?? Infinity).toBe(distance + 1);
          expect(reached[node] === 1).toBe(distance < Infinity);
          expect(walkTo(tree, node)).toEqual(path ?? []);
          expect(isWalk(graph, path ?? [])).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('name a cycle exactly when there is one, every step an edge and no shortcut inside', () => {
    fc.assert(
      fc.property(samples(), (sample) => {
        const graph = digraph(sample);
        const names = nodesOf(sample).map((node) => `n${String(node).padStart(2, '0')}`);
        const cycle = namedCycle(graph, names);
        expect(cycle === null).toBe(alg.isAcyclic(oracleOf(sample)));
        const nodes = (cycle ?? []).map((name) => names.indexOf(name));
        expect(nodes[0]).toBe(nodes.length === 0 ? undefined : Math.min(...nodes));
        expect(new Set(nodes).size).toBe(nodes.length);
        for (const [index, node] of nodes.entries()) {
          const next = nodes[(index + 1) % nodes.length] ?? -1;
          expect(hasEdge(graph, node, next)).toBe(true);
          for (const later of nodes.slice(index + 2))
            expect(hasEdge(graph, node, later)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('sum the longest way on as the definition says, and find a path of that length', () => {
    fc.assert(
      fc.property(samples(true), fc.infiniteStream(fc.nat(50)), (sample, stream) => {
        const graph = digraph(sample);
        const weights = [...stream.take(sample.size)];
        const remaining = longestRemaining(graph, weights);
        const naive = (node: number): number =>
          (weights[node] ?? 0) +
          Math.max(
            0,
            ...sample.edges
              .filter(([source]) => source === node)
              .map(([, target]) => naive(target)),
          );
        expect([...remaining]).toEqual(nodesOf(sample).map(naive));
        const path = criticalPath(graph, weights);
        const length = path.reduce((sum, node) => sum + (weights[node] ?? 0), 0);
        expect(length).toBe(Math.max(...remaining));
      }),
      RUNS,
    );
  });

  it('do not depend on the order in which edges were given, and turning round twice is nothing', () => {
    fc.assert(
      fc.property(samples(), (sample) => {
        const graph = digraph(sample);
        expect(digraphOf(sample.size, sample.edges.toReversed())).toEqual(graph);
        expect(reversed(reversed(graph))).toEqual(graph);
      }),
      RUNS,
    );
  });
});
