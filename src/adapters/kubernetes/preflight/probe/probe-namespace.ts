import { randomBytes } from 'node:crypto';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import { podSecurityLabels } from '../../render/namespace.ts';
import type { Inspection } from '../inspection.ts';

/**
 * A namespace like those of environments, for as long as something is tried out in it. What one that was
 * killed leaves is found by its label and swept by a controller.
 */
export async function inProbeNamespace<Result>(
  { api, settings }: Inspection,
  use: (namespace: string) => Promise<Result>,
): Promise<Result> {
  const { prefix, template } = settings;
  const name = `${prefix}-doctor-${randomBytes(3).toString('hex')}`;
  await api.create(RESOURCE_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        ...template.labels,
        ...podSecurityLabels(settings),
        [LABELS.managedBy]: MANAGED_BY,
        [LABELS.probe]: 'true',
      },
      annotations: template.annotations,
    },
  });
  try {
    return await use(name);
  } finally {
    await api.delete(RESOURCE_TYPES.namespace, { name }, { propagation: 'Background' });
  }
}
