import {
  conditionOf,
  isTrue,
  type ConditionFacts,
  type HttpRouteFacts,
  type Surroundings,
} from './facts.ts';
import { healthy, progressing, withReason, type Health } from './health.ts';

/** A gateway looks at a route and at what it leads to in any order. Unit: milliseconds. */
const GATEWAY_GRACE_MS = 10_000;

export function httpRouteHealth({ parents }: HttpRouteFacts, around: Surroundings): Health {
  if (parents.length === 0) return progressing('no gateway has looked at it yet');
  const conditions = parents.flatMap((parent) =>
    ['Accepted', 'ResolvedRefs'].map((type) => conditionOf(parent, type)),
  );
  for (const condition of conditions) {
    const refused = condition === null ? null : refusal(condition, around);
    if (refused !== null) return refused;
  }
  if (!conditions.every(isTrue)) return progressing('the gateway has not accepted it yet');
  return healthy(Math.max(...conditions.map((condition) => condition?.sinceMs ?? 0)));
}

function refusal(condition: ConditionFacts, { title, nowMs }: Surroundings): Health | null {
  const { status, reason, sinceMs } = condition;
  if (status !== 'False' || reason === 'Pending') return null;
  const countsFromMs = (sinceMs ?? nowMs) + GATEWAY_GRACE_MS;
  const message = withReason(`the gateway refuses the route of "${title}"`, condition.message);
  if (nowMs < countsFromMs) return progressing(message, { changesAtMs: countsFromMs });
  return { state: 'Failed', code: 'ADMISSION_DENIED', message, sinceMs, evidenceOf: null };
}
