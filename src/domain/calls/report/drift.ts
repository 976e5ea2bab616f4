import { compareEdges } from './edges.ts';
import type { PlanFacts, Standing } from '../verdict/origin.ts';
import type { CallEdge } from '../report.ts';

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
  const declared = keysOf([...declaredBy(facts), ...topicEdgesOf(facts)]);
  return (
    edges
      .filter((edge) => edge.from !== edge.to && !declared.has(keyOf(edge)))
      .filter(({ from }) => standing.isInside(from))
      // Of another place: that is a breach, or nothing.
      .filter(({ to }) => !to.includes('/'))
      .map(({ from, to }) => ({ from, to }))
  );
}

/** Declared calls that nothing made. Workers and jobs answer no calls, so none are expected to them. */
export function unseenOf(
  facts: PlanFacts,
  standing: Standing,
  edges: readonly CallEdge[],
): readonly Edge[] {
  const seen = keysOf(edges);
  const silent = new Set(
    Object.entries(facts.definitions)
      .filter(([, { type }]) => type === 'worker' || type === 'job')
      .map(([name]) => name),
  );
  return declaredBy(facts)
    .filter((edge) => standing.isInside(edge.from) && !silent.has(edge.to))
    .filter((edge) => !seen.has(keyOf(edge)))
    .toSorted(compareEdges);
}

function declaredBy(facts: PlanFacts): readonly Edge[] {
  return Object.entries(facts.definitions).flatMap(([from, { dependencies }]) =>
    dependencies.map(({ name: to }) => ({ from, to })),
  );
}

/** From who publishes to who consumes: spans tell messages on their whole way. */
function topicEdgesOf({ definitions }: PlanFacts): readonly Edge[] {
  const uses = Object.entries(definitions).flatMap(([component, { dependencies }]) =>
    dependencies.map(({ name, publishes = [], consumes = [] }) => ({
      component,
      publishes: publishes.map((topic) => `${name} ${topic}`),
      consumes: new Set(consumes.map((topic) => `${name} ${topic}`)),
    })),
  );
  const publishers = uses.filter(({ publishes }) => publishes.length > 0);
  const consumers = uses.filter(({ consumes }) => consumes.size > 0);
  return publishers.flatMap(({ component: from, publishes }) =>
    consumers
      .filter(({ consumes }) => publishes.some((topic) => consumes.has(topic)))
      .map(({ component: to }) => ({ from, to })),
  );
}

function keysOf(edges: readonly Edge[]): ReadonlySet<string> {
  return new Set(edges.map(keyOf));
}

function keyOf({ from, to }: Edge): string {
  return `${from}\0${to}`;
}
