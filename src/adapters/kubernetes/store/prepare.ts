import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../../domain/errors.ts';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { DEFAULT_PREFIX } from '../../../domain/naming/names.ts';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '../labels.ts';
import { untilUndisturbed } from './control.ts';
import { resourceDefinitions } from '../resources/crds.ts';

const {
  customResourceDefinition: DEFINITION,
  environment: ENVIRONMENT,
  namespace: NAMESPACE,
} = RESOURCE_TYPES;

const ESTABLISHED_WITHIN_MS = 15_000;

/**
 * Makes sure that the cluster has the definitions and the control namespace. Applies what is missing if it
 * may; what is there is left as it is, since a chart may own it.
 *
 * @param prefix - Of the installation. Two would take each other's leases and demands for their own.
 * @throws {OperationError} `CRD_MISSING` when they are not there and may not be applied, `NAMESPACE_TAKEN`
 *   when the control namespace holds environments of another prefix.
 */
export function prepareCluster(
  api: KubeApi,
  namespace: string,
  prefix: string = DEFAULT_PREFIX,
): Promise<void> {
  return onCluster('prepare the cluster', async () => {
    await Promise.all(resourceDefinitions().map((definition) => ensureDefinition(api, definition)));
    await untilUndisturbed(namespace, () => ensureNamespace(api, namespace, prefix));
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

async function ensureNamespace(api: KubeApi, name: string, prefix: string): Promise<void> {
  let found: KubeObject | null;
  try {
    found = await api.get(NAMESPACE, { name });
  } catch (error) {
    // Who may not look at namespaces can still work in one.
    if (hasStatus(error, 403)) return;
    throw error;
  }
  const annotations = { [ANNOTATIONS.prefix]: prefix };
  if (found === null) {
    const metadata = { name, labels: { [LABELS.managedBy]: MANAGED_BY }, annotations };
    await api.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata });
    return;
  }
  const holder = found.metadata.annotations?.[ANNOTATIONS.prefix];
  if (holder === prefix) return;
  if (holder !== undefined) await checkUnused(api, name, { holder, prefix });
  const { resourceVersion } = found.metadata;
  try {
    await api.patch(NAMESPACE, { name }, { metadata: { resourceVersion, annotations } });
  } catch (error) {
    if (!hasStatus(error, 403)) throw error;
  }
}

/** A prefix may change while nothing has it. */
async function checkUnused(
  api: KubeApi,
  namespace: string,
  { holder, prefix }: { readonly holder: string; readonly prefix: string },
): Promise<void> {
  const labelSelector = `${LABELS.installation}=${namespace}`;
  const { items } = await api.list(ENVIRONMENT, { labelSelector, metadataOnly: true });
  if (items.length === 0) return;
  throw new OperationError(
    'NAMESPACE_TAKEN',
    `control namespace "${namespace}" holds ${items.length} environments of the prefix "${holder}"`,
    {
      hint: `Give this project a \`controlNamespace\` of its own beside its prefix "${prefix}", or the prefix "${holder}".`,
      details: { namespace, holder, prefix },
    },
  );
}
