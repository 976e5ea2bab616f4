import type { ListQuery } from '../client/kube-api.ts';
import type { ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';

/** Kinds that Tasks have objects of, and those that Kubernetes makes of them. */
export const FOLLOWED_TYPES: readonly ResourceType[] = [
  RESOURCE_TYPES.namespace,
  RESOURCE_TYPES.serviceAccount,
  RESOURCE_TYPES.resourceQuota,
  RESOURCE_TYPES.limitRange,
  RESOURCE_TYPES.networkPolicy,
  RESOURCE_TYPES.configMap,
  RESOURCE_TYPES.secret,
  RESOURCE_TYPES.persistentVolumeClaim,
  RESOURCE_TYPES.service,
  RESOURCE_TYPES.endpointSlice,
  RESOURCE_TYPES.deployment,
  RESOURCE_TYPES.statefulSet,
  RESOURCE_TYPES.daemonSet,
  RESOURCE_TYPES.replicaSet,
  RESOURCE_TYPES.job,
  RESOURCE_TYPES.cronJob,
  RESOURCE_TYPES.pod,
  RESOURCE_TYPES.ingress,
  RESOURCE_TYPES.httpRoute,
];

/** With the kinds of objects that an administrator adds to every environment. */
export function followedWith(more: readonly ResourceType[]): readonly ResourceType[] {
  const others = more.filter(({ kind }) => FOLLOWED_TYPES.every((type) => type.kind !== kind));
  return [...FOLLOWED_TYPES, ...others.filter(({ isNamespaced }) => isNamespaced)];
}

/** Kubernetes mirrors labels into slices of its own, which nobody reads here. */
const SLICES_OF_OTHERS = 'endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io';

/** @param environment - Only objects of this one; null for those of all. */
export function queryFor(type: ResourceType, environment: string | null): ListQuery {
  const terms = [`${LABELS.managedBy}=${MANAGED_BY}`];
  terms.push(environment === null ? LABELS.environment : `${LABELS.environment}=${environment}`);
  if (type.kind === RESOURCE_TYPES.endpointSlice.kind) terms.push(SLICES_OF_OTHERS);
  return { labelSelector: terms.join(',') };
}

/** Events carry no labels: all warnings of the cluster come, those of other namespaces are dropped. */
export const WARNINGS_QUERY: ListQuery = { fieldSelector: 'type=Warning' };
