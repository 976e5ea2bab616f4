import { compareText } from '../../diagnostic.ts';
import { durationMsOf, type Call } from '../call.ts';
import { isFailed } from '../outcomes.ts';
import type { CallEdge } from '../report.ts';

/** All calls of each client to each server, by name. Order of the calls does not matter. Cost: O(n log n). */
export function edgesOf(calls: readonly Call[]): readonly CallEdge[] {
  return edgeGroupsOf(calls).map(edgeOf).toSorted(compareEdges);
}

interface EdgeGroup {
  readonly from: string;
  readonly to: string;
  readonly calls: readonly Call[];
}

/** The calls of each client to each server, in no order. */
export function edgeGroupsOf(calls: readonly Call[]): readonly EdgeGroup[] {
  return [...Map.groupBy(calls, ({ client }) => client)].flatMap(([from, made]) =>
    [...Map.groupBy(made, ({ server }) => server)].map(([to, group]) => ({
      from,
      to,
      calls: group,
    })),
  );
}

export function compareEdges(
  a: { readonly from: string; readonly to: string },
  b: { readonly from: string; readonly to: string },
): number {
  return compareText(a.from, b.from) || compareText(a.to, b.to);
}

function edgeOf({ from, to, calls }: EdgeGroup): CallEdge {
  const durations = calls
    .map(durationMsOf)
    .filter((duration) => duration !== null)
    .toSorted((a, b) => a - b);
  return {
    from,
    to,
    calls: calls.length,
    failed: calls.filter(isFailed).length,
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
  };
}

/** Nearest rank: always a value that occurred. Null when there is none. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
