import { randomBytes } from 'node:crypto';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type {
  KubeObject,
  ObjectRef,
  OwnerReference,
  ResourceType,
} from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';

const SCOPED: ReadonlySet<string> = new Set([
  RESOURCE_TYPES.environment.kind,
  RESOURCE_TYPES.report.kind,
]);
const SCOPE_LABEL = 'offshoot.test/scope';

/**
 * The API with cluster-scoped objects of one test only: Environments and Reports get a prefix before their
 * names, so that tests of the same names do not meet on one cluster. All else passes as it is.
 */
export function scopedApi(api: KubeApi, scope = `t${randomBytes(4).toString('hex')}`): KubeApi {
  const isScoped = ({ kind }: { readonly kind: string }): boolean => SCOPED.has(kind);
  const inside = (name: string): string => `${scope}-${name}`;
  const outside = (name: string): string =>
    name.startsWith(`${scope}-`) ? name.slice(scope.length + 1) : name;
  const refOf = (type: ResourceType, ref: ObjectRef): ObjectRef =>
    isScoped(type) ? { ...ref, name: inside(ref.name) } : ref;
  const ownersOf = (
    { metadata }: KubeObject,
    rename: (name: string) => string,
  ): { readonly ownerReferences?: readonly OwnerReference[] } => {
    const { ownerReferences } = metadata;
    if (ownerReferences === undefined) return {};
    return {
      ownerReferences: ownerReferences.map((owner) =>
        isScoped(owner) ? { ...owner, name: rename(owner.name) } : owner,
      ),
    };
  };
  const toCluster = (type: ResourceType, object: KubeObject): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      ...ownersOf(object, inside),
      ...(isScoped(type)
        ? {
            name: inside(object.metadata.name),
            labels: { ...object.metadata.labels, [SCOPE_LABEL]: scope },
          }
        : {}),
    },
  });
  const fromCluster = (type: ResourceType, object: KubeObject): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      ...ownersOf(object, outside),
      ...(isScoped(type) ? { name: outside(object.metadata.name) } : {}),
    },
  });
  return {
    ...api,
    get: async (type, ref, signal) => {
      const object = await api.get(type, refOf(type, ref), signal);
      return object === null ? null : fromCluster(type, object);
    },
    list: async (type, query = {}, signal) => {
      const own = `${SCOPE_LABEL}=${scope}`;
      const labelSelector = [query.labelSelector ?? [], isScoped(type) ? own : []].flat().join(',');
      const list = await api.list(type, { ...query, labelSelector }, signal);
      return { ...list, items: list.items.map((object) => fromCluster(type, object)) };
    },
    create: async (type, object) =>
      fromCluster(type, await api.create(type, toCluster(type, object))),
    apply: async (type, object, options) =>
      fromCluster(type, await api.apply(type, toCluster(type, object), options)),
    replace: async (type, object, options) =>
      fromCluster(type, await api.replace(type, toCluster(type, object), options)),
    patch: async (type, ref, patch, options) =>
      fromCluster(type, await api.patch(type, refOf(type, ref), ownedInside(patch), options)),
    delete: (type, ref, options) => api.delete(type, refOf(type, ref), options),
  };

  function ownedInside(
    patch: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>> {
    const { metadata } = patch as { readonly metadata?: KubeObject['metadata'] };
    if (metadata === undefined) return patch;
    const object = { apiVersion: '', kind: '', metadata };
    return { ...patch, metadata: { ...metadata, ...ownersOf(object, inside) } };
  }
}
