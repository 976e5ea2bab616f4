import { compareEdges } from './edges.ts';
import type { PlanFacts, Standing } from './origin.ts';
import type { CallEdge } from './report.ts';

/** Where the catalog and the calls disagree. Only of components inside: nobody else's calls are recorded. */

interface Edge {
  readonly from: string;
  readonly to: string;
}

export function undeclaredOf(
  facts: PlanFacts,
  standing: Standing,
  edges: readonly CallEdge[],
): readonly Edge[] {
  return (
    edges
      .filter(
        ({ from, to }) => from !== to && standing.isInside(from) && !declares(facts, from, to),
      )
      // Of another place: that is a breach, or nothing.
      .filter(({ to }) => !to.includes('/'))
      .map(({ from, to }) => ({ from, to }))
  );
}

/** Declared calls that nothing made. Workers and jobs answer no calls, so none are expected to them. */
export function unseenOf(facts: PlanFacts, edges: readonly CallEdge[]): readonly Edge[] {
  const seen = new Set(edges.map(({ from, to }) => `${from}\0${to}`));
  return facts.components
    .flatMap(({ name: from }) =>
      dependenciesOf(facts, from)
        .filter((to) => !seen.has(`${from}\0${to}`) && answersCalls(facts, to))
        .map((to) => ({ from, to })),
    )
    .toSorted(compareEdges);
}

function dependenciesOf(facts: PlanFacts, component: string): readonly string[] {
  if (!Object.hasOwn(facts.definitions, component)) return [];
  return facts.definitions[component]?.dependencies.map(({ name }) => name) ?? [];
}

function declares(facts: PlanFacts, from: string, to: string): boolean {
  return dependenciesOf(facts, from).includes(to);
}

function answersCalls(facts: PlanFacts, component: string): boolean {
  if (!Object.hasOwn(facts.definitions, component)) return true;
  const type = facts.definitions[component]?.type;
  return type !== 'worker' && type !== 'job';
}
