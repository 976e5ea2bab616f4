import { at, edgesFrom, edgesTo, hasEdge } from './digraph.ts';
import type { Digraph } from './digraph.ts';

export interface StronglyConnectedComponents {
  /** Node → index in `components`. */
  readonly componentOf: Int32Array;
  /**
   * Nodes of each component, ascending. Reverse topological order: what a component leads to stands
   * before it.
   */
  readonly components: readonly (readonly number[])[];
}

const UNSEEN = -1;

/** Tarjan's algorithm with a stack of its own in place of recursion. */
export function stronglyConnectedComponents(graph: Digraph): StronglyConnectedComponents {
  const componentOf = new Int32Array(graph.size).fill(UNSEEN);
  const indexOf = new Int32Array(graph.size).fill(UNSEEN);
  const lowLink = new Int32Array(graph.size);
  const nextEdge = new Int32Array(graph.size);
  const components: number[][] = [];
  const open: number[] = [];
  const path: number[] = [];
  let visited = 0;

  const enter = (node: number): void => {
    indexOf[node] = visited;
    lowLink[node] = visited;
    visited += 1;
    nextEdge[node] = edgesFrom(graph, node);
    open.push(node);
    path.push(node);
  };
  const lower = (node: number, link: number): void => {
    if (link < at(lowLink, node)) lowLink[node] = link;
  };
  const leave = (node: number): void => {
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) lower(parent, at(lowLink, node));
    if (at(lowLink, node) !== at(indexOf, node)) return;
    const members = open.splice(open.lastIndexOf(node));
    for (const member of members) componentOf[member] = components.length;
    components.push(members.toSorted((a, b) => a - b));
  };

  for (let root = 0; root < graph.size; root += 1) {
    if (at(indexOf, root) === UNSEEN) enter(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const edge = at(nextEdge, node);
      if (edge === edgesTo(graph, node)) {
        leave(node);
        continue;
      }
      nextEdge[node] = edge + 1;
      const target = at(graph.targets, edge);
      if (at(indexOf, target) === UNSEEN) enter(target);
      else if (at(componentOf, target) === UNSEEN) lower(node, at(indexOf, target));
    }
  }
  return { componentOf, components };
}

/** Whether the nodes of a strongly connected component lie on a cycle: several, or one that leads to itself. */
export function isCyclic(graph: Digraph, component: readonly number[]): boolean {
  const [first] = component;
  if (first === undefined) return false;
  return component.length > 1 || hasEdge(graph, first, first);
}
