import { invariant } from '../errors.ts';
import { at, edgesFrom, edgesTo, targetsOf } from './digraph.ts';
import type { Digraph } from './digraph.ts';

/**
 * All nodes, the source of every edge before its target; null when the graph has a cycle.
 *
 * In a graph of "dependent → dependency" this puts dependents first: turn the graph round for the
 * order of deployment.
 */
export function topologicalOrder(graph: Digraph): number[] | null {
  const waitingFor = new Int32Array(graph.size);
  for (const target of graph.targets) waitingFor[target] = at(waitingFor, target) + 1;
  const order: number[] = [];
  for (let node = 0; node < graph.size; node += 1) {
    if (at(waitingFor, node) === 0) order.push(node);
  }
  // The order grows while it is walked through.
  for (const node of order) {
    for (let edge = edgesFrom(graph, node); edge < edgesTo(graph, node); edge += 1) {
      const target = at(graph.targets, edge);
      waitingFor[target] = at(waitingFor, target) - 1;
      if (at(waitingFor, target) === 0) order.push(target);
    }
  }
  return order.length === graph.size ? order : null;
}

/**
 * For each node the largest sum of weights along a path that starts there, its own weight included.
 * With edges from earlier to later it is the time that remains: who has most of it goes first.
 *
 * @param weights - One for each node, not negative.
 * @throws when the graph has a cycle, which callers rule out first.
 */
export function longestRemaining(graph: Digraph, weights: ArrayLike<number>): Float64Array {
  const remaining = new Float64Array(graph.size);
  for (const node of acyclicOrder(graph).toReversed()) {
    let longest = 0;
    for (const target of targetsOf(graph, node)) {
      longest = Math.max(longest, remaining[target] as number);
    }
    remaining[node] = longest + (weights[node] as number);
  }
  return remaining;
}

/** A path with the largest sum of weights, from its start to its end; ties go to smaller numbers. */
export function criticalPath(graph: Digraph, weights: ArrayLike<number>): number[] {
  const remaining = longestRemaining(graph, weights);
  const path: number[] = [];
  let choices: Iterable<number> = remaining.keys();
  for (;;) {
    const next = largest(choices, remaining);
    if (next === null) return path;
    path.push(next);
    choices = targetsOf(graph, next);
  }
}

function largest(nodes: Iterable<number>, remaining: Float64Array): number | null {
  let best: number | null = null;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const node of nodes) {
    const value = remaining[node] as number;
    if (value <= bestValue) continue;
    best = node;
    bestValue = value;
  }
  return best;
}

function acyclicOrder(graph: Digraph): number[] {
  const order = topologicalOrder(graph);
  invariant(order !== null, 'the longest path of a graph with a cycle was asked for');
  return order;
}
