import { catalogGraphOf } from '../../src/domain/graph/catalog-graph.ts';
import { at, hasEdge, reversed, targetsOf } from '../../src/domain/graph/digraph.ts';
import type { Digraph } from '../../src/domain/graph/digraph.ts';
import { stronglyConnectedComponents } from '../../src/domain/graph/strongly-connected.ts';
import type { Catalog } from '../../src/domain/catalog/component.ts';

/** What one can say of a call graph in numbers; degrees as in published studies. */
export interface TopologyFigures {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly sourceShare: number;
  readonly sinkShare: number;
  readonly in: Distribution;
  readonly out: Distribution;
  readonly callerOut: Distribution;
  readonly callerIn: Distribution;
  readonly singleCallerShare: number;
  readonly twoCycleCount: number;
  /** Sizes of the strongly connected components of more than one node, largest first. */
  readonly cycleSizes: readonly number[];
  /** Share of all calls that go to the fifth, or the hundredth, of components called most. */
  readonly inTop20: number;
  readonly inTop1: number;
  readonly condensationDepth: number;
}

export interface Distribution {
  readonly mean: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function figuresOf(catalog: Catalog): TopologyFigures {
  const graph = catalogGraphOf(catalog).dependencies;
  const nodes = Array.from({ length: graph.size }, (_, node) => node);
  const back = reversed(graph);
  const outOf = nodes.map((node) => targetsOf(graph, node).length);
  const inOf = nodes.map((node) => targetsOf(back, node).length);
  const callers = nodes.filter((node) => (outOf[node] ?? 0) > 0);
  const { components, componentOf } = stronglyConnectedComponents(graph);
  return {
    nodeCount: graph.size,
    edgeCount: graph.targets.length,
    sourceShare: share(nodes, (node) => inOf[node] === 0),
    sinkShare: share(nodes, (node) => outOf[node] === 0),
    in: distributionOf(inOf),
    out: distributionOf(outOf),
    callerOut: distributionOf(callers.map((node) => outOf[node] ?? 0)),
    callerIn: distributionOf(callers.map((node) => inOf[node] ?? 0)),
    singleCallerShare: share(nodes, (node) => inOf[node] === 1),
    twoCycleCount: twoCyclesOf(graph),
    cycleSizes: components
      .map((members) => members.length)
      .filter((size) => size > 1)
      .toSorted((a, b) => b - a),
    inTop20: topShare(inOf, 0.2),
    inTop1: topShare(inOf, 0.01),
    condensationDepth: depthOf(graph, componentOf, components),
  };
}

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (p: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
  return {
    mean: sum(sorted) / Math.max(1, sorted.length),
    p50: quantile(0.5),
    p75: quantile(0.75),
    p90: quantile(0.9),
    p95: quantile(0.95),
    p99: quantile(0.99),
    max: sorted.at(-1) ?? 0,
  };
}

function share(nodes: readonly number[], is: (node: number) => boolean): number {
  return nodes.filter(is).length / nodes.length;
}

function topShare(values: readonly number[], top: number): number {
  const sorted = values.toSorted((a, b) => b - a);
  return sum(sorted.slice(0, Math.round(sorted.length * top))) / sum(sorted);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function twoCyclesOf(graph: Digraph): number {
  let count = 0;
  for (let node = 0; node < graph.size; node += 1) {
    for (const target of targetsOf(graph, node)) {
      if (target > node && hasEdge(graph, target, node)) count += 1;
    }
  }
  return count;
}

/** Edges on the longest path between strongly connected components. */
function depthOf(
  graph: Digraph,
  componentOf: Int32Array,
  components: readonly (readonly number[])[],
): number {
  const depths = new Int32Array(components.length);
  // What a component leads to stands before it.
  for (const [index, members] of components.entries()) {
    const below = members
      .flatMap((member) =>
        Array.from(targetsOf(graph, member), (target) => at(componentOf, target)),
      )
      .filter((other) => other !== index);
    depths[index] = below.reduce((deepest, other) => Math.max(deepest, at(depths, other) + 1), 0);
  }
  return depths.reduce((deepest, depth) => Math.max(deepest, depth), 0);
}
