import { invariant } from '../errors.ts';

/**
 * Directed graphs as compact adjacency arrays: nodes are the numbers 0 to size − 1, and the targets
 * of node n stand sorted and without repeats in `targets[offsets[n] .. offsets[n + 1])`.
 *
 * Invariants of the room: every algorithm is iterative (a chain of 100,000 nodes overflows no stack),
 * linear unless it says otherwise, and deterministic: the order in which edges were given never
 * shows. Names are not here; `catalog-graph.ts` maps them to numbers. Graphs that leave the program
 * are `@dagrejs/graphlib` graphs, made in `export-graph.ts` and used nowhere else.
 */
export interface Digraph {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

/** The edges of a graph under construction: edge i leads from `sources[i]` to `targets[i]`. */
export interface EdgeList {
  readonly sources: NodeList;
  readonly targets: NodeList;
}

type NodeList = readonly number[] | Int32Array;

export function digraphOf(size: number, edges: Iterable<readonly [number, number]>): Digraph {
  const sources: number[] = [];
  const targets: number[] = [];
  for (const [source, target] of edges) {
    sources.push(source);
    targets.push(target);
  }
  return digraphFromEdgeList(size, { sources, targets });
}

/** As `digraphOf`, for callers with so many edges that a pair for each would cost. */
export function digraphFromEdgeList(size: number, edges: EdgeList): Digraph {
  // Typed arrays are read at a third of the cost.
  const sources = new Int32Array(edges.sources);
  const targets = new Int32Array(edges.targets);
  assertNodes(sources, size);
  assertNodes(targets, size);
  // Bucketing by source keeps the order within a bucket, so bucketing twice sorts the targets.
  return withoutRepeats(reversed(bucketed(size, targets, sources)));
}

/** The graph with every edge turned round. */
export function reversed(graph: Digraph): Digraph {
  const sources = new Int32Array(graph.targets.length);
  for (let node = 0; node < graph.size; node += 1) {
    sources.fill(node, edgesFrom(graph, node), edgesTo(graph, node));
  }
  return bucketed(graph.size, graph.targets, sources);
}

/** Index in `targets` of the first edge of a node. */
export function edgesFrom(graph: Digraph, node: number): number {
  return at(graph.offsets, node);
}

/** Index in `targets` after the last edge of a node. */
export function edgesTo(graph: Digraph, node: number): number {
  return at(graph.offsets, node + 1);
}

export function targetsOf(graph: Digraph, node: number): Int32Array {
  return graph.targets.subarray(edgesFrom(graph, node), edgesTo(graph, node));
}

/** Whether a graph has the edge; logarithmic in the number of targets. */
export function hasEdge(graph: Digraph, source: number, target: number): boolean {
  let low = edgesFrom(graph, source);
  let high = edgesTo(graph, source);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(graph.targets, middle) < target) low = middle + 1;
    else high = middle;
  }
  return low < edgesTo(graph, source) && at(graph.targets, low) === target;
}

/**
 * An element of an array that the caller knows to be long enough.
 *
 * The compiler cannot know it; a test for `undefined` at each of a million reads would cost more than
 * the read, and be a branch that nothing ever takes.
 */
export function at(array: Int32Array, index: number): number {
  return array[index] as number;
}

function assertNodes(nodes: Int32Array, size: number): void {
  let least = 0;
  let largest = -1;
  for (let index = 0; index < nodes.length; index += 1) {
    const node = at(nodes, index);
    if (node < least) least = node;
    if (node > largest) largest = node;
  }
  const stranger = least < 0 ? least : largest;
  invariant(
    least === 0 && largest < size,
    `edge end ${stranger} is not a node of a graph of ${size}`,
  );
}

function bucketed(size: number, keys: Int32Array, values: Int32Array): Digraph {
  const offsets = new Int32Array(size + 1);
  for (let edge = 0; edge < keys.length; edge += 1) {
    const bucket = at(keys, edge) + 1;
    offsets[bucket] = at(offsets, bucket) + 1;
  }
  for (let node = 0; node < size; node += 1) {
    offsets[node + 1] = at(offsets, node) + at(offsets, node + 1);
  }
  const next = offsets.slice();
  const targets = new Int32Array(keys.length);
  for (let edge = 0; edge < keys.length; edge += 1) {
    const key = at(keys, edge);
    const slot = at(next, key);
    targets[slot] = at(values, edge);
    next[key] = slot + 1;
  }
  return { size, offsets, targets };
}

function withoutRepeats(graph: Digraph): Digraph {
  const offsets = new Int32Array(graph.size + 1);
  const targets = new Int32Array(graph.targets.length);
  let count = 0;
  for (let node = 0; node < graph.size; node += 1) {
    let previous = -1;
    for (let edge = edgesFrom(graph, node); edge < edgesTo(graph, node); edge += 1) {
      const target = at(graph.targets, edge);
      if (target !== previous) targets[count++] = target;
      previous = target;
    }
    offsets[node + 1] = count;
  }
  return { size: graph.size, offsets, targets: targets.slice(0, count) };
}
