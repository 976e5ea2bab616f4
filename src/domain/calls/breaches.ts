import { compareText } from '../diagnostic.ts';
import type { Call } from './call.ts';
import type { Standing } from './origin.ts';
import type { Breach } from './report.ts';

/**
 * Calls that left the environment where they must not. A capture names what runs in another place
 * `place/component`: `baseline/cart`, `feat-coupon/cart`; components of this environment by name alone.
 */

const BASELINE_PLACE = 'baseline';
/** Calls named as evidence of one breach. */
const EVIDENCE_MAX = 10;

export function breachesOf(calls: readonly Call[], standing: Standing): readonly Breach[] {
  const leaving = Map.groupBy(calls, ({ client, server }) => `${client}\0${server}`);
  return [...leaving.values()]
    .flatMap((group) => breachOf(group, standing) ?? [])
    .toSorted((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to));
}

function breachOf(calls: readonly Call[], standing: Standing): Breach | null {
  const [first] = calls;
  const code = first === undefined ? null : breachCode(first.server, standing);
  if (first === undefined || code === null) return null;
  const evidence = calls.slice(0, EVIDENCE_MAX).map(({ id }) => id);
  return { code, from: first.client, to: first.server, evidence };
}

function breachCode(server: string, standing: Standing): Breach['code'] | null {
  const slash = server.indexOf('/');
  if (slash === -1) return null;
  if (server.slice(0, slash) !== BASELINE_PLACE) return 'CROSS_ENVIRONMENT';
  return standing.isInside(server.slice(slash + 1)) ? 'BASELINE_LEAK' : null;
}

/** The boundary by its plain name: calling the baseline's copy is what a boundary is for. */
export function withPlainBoundary(call: Call, standing: Standing): Call {
  const prefix = `${BASELINE_PLACE}/`;
  if (!call.server.startsWith(prefix)) return call;
  const name = call.server.slice(prefix.length);
  return standing.isInside(name) ? call : { ...call, server: name };
}
