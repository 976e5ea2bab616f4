import type { Component, Dependency } from './component.ts';
import { compareText, type Diagnostic } from '../diagnostic.ts';
import { invariant } from '../errors.ts';
import { elementAt, mustHave } from '../must-have.ts';
import { namedCycle } from '../graph/cycle.ts';
import {
  at,
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
    const job = group.find((node) => elementAt(nodes, node).type === 'job');
    if (job === undefined) continue;
    groupsWithJob.add(at(groups.componentOf, job));
    const cycle = cycleThrough(waiting, job, new Set(group)).map((node) => elementAt(nodes, node));
    found.push(diagnosticOf(cycle, `which contains the job "${elementAt(nodes, job).name}"`));
  }

  if (!isExplicit) return found;
  const explicit = graphOf((dependency) => dependency.isStartupExplicit);
  for (const group of stronglyConnectedComponents(explicit).components) {
    if (!isCyclic(explicit, group)) continue;
    if (group.some((node) => groupsWithJob.has(at(groups.componentOf, node)))) continue;
    const cycle = cycleIn(explicit, group, nodes);
    found.push(diagnosticOf(cycle, 'and every edge of it says `startup: wait`'));
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
  invariant(path !== null, 'no cycle leads through a node of a start group');
  return path;
}

/** The cycle of one strongly connected component, the smallest name first. */
function cycleIn(
  graph: Digraph,
  group: readonly number[],
  nodes: readonly Component[],
): readonly Component[] {
  const within = new Map(group.map((node, index) => [node, index]));
  const edges = group.flatMap((source, index) =>
    [...targetsOf(graph, source)].flatMap((target): [number, number][] => {
      const other = within.get(target);
      return other === undefined ? [] : [[index, other]];
    }),
  );
  const members = new Map(
    group.map((node) => [elementAt(nodes, node).name, elementAt(nodes, node)]),
  );
  const cycle = namedCycle(digraphOf(group.length, edges), [...members.keys()]);
  invariant(cycle !== null, 'components that wait for each other form no cycle');
  return cycle.map((name) => mustHave(members, name));
}

/** @param cycle - Of two components at least. */
function diagnosticOf(cycle: readonly Component[], why: string): Diagnostic {
  const [first, second] = [elementAt(cycle, 0), elementAt(cycle, 1)];
  const edge = first.dependencies.find((dependency) => dependency.name === second.name);
  invariant(edge !== undefined, 'a cycle without its first edge');
  const names = [...cycle, first].map(({ name }) => name);
  return {
    code: 'CATALOG_START_CYCLE',
    severity: 'error',
    message: `components wait for each other to start: ${names.join(' → ')}, ${why}`,
    hint: 'mark one dependency on the cycle `startup: independent`',
    location: edge.location,
    component: first.name,
  };
}
