import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../../domain/errors.ts';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { resourceDefinitions } from '../resources/crds.ts';

const { customResourceDefinition: DEFINITION, namespace: NAMESPACE } = RESOURCE_TYPES;

const ESTABLISHED_WITHIN_MS = 15_000;

/**
 * Makes sure that the cluster has the definitions and the control namespace. Applies what is missing if it
 * may; what is there is left as it is, since a chart may own it.
 *
 * @throws {OperationError} `CRD_MISSING` when they are not there and may not be applied.
 */
export function prepareCluster(api: KubeApi, namespace: string): Promise<void> {
  return onCluster('prepare the cluster', async () => {
    await Promise.all(resourceDefinitions().map((definition) => ensureDefinition(api, definition)));
    await ensureNamespace(api, namespace);
  });
}

async function ensureDefinition(api: KubeApi, definition: KubeObject): Promise<void> {
  const { name } = definition.metadata;
  if (await isServed(api, definition)) return;
  try {
    await api.apply(DEFINITION, definition, { force: true });
  } catch (error) {
    if (!hasStatus(error, 403)) throw error;
    throw new OperationError(
      'CRD_MISSING',
      `the cluster has no "${name}", and you may not add it`,
      {
        cause: error,
      },
    );
  }
  const endMs = performance.now() + ESTABLISHED_WITHIN_MS;
  while (!(await isServed(api, definition))) {
    if (performance.now() >= endMs) {
      throw new OperationError(
        'CRD_MISSING',
        `the cluster accepts "${name}" and does not serve it`,
      );
    }
    await sleep(100);
  }
}

/** Asked of the resource itself, which everyone who works with environments may read. */
async function isServed(api: KubeApi, { spec }: KubeObject): Promise<boolean> {
  const { plural } = (spec as { readonly names: { readonly plural: string } }).names;
  const path = `/apis/offshoot.dev/v1alpha1/${plural}?limit=1`;
  const { status } = await api.request({ method: 'GET', path });
  return status !== 404;
}

async function ensureNamespace(api: KubeApi, name: string): Promise<void> {
  try {
    if ((await api.get(NAMESPACE, { name })) !== null) return;
  } catch (error) {
    // Who may not look at namespaces can still work in one.
    if (hasStatus(error, 403)) return;
    throw error;
  }
  const metadata = { name, labels: { [LABELS.managedBy]: MANAGED_BY } };
  await api.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata });
}
