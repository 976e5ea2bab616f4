import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject, ResourceType } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { nameOf } from '../../src/adapters/kubernetes/resources/environment-object.ts';
import { numberAt, listAt, textAt } from '../../src/adapters/kubernetes/client/read-object.ts';

/** Waits on watches, which cost the API server the same whoever is measured. */

/** On a busy machine minutes; what takes longer does not come. */
const LIMIT_MS = 900_000;

/** Until so many Deployments of a namespace are available. Resolves to the instant. Unit: milliseconds. */
export async function untilAvailable(
  api: KubeApi,
  namespace: string,
  count: number,
): Promise<number> {
  const available = new Set<string>();
  return await until(api, { type: RESOURCE_TYPES.deployment, namespace }, (_, object) => {
    if (isAvailable(object)) available.add(object.metadata.name);
    else available.delete(object.metadata.name);
    return available.size >= count;
  });
}

function isAvailable(object: KubeObject): boolean {
  const desired = numberAt(object, 'spec', 'replicas') ?? 1;
  const observed = numberAt(object, 'status', 'observedGeneration') ?? 0;
  return (
    observed >= (object.metadata.generation ?? 0) &&
    (numberAt(object, 'status', 'availableReplicas') ?? 0) >= desired
  );
}

export async function untilReady(api: KubeApi, environment: string): Promise<number> {
  return await until(api, { type: RESOURCE_TYPES.environment }, (_, object) => {
    if (nameOf(object) !== environment) return false;
    return listAt(object, 'status', 'conditions').some(
      (condition) =>
        textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
    );
  });
}

/** Until it is deleted; it must be there when this is called. */
export async function untilNamespaceGone(api: KubeApi, name: string): Promise<number> {
  return await until(
    api,
    { type: RESOURCE_TYPES.namespace },
    (event, object) => event === 'DELETED' && object.metadata.name === name,
  );
}

export async function untilEnvironmentGone(api: KubeApi, environment: string): Promise<number> {
  return await until(
    api,
    { type: RESOURCE_TYPES.environment },
    (event, object) => event === 'DELETED' && nameOf(object) === environment,
  );
}

async function until(
  api: KubeApi,
  { type, namespace }: { readonly type: ResourceType; readonly namespace?: string },
  isIt: (event: string, object: KubeObject) => boolean,
): Promise<number> {
  const end = AbortSignal.timeout(LIMIT_MS);
  const where = namespace === undefined ? {} : { namespace };
  const { items, resourceVersion } = await api.list(type, where);
  for (const object of items) if (isIt('ADDED', object)) return performance.now();
  let version = resourceVersion;
  while (!end.aborted) {
    const query = { ...where, resourceVersion: version };
    for await (const { type: event, object } of api.watch(type, query, end)) {
      version = object.metadata.resourceVersion ?? version;
      if (event !== 'BOOKMARK' && isIt(event, object)) return performance.now();
    }
  }
  throw new Error(`"${type.plural}" were waited for in vain`);
}
