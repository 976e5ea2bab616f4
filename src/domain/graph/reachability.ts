import { at, edgesFrom, edgesTo } from './digraph.ts';
import type { Digraph } from './digraph.ts';

/**
 * Marks (1) the nodes that a walk from `roots` reaches, the roots included.
 *
 * @param blocked - Nodes (1) that no walk enters and none starts from.
 */
export function reachableFrom(
  graph: Digraph,
  roots: Iterable<number>,
  blocked?: Uint8Array,
): Uint8Array {
  const reached = new Uint8Array(graph.size);
  const stack: number[] = [];
  const visit = (node: number): void => {
    if (reached[node] === 1 || blocked?.[node] === 1) return;
    reached[node] = 1;
    stack.push(node);
  };
  for (const root of roots) visit(root);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (let edge = edgesFrom(graph, node); edge < edgesTo(graph, node); edge += 1) {
      visit(at(graph.targets, edge));
    }
  }
  return reached;
}
