import type { Component, Dependency } from './component.ts';
import { compareText, type Diagnostic } from '../diagnostic.ts';
import { namedCycle } from '../graph/cycle.ts';
import {
  digraphFromEdgeList,
  digraphOf,
  hasEdge,
  targetsOf,
  type Digraph,
  type EdgeList,
} from '../graph/digraph.ts';
import { shortestPath } from '../graph/paths.ts';
import { isCyclic, stronglyConnectedComponents } from '../graph/strongly-connected.ts';

/**
 * Start cycles that are mistakes (design §5). Components that wait for each other form a start group
 * and start together; that fails only when the cycle contains a job, which must end before its
 * dependents begin, or when every edge of it says `startup: wait` in so many words.
 */
export function startCycles(components: readonly Component[]): readonly Diagnostic[] {
  const isExplicit = components.some((component) =>
    component.dependencies.some((dependency) => dependency.isStartupExplicit),
  );
  if (!isExplicit && !components.some(({ type }) => type === 'job')) return [];
  const nodes = components.toSorted((a, b) => compareText(a.name, b.name));
  const numbers = new Map(nodes.map((component, number) => [component.name, number]));
  const graphOf = (isEdge: (dependency: Dependency) => boolean): Digraph =>
    digraphFromEdgeList(nodes.length, edgesOf(nodes, numbers, isEdge));

  const waiting = graphOf((dependency) => dependency.startup === 'wait');
  const groups = stronglyConnectedComponents(waiting);
  const groupsWithJob = new Set<number>();
  const found: Diagnostic[] = [];
  for (const group of groups.components.filter((members) => isCyclic(waiting, members))) {
    const job = group.find((node) => nodes[node]?.type === 'job');
    if (job === undefined) continue;
    groupsWithJob.add(groups.componentOf[job] ?? -1);
    const cycle = cycleThrough(waiting, job, new Set(group)).map((node) => nameOf(nodes, node));
    found.push(diagnosticOf(cycle, nodes, `which contains the job "${nameOf(nodes, job)}"`));
  }

  if (!isExplicit) return found;
  const explicit = graphOf((dependency) => dependency.isStartupExplicit);
  for (const group of stronglyConnectedComponents(explicit).components) {
    if (!isCyclic(explicit, group)) continue;
    if (group.some((node) => groupsWithJob.has(groups.componentOf[node] ?? -1))) continue;
    const cycle = cycleIn(explicit, group, nodes);
    found.push(diagnosticOf(cycle, nodes, 'and every edge of it says `startup: wait`'));
  }
  return found;
}

function edgesOf(
  nodes: readonly Component[],
  numbers: ReadonlyMap<string, number>,
  isEdge: (dependency: Dependency) => boolean,
): EdgeList {
  const sources: number[] = [];
  const targets: number[] = [];
  for (const [source, component] of nodes.entries()) {
    for (const dependency of component.dependencies) {
      const target = numbers.get(dependency.name);
      if (target === undefined || target === source || !isEdge(dependency)) continue;
      sources.push(source);
      targets.push(target);
    }
  }
  return { sources, targets };
}

function cycleThrough(graph: Digraph, node: number, group: ReadonlySet<number>): readonly number[] {
  const path = shortestPath(
    graph,
    [node],
    (end) => end !== node && hasEdge(graph, end, node),
    (blocked) => !group.has(blocked),
  );
  return path ?? [node];
}

/** The cycle of one strongly connected component, the smallest name first. */
function cycleIn(
  graph: Digraph,
  group: readonly number[],
  nodes: readonly Component[],
): readonly string[] {
  const within = new Map(group.map((node, index) => [node, index]));
  const edges = group.flatMap((source, index) =>
    [...targetsOf(graph, source)].flatMap((target): [number, number][] => {
      const other = within.get(target);
      return other === undefined ? [] : [[index, other]];
    }),
  );
  const names = group.map((node) => nameOf(nodes, node));
  return namedCycle(digraphOf(group.length, edges), names) ?? names;
}

function diagnosticOf(
  cycle: readonly string[],
  nodes: readonly Component[],
  why: string,
): Diagnostic {
  const [first = '', second = first] = cycle;
  const component = nodes.find((node) => node.name === first);
  const edge = component?.dependencies.find((dependency) => dependency.name === second);
  const location = edge?.location ?? component?.location;
  return {
    code: 'CATALOG_START_CYCLE',
    severity: 'error',
    message: `components wait for each other to start: ${[...cycle, first].join(' → ')}, ${why}`,
    hint: 'mark one dependency on the cycle `startup: independent`',
    ...(location === undefined ? {} : { location }),
    component: first,
  };
}

function nameOf(nodes: readonly Component[], node: number): string {
  return nodes[node]?.name ?? '';
}
