import { at, edgesFrom, edgesTo } from './digraph.ts';
import type { Digraph } from './digraph.ts';

/** Shortest walks from roots to everything they reach: one tree in place of one search per node. */
export interface SearchTree {
  /** The node before on a shortest walk; `ROOT` for roots, `UNREACHED` for the rest. */
  readonly parents: Int32Array;
}

const UNREACHED = -2;
const ROOT = -1;

export interface SearchOptions {
  /** Nodes (1) that no walk enters and none starts from. */
  readonly blocked?: Uint8Array;
  /** Grows this tree on: only what it has not reached is searched, and it is changed in place. */
  readonly tree?: SearchTree;
}

/** Breadth-first search. Ties go to the root given first, then to the smallest node number. */
export function searchTree(
  graph: Digraph,
  roots: Iterable<number>,
  options: SearchOptions = {},
): SearchTree {
  const tree = options.tree ?? { parents: new Int32Array(graph.size).fill(UNREACHED) };
  const { parents } = tree;
  const blocked = options.blocked ?? new Uint8Array(graph.size);
  const queue = new Int32Array(graph.size);
  let queued = 0;
  for (const root of roots) {
    if (at(parents, root) !== UNREACHED || blocked[root] === 1) continue;
    parents[root] = ROOT;
    queue[queued++] = root;
  }
  const search = { graph, parents, blocked, queue };
  for (let head = 0; head < queued; head += 1) {
    queued = queueTargets(search, at(queue, head), queued);
  }
  return tree;
}

interface Search {
  readonly graph: Digraph;
  readonly parents: Int32Array;
  readonly blocked: Uint8Array;
  readonly queue: Int32Array;
}

function queueTargets(search: Search, node: number, queuedBefore: number): number {
  const { graph, parents, blocked, queue } = search;
  const end = edgesTo(graph, node);
  let queued = queuedBefore;
  for (let edge = edgesFrom(graph, node); edge < end; edge += 1) {
    const target = at(graph.targets, edge);
    if (at(parents, target) !== UNREACHED || blocked[target] === 1) continue;
    parents[target] = node;
    queue[queued++] = target;
  }
  return queued;
}

export function isReached(tree: SearchTree, node: number): boolean {
  return at(tree.parents, node) !== UNREACHED;
}

/** The nodes from a root to `node`, both included; of a longer walk the last `lengthMax`. */
export function walkTo(tree: SearchTree, node: number, lengthMax = Infinity): number[] {
  return walkFrom(tree, node, lengthMax).toReversed();
}

/**
 * The nodes from `node` back to a root, both included; empty when it was not reached. Of a longer
 * walk the first `lengthMax`.
 */
export function walkFrom(tree: SearchTree, node: number, lengthMax = Infinity): number[] {
  if (!isReached(tree, node)) return [];
  const walk: number[] = [];
  let next = node;
  while (next !== ROOT && walk.length < lengthMax) {
    walk.push(next);
    next = at(tree.parents, next);
  }
  return walk;
}

/**
 * The nodes of a shortest walk from one of `from` to a target, both ends included; null when there is
 * none. Ties go to the start given first, then to the smallest node numbers.
 *
 * @param isBlocked - Nodes that the walk may not touch, not even as its ends.
 */
export function shortestPath(
  graph: Digraph,
  from: readonly number[],
  isTarget: (node: number) => boolean,
  isBlocked: (node: number) => boolean = () => false,
): number[] | null {
  const parents = new Int32Array(graph.size).fill(UNREACHED);
  const queue: number[] = [];
  const visit = (node: number, parent: number): boolean => {
    if (at(parents, node) !== UNREACHED || isBlocked(node)) return false;
    parents[node] = parent;
    queue.push(node);
    return isTarget(node);
  };
  for (const root of from) if (visit(root, ROOT)) return [root];
  for (const node of queue) {
    for (let edge = edgesFrom(graph, node); edge < edgesTo(graph, node); edge += 1) {
      const target = at(graph.targets, edge);
      if (visit(target, node)) return walkTo({ parents }, target);
    }
  }
  return null;
}
