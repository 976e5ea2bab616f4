import { namespaceOf } from '../../../domain/naming/names.ts';
import type { KubeApi } from '../client/kube-api.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import type { ClusterSettings } from '../render/rendering.ts';
import { reported } from './api-failures.ts';

/**
 * Takes away namespaces of environments that nobody wants any more: ours by their labels and their name,
 * and without an Environment.
 *
 * @returns Their names.
 */
export async function sweepNamespaces(
  api: KubeApi,
  { prefix }: Pick<ClusterSettings, 'prefix'>,
  remove: (environment: string) => Promise<unknown>,
): Promise<readonly string[]> {
  // Namespaces first: one that is found without an Environment had none before it was found either.
  const namespaces = await reported('namespaces', () =>
    api.list(RESOURCE_TYPES.namespace, {
      labelSelector: `${LABELS.managedBy}=${MANAGED_BY},${LABELS.environment}`,
    }),
  );
  const environments = await reported('environments', () => api.list(RESOURCE_TYPES.environment));
  const living = new Set(environments.items.map(({ metadata }) => metadata.name));
  const swept: string[] = [];
  for (const { metadata } of namespaces.items) {
    const environment = metadata.labels?.[LABELS.environment] ?? '';
    const isOurs = metadata.name === namespaceOf(prefix, environment);
    if (!isOurs || living.has(environment)) continue;
    await remove(environment);
    swept.push(metadata.name);
  }
  return swept;
}
