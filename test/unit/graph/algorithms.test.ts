import { describe, expect, it } from 'vitest';
import { namedCycle } from '../../../src/domain/graph/cycle.ts';
import { digraphOf } from '../../../src/domain/graph/digraph.ts';
import type { Digraph } from '../../../src/domain/graph/digraph.ts';
import {
  criticalPath,
  longestRemaining,
  topologicalOrder,
} from '../../../src/domain/graph/order.ts';
import {
  isReached,
  searchTree,
  shortestPath,
  walkFrom,
  walkTo,
} from '../../../src/domain/graph/paths.ts';
import { reachableFrom } from '../../../src/domain/graph/reachability.ts';
import {
  isCyclic,
  stronglyConnectedComponents,
} from '../../../src/domain/graph/strongly-connected.ts';

/** `graph('ab bc', 'cab')`: edges a → b and b → c; node numbers follow the second argument. */
function graph(edges: string, names = 'abcdefgh'): Digraph {
  const pairs = edges.split(' ').filter((edge) => edge !== '');
  return digraphOf(
    names.length,
    pairs.map((edge) => [names.indexOf(edge.charAt(0)), names.indexOf(edge.charAt(1))] as const),
  );
}

function cycle(edges: string, names = 'abcdefgh'): string | null {
  return namedCycle(graph(edges, names), names.split(''))?.join('') ?? null;
}

function isD(node: number): boolean {
  return node === 3;
}

const DEEP = 100_000;
const chain = digraphOf(
  DEEP,
  Array.from({ length: DEEP - 1 }, (_, node) => [node, node + 1] as const),
);
const ring = digraphOf(
  DEEP,
  Array.from({ length: DEEP }, (_, node) => [node, (node + 1) % DEEP] as const),
);

describe('reachableFrom', () => {
  it('follows edges from every root, cycles included', () => {
    expect([...reachableFrom(graph('ab ba bc ef'), [0, 4])]).toEqual([1, 1, 1, 0, 1, 1, 0, 0]);
  });

  it('neither enters a blocked node nor starts from one', () => {
    const blocked = Uint8Array.of(0, 1, 0, 1, 0, 0, 0, 0);
    expect([...reachableFrom(graph('ab bc de ag'), [0, 3], blocked)]).toEqual([
      1, 0, 0, 0, 0, 0, 1, 0,
    ]);
  });

  it('reaches the end of a chain of 100,000', () => {
    expect(reachableFrom(chain, [0])[DEEP - 1]).toBe(1);
  });
});

describe('stronglyConnectedComponents', () => {
  it('gives what a component leads to before it, members ascending', () => {
    const { components, componentOf } = stronglyConnectedComponents(graph('ab bc ca cd de ed fa'));
    expect(components).toEqual([[3, 4], [0, 1, 2], [5], [6], [7]]);
    expect([...componentOf]).toEqual([1, 1, 1, 0, 0, 2, 3, 4]);
  });

  it('finds one component in a ring of 100,000 and as many as nodes in a chain', () => {
    expect(stronglyConnectedComponents(ring).components).toHaveLength(1);
    expect(stronglyConnectedComponents(chain).components).toHaveLength(DEEP);
  });

  it('calls a component cyclic when it has several nodes or an edge to itself', () => {
    const looped = graph('aa bc cb');
    expect(isCyclic(looped, [0])).toBe(true);
    expect(isCyclic(looped, [1, 2])).toBe(true);
    expect(isCyclic(looped, [3])).toBe(false);
    expect(isCyclic(looped, [])).toBe(false);
  });
});

describe('shortestPath', () => {
  it('takes the shortest walk, and of several the one with the smallest numbers', () => {
    const diamond = graph('ac ab bd cd dh ae ef fg gh');
    expect(shortestPath(diamond, [0], (node) => node === 7)).toEqual([0, 1, 3, 7]);
  });

  it('prefers the start given first', () => {
    expect(shortestPath(graph('ac bc'), [1, 0], (node) => node === 2)).toEqual([1, 2]);
  });

  it('is one node long when a start is a target', () => {
    expect(shortestPath(graph('ab'), [0], (node) => node === 0)).toEqual([0]);
  });

  it('walks round blocked nodes and is null when they cut every way', () => {
    const square = graph('ab bd ac cd');
    expect(shortestPath(square, [0], isD, (node) => node === 1)).toEqual([0, 2, 3]);
    expect(shortestPath(square, [0], isD, (node) => node === 1 || node === 2)).toBeNull();
    expect(shortestPath(square, [0], isD, isD)).toBeNull();
    expect(shortestPath(square, [0], isD, (node) => node === 0)).toBeNull();
  });

  it('walks a chain of 100,000', () => {
    expect(shortestPath(chain, [0], (node) => node === DEEP - 1)).toHaveLength(DEEP);
  });
});

describe('searchTree', () => {
  it('gives shortest walks from the roots and back', () => {
    const tree = searchTree(graph('ab bc cd ad'), [0]);
    expect(walkTo(tree, 2)).toEqual([0, 1, 2]);
    expect(walkFrom(tree, 3)).toEqual([3, 0]);
    expect(isReached(tree, 7)).toBe(false);
    expect(walkTo(tree, 7)).toEqual([]);
  });

  it('keeps the part of a long walk next to its node', () => {
    const tree = searchTree(chain, [0]);
    expect(walkTo(tree, 99_999, 2)).toEqual([99_998, 99_999]);
    expect(walkFrom(tree, 99_999, 2)).toEqual([99_999, 99_998]);
  });

  it('grows on without touching what it has reached', () => {
    const square = graph('ab bc dc de');
    const tree = searchTree(square, [0]);
    searchTree(square, [3], { tree });
    expect(walkTo(tree, 2)).toEqual([0, 1, 2]);
    expect(walkTo(tree, 4)).toEqual([3, 4]);
  });

  it('leaves blocked nodes out', () => {
    const tree = searchTree(graph('ab bc'), [0], { blocked: Uint8Array.of(0, 1, 0) });
    expect([0, 1, 2].map((node) => isReached(tree, node))).toEqual([true, false, false]);
  });
});

describe('topologicalOrder', () => {
  it('puts the source of every edge before its target', () => {
    expect(topologicalOrder(graph('cb ba', 'abc'))).toEqual([2, 1, 0]);
  });

  it('is null for a cycle and for an edge of a node to itself', () => {
    expect(topologicalOrder(graph('ab bc cb'))).toBeNull();
    expect(topologicalOrder(graph('aa'))).toBeNull();
  });

  it('orders a chain of 100,000', () => {
    expect(topologicalOrder(chain)?.at(-1)).toBe(DEEP - 1);
  });
});

describe('longestRemaining', () => {
  it('sums weights along the longest way on, the own weight included', () => {
    const remaining = longestRemaining(graph('ab bd ac cd', 'abcd'), [1, 5, 2, 3]);
    expect([...remaining]).toEqual([9, 8, 5, 3]);
  });

  it('refuses a graph with a cycle', () => {
    expect(() => longestRemaining(graph('ab ba', 'ab'), [1, 1])).toThrow(/bug in Offshoot/);
  });

  it('follows a chain of 100,000', () => {
    expect(longestRemaining(chain, new Uint8Array(DEEP).fill(1))[0]).toBe(DEEP);
  });
});

describe('criticalPath', () => {
  it('is the way with the largest sum, from its start to its end', () => {
    expect(criticalPath(graph('ab bd ac cd', 'abcd'), [1, 5, 2, 3])).toEqual([0, 1, 3]);
  });

  it('prefers smaller numbers among equals', () => {
    expect(criticalPath(graph('cd ad ab', 'abcd'), [1, 1, 1, 1])).toEqual([0, 1]);
  });

  it('is empty when there is nothing to do', () => {
    expect(criticalPath(graph('', ''), [])).toEqual([]);
  });
});

describe('namedCycle', () => {
  it.each([
    ['ab bc ca', 'abc'],
    ['ca ab bc', 'abc'],
    ['bc cb', 'bc'],
    ['ab bc cd da ca', 'abc'],
    ['gh hg cd dc', 'cd'],
    ['bb ab ba', 'ab'],
    ['bb cd dc', 'b'],
  ])('in %s is %s', (edges, expected) => {
    expect(cycle(edges)).toBe(expected);
  });

  it('is null where there is none', () => {
    expect(cycle('ab bc ac')).toBeNull();
  });

  it('starts at its smallest name, whatever the numbers', () => {
    expect(cycle('ab bc ca', 'cba')).toBe('abc');
    expect(cycle('ab bc ca', 'bca')).toBe('abc');
  });

  it('goes all the way round a ring of 100,000', () => {
    const names = Array.from({ length: DEEP }, (_, node) => `n${String(node).padStart(6, '0')}`);
    expect(namedCycle(ring, names)).toEqual(names);
  });

  it('needs a name for every node', () => {
    expect(() => namedCycle(graph('ab ba'), ['a'])).toThrow(/has no name/);
  });
});
