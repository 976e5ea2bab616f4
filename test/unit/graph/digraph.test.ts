import { describe, expect, it } from 'vitest';
import { digraphOf, hasEdge, reversed, targetsOf } from '../../../src/domain/graph/digraph.ts';
import type { Digraph } from '../../../src/domain/graph/digraph.ts';

function edgesOf(graph: Digraph): number[][] {
  return Array.from({ length: graph.size }, (_, node) => [...targetsOf(graph, node)]);
}

describe('digraphOf', () => {
  it('sorts the targets of each node and drops repeats', () => {
    const graph = digraphOf(4, [
      [2, 3],
      [0, 3],
      [0, 1],
      [0, 3],
      [0, 0],
    ]);
    expect(edgesOf(graph)).toEqual([[0, 1, 3], [], [3], []]);
    expect(graph.targets).toHaveLength(4);
  });

  it('makes a graph without nodes', () => {
    expect(edgesOf(digraphOf(0, []))).toEqual([]);
  });

  it.each([
    [2, 0],
    [0, 2],
    [-1, 0],
  ])('refuses the edge %i → %i in a graph of two nodes', (source, target) => {
    expect(() => digraphOf(2, [[source, target]])).toThrow(/is not a node of a graph of 2/);
  });
});

describe('reversed', () => {
  it('turns every edge round and keeps targets sorted', () => {
    const graph = digraphOf(3, [
      [2, 0],
      [1, 0],
      [0, 2],
    ]);
    expect(edgesOf(reversed(graph))).toEqual([[1, 2], [], [0]]);
  });
});

describe('hasEdge', () => {
  it('finds the edges there are and no other', () => {
    const graph = digraphOf(5, [
      [1, 0],
      [1, 2],
      [1, 4],
      [2, 3],
    ]);
    const found = Array.from({ length: 5 }, (_, source) =>
      Array.from({ length: 5 }, (_unused, target) => target).filter((target) =>
        hasEdge(graph, source, target),
      ),
    );
    expect(found).toEqual(edgesOf(graph));
  });
});
