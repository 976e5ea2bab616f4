import { compareText } from '../diagnostic.ts';
import { durationMsOf, type Call } from './call.ts';
import { isFailed } from './outcomes.ts';
import type { CallEdge } from './report.ts';
import { listAt } from './sides.ts';

/** All calls of each client to each server, by name. Order of the calls does not matter. Cost: O(n log n). */
export function edgesOf(calls: readonly Call[]): readonly CallEdge[] {
  const groups = new Map<string, Call[]>();
  for (const call of calls) listAt(groups, `${call.client}\0${call.server}`).push(call);
  return [...groups.values()].map(edgeOf).toSorted(compareEdges);
}

export function compareEdges(
  a: { readonly from: string; readonly to: string },
  b: { readonly from: string; readonly to: string },
): number {
  return compareText(a.from, b.from) || compareText(a.to, b.to);
}

function edgeOf(calls: readonly Call[]): CallEdge {
  const durations = calls
    .map(durationMsOf)
    .filter((duration) => duration !== null)
    .toSorted((a, b) => a - b);
  return {
    from: calls[0]?.client ?? '',
    to: calls[0]?.server ?? '',
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
