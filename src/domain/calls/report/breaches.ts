import type { Call } from '../call.ts';
import { compareEdges, edgeGroupsOf } from './edges.ts';
import type { Standing } from '../verdict/origin.ts';
import type { Breach } from '../report.ts';

/**
 * Calls that left the environment where they must not. A capture names what runs in another place
 * `place/component`: `baseline/cart`, `feat-coupon/cart`; components of this environment by name alone.
 */

const BASELINE_PLACE = 'baseline';
/** Calls named as evidence of one breach. */
const EVIDENCE_MAX = 10;

/** @param calls - With the boundary by its plain name. */
export function breachesOf(calls: readonly Call[]): readonly Breach[] {
  const leaving = calls.filter(({ server }) => server.includes('/'));
  return edgeGroupsOf(leaving)
    .map(({ from, to, calls: group }) => ({
      code: codeOf(to),
      from,
      to,
      evidence: group.slice(0, EVIDENCE_MAX).map(({ id }) => id),
    }))
    .toSorted(compareEdges);
}

function codeOf(server: string): Breach['code'] {
  return server.startsWith(`${BASELINE_PLACE}/`) ? 'BASELINE_LEAK' : 'CROSS_ENVIRONMENT';
}

/** The boundary by its plain name: calling the baseline's copy is what a boundary is for. */
export function withPlainBoundary(call: Call, standing: Pick<Standing, 'isInside'>): Call {
  const prefix = `${BASELINE_PLACE}/`;
  if (!call.server.startsWith(prefix)) return call;
  const name = call.server.slice(prefix.length);
  return standing.isInside(name) ? call : { ...call, server: name };
}
