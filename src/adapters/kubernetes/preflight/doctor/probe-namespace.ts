import { randomBytes } from 'node:crypto';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import type { Inspection } from '../inspection.ts';

/** A namespace as environments have it, for as long as the doctor looks; it holds what is tried out. */
export async function inProbeNamespace<Result>(
  { api, settings }: Inspection,
  use: (namespace: string) => Promise<Result>,
): Promise<Result> {
  const namespace = `${settings.prefix}-doctor-${randomBytes(3).toString('hex')}`;
  await api.create(RESOURCE_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespace,
      labels: {
        [LABELS.managedBy]: MANAGED_BY,
        [LABELS.probe]: 'true',
        'pod-security.kubernetes.io/enforce': 'baseline',
      },
    },
  });
  try {
    return await use(namespace);
  } finally {
    await api.delete(RESOURCE_TYPES.namespace, { name: namespace }, { propagation: 'Background' });
  }
}
