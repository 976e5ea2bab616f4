import { edgeTimesOf, type EdgeHistory } from '../../domain/calls/verdict/latency.ts';
import type { CallSource } from '../ports/call-store.ts';
import type { ReportStore } from '../ports/environment-store.ts';

/**
 * How long each edge usually takes, from the newest passing runs of a suite whose calls are still kept.
 *
 * Read only when a run failed: it is what a case that ran out of time is compared with.
 */

const RUNS_MAX = 10;
const REPORTS_LOOKED_AT = 50;
const CALLS_MAX_PER_RUN = 20_000;

export async function usualTimes(
  ports: { readonly reports: ReportStore; readonly calls: CallSource },
  environment: string,
  suite: string,
): Promise<readonly EdgeHistory[]> {
  const passed = (await ports.reports.reports(environment, REPORTS_LOOKED_AT))
    .filter((report) => report.suite === suite && report.outcome === 'passed')
    .slice(0, RUNS_MAX);
  const edges = new Map<string, EdgeHistory & { readonly ownMs: number[] }>();
  for (const { startedAt, finishedAt } of passed) {
    const calls = await ports.calls.calls(environment, {
      fromUs: Date.parse(startedAt) * 1_000,
      toUs: Date.parse(finishedAt) * 1_000,
      limit: CALLS_MAX_PER_RUN,
    });
    for (const { from, to, route, ownMs } of edgeTimesOf(calls)) {
      const key = JSON.stringify([from, to, route]);
      const known = edges.get(key) ?? { from, to, route, ownMs: [] };
      known.ownMs.push(ownMs);
      edges.set(key, known);
    }
  }
  return [...edges.values()];
}
