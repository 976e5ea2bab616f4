import { compareText } from '../diagnostic.ts';
import { invariant } from '../errors.ts';
import { hasEdge } from './digraph.ts';
import type { Digraph } from './digraph.ts';
import { shortestPath } from './paths.ts';
import { isCyclic, stronglyConnectedComponents } from './strongly-connected.ts';

/**
 * The names along a cycle, each once: it leads from the last back to the first. Null when there is none.
 *
 * It is a shortest one through the smallest name that lies on a cycle at all, so it is minimal (no
 * part of it is a cycle), starts at its smallest name and depends on nothing but names and edges.
 */
export function namedCycle(graph: Digraph, names: readonly string[]): readonly string[] | null {
  const { componentOf, components } = stronglyConnectedComponents(graph);
  const start = smallest(
    components.filter((component) => isCyclic(graph, component)).flat(),
    names,
  );
  if (start === null) return null;
  if (hasEdge(graph, start, start)) return [nameOf(names, start)];
  const path = shortestPath(
    graph,
    [start],
    (node) => node !== start && hasEdge(graph, node, start),
    (node) => componentOf[node] !== componentOf[start],
  );
  invariant(path !== null, 'a strongly connected component of several nodes has no cycle');
  return path.map((node) => nameOf(names, node));
}

function smallest(nodes: readonly number[], names: readonly string[]): number | null {
  let best: number | null = null;
  for (const node of nodes) {
    if (best === null || compareText(nameOf(names, node), nameOf(names, best)) < 0) best = node;
  }
  return best;
}

function nameOf(names: readonly string[], node: number): string {
  const name = names[node];
  invariant(name !== undefined, `node ${node} has no name`);
  return name;
}
