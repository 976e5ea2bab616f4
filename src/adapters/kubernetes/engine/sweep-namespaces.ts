import type { Clock } from '../../../application/ports/clock.ts';
import { clusterNameOf, namespaceOf } from '../../../domain/naming/names.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { reported } from './api-failures.ts';

/** Namespaces that a process which was killed, or a hand with `kubectl`, has left without an owner. */

export interface SweptPlace {
  readonly api: KubeApi;
  readonly prefix: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  /**
   * A younger one stays: somebody may be putting back what belongs to it, from a backup for example.
   * Unit: milliseconds.
   */
  readonly graceMs: number;
  /** Takes an environment's namespace away. */
  readonly remove: (environment: string) => Promise<unknown>;
}

const { environment: ENVIRONMENT, namespace: NAMESPACE } = RESOURCE_TYPES;

/**
 * Takes away namespaces that nobody wants any more: ours by their labels and by their name. Those of
 * environments go when there is no Environment, those of the doctor when they are old.
 *
 * @returns Their names.
 */
export async function sweepNamespaces(place: SweptPlace): Promise<readonly string[]> {
  return [...(await sweepEnvironments(place)), ...(await sweepProbes(place))];
}

async function sweepEnvironments(place: SweptPlace): Promise<readonly string[]> {
  const { api, prefix, remove } = place;
  // Namespaces first: one that is found without an Environment had none before it was found either.
  const namespaces = await ours(place, LABELS.environment);
  const environments = await reported('environments', () =>
    api.list(ENVIRONMENT, { metadataOnly: true }),
  );
  const living = new Set(environments.items.map(({ metadata }) => metadata.name));
  const swept: string[] = [];
  for (const { metadata } of namespaces) {
    const environment = metadata.labels?.[LABELS.environment] ?? '';
    if (metadata.name !== namespaceOf(prefix, environment)) continue;
    if (living.has(clusterNameOf(prefix, environment))) continue;
    await remove(environment);
    swept.push(metadata.name);
  }
  return swept;
}

async function sweepProbes(place: SweptPlace): Promise<readonly string[]> {
  const { api, prefix } = place;
  const probes = await ours(place, LABELS.probe);
  const swept: string[] = [];
  for (const { metadata } of probes) {
    const { name, uid, deletionTimestamp } = metadata;
    if (!name.startsWith(`${prefix}-`) || deletionTimestamp !== undefined) continue;
    await reported(`namespace "${name}"`, () =>
      api.delete(NAMESPACE, { name }, uid === undefined ? {} : { uid }),
    );
    swept.push(name);
  }
  return swept;
}

/** Those of Offshoot with that label, as long as their grace is over. */
async function ours(
  { api, clock, graceMs }: SweptPlace,
  label: string,
): Promise<readonly KubeObject[]> {
  const labelSelector = `${LABELS.managedBy}=${MANAGED_BY},${label}`;
  const { items } = await reported('namespaces', () => api.list(NAMESPACE, { labelSelector }));
  const bornMs = clock.nowMs() - graceMs;
  return items.filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') <= bornMs);
}
