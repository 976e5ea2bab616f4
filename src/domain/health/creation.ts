import type { CreationFailure, QuotaFacts } from './facts.ts';
import { progressing, withReason, type Health } from './health.ts';

/** Why no pod can be made. The reason is the same for all causes, so the quota itself is asked. */

/** Quotas are not computed yet, or a service account is not there yet: that passes. Unit: milliseconds. */
const CREATION_GRACE_MS = 5_000;

export interface Creation {
  readonly title: string;
  readonly nowMs: number;
  readonly failure: CreationFailure;
  readonly needs: Readonly<Record<string, number>>;
  readonly quotas: readonly QuotaFacts[];
}

export function creationHealth(creation: Creation): Health {
  const { title, nowMs, failure } = creation;
  const sinceMs = failure.sinceMs ?? nowMs;
  const countsFromMs = sinceMs + CREATION_GRACE_MS;
  const message = withReason(`no pod of "${title}" can be made`, failure.message);
  if (nowMs < countsFromMs) return progressing(message, { changesAtMs: countsFromMs });
  const full = fullQuota(creation);
  if (full === null) {
    return { state: 'Failed', code: 'ADMISSION_DENIED', message, sinceMs, evidenceOf: null };
  }
  const lacking = `quota "${full.quota}" has no room for the ${full.resource} of "${title}"`;
  return { state: 'Failed', code: 'QUOTA_EXCEEDED', message: lacking, sinceMs, evidenceOf: null };
}

function fullQuota({ quotas, needs }: Creation): { quota: string; resource: string } | null {
  for (const { name, hard, used } of quotas) {
    for (const [resource, limit] of Object.entries(hard)) {
      const taken = used[resource] ?? 0;
      const need = needs[resource];
      const isFull = need === undefined ? taken >= limit : taken + need > limit;
      // A count of something else than pods may well be used up to the last one.
      if (isFull && concernsPods(resource)) return { quota: name, resource };
    }
  }
  return null;
}

const POD_RESOURCE =
  /^(?:pods|count\/pods|(?:(?:requests|limits)\.)?(?:cpu|memory|ephemeral-storage))$/u;

function concernsPods(resource: string): boolean {
  return POD_RESOURCE.test(resource);
}
