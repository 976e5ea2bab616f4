import type {
  EnvironmentResourceSpec,
  EnvironmentResourceStatus,
} from '../../../contract/environment-resource.ts';
import { firstStatus } from '../../../application/environments/environment-status.ts';
import type {
  EnvironmentRecord,
  EnvironmentSpec,
} from '../../../application/ports/environment-store.ts';
import type { KubeObject, ObjectMeta } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { statusOf } from './status-object.ts';

/** When the last request was accepted; the API server keeps whole seconds only. */
const ACCEPTED_AT = 'offshoot.dev/accepted-at';

/** Where the plan of an Environment lies. */
export type PlanRef = EnvironmentResourceSpec['plan'];

/** Of the environment, which is not that of the object when installations share a cluster. */
export function nameOf({ metadata }: KubeObject): string {
  return metadata.labels?.[LABELS.environment] ?? metadata.name;
}

/** A new Environment, or the living one as the next request wants it. */
export function environmentObject(
  name: string,
  spec: EnvironmentResourceSpec,
  {
    ref,
    at,
    living,
    installation,
  }: {
    readonly ref: ObjectMeta;
    readonly at: string;
    readonly living: KubeObject | null;
    /** The control namespace. */
    readonly installation: string;
  },
): KubeObject {
  const { environment } = RESOURCE_TYPES;
  const metadata = living?.metadata ?? ref;
  return {
    ...living,
    apiVersion: environment.apiVersion,
    kind: environment.kind,
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        [LABELS.managedBy]: MANAGED_BY,
        [LABELS.environment]: name,
        [LABELS.installation]: installation,
      },
      annotations: { ...metadata.annotations, [ACCEPTED_AT]: at },
    },
    spec,
  };
}

/** The spec of the resource for a wish, which leads to one plan. */
export function resourceSpecOf(
  spec: EnvironmentSpec,
  rest: Pick<EnvironmentResourceSpec, 'desired' | 'request' | 'plan'>,
): EnvironmentResourceSpec {
  const { branch, isolation, pins, entries, include, unchanged, project } = spec;
  return {
    branch,
    isolation,
    pins: { ...pins },
    entries: [...entries],
    include: [...include],
    unchanged,
    project,
    ...rest,
  };
}

/** The API server has checked it against the schema. */
export function specOf(object: KubeObject): EnvironmentResourceSpec {
  return object['spec'] as EnvironmentResourceSpec;
}

export function desiredOf(object: KubeObject): EnvironmentRecord['desired'] {
  // `kubectl delete` is a removal too, and nothing can take it back.
  if (object.metadata.deletionTimestamp !== undefined) return 'removed';
  return specOf(object).desired === 'Up' ? 'up' : 'removed';
}

export function recordOf(object: KubeObject): EnvironmentRecord {
  const { metadata } = object;
  const { branch, isolation, pins, entries, include, unchanged, project, plan } = specOf(object);
  const createdAt = new Date(metadata.creationTimestamp ?? 0).toISOString();
  const status = object['status'] as EnvironmentResourceStatus | undefined;
  const acceptedAt = metadata.annotations?.[ACCEPTED_AT] ?? createdAt;
  const writtenAt = status?.updatedAt ?? '';
  return {
    uid: metadata.uid ?? '',
    name: nameOf(object),
    spec: { branch, isolation, pins, entries, include, unchanged, project },
    desired: desiredOf(object),
    generation: metadata.generation ?? 1,
    planHash: plan.hash,
    createdAt,
    updatedAt: writtenAt > acceptedAt ? writtenAt : acceptedAt,
    removedAt: null,
    status: status === undefined ? firstStatus(createdAt) : statusOf(status),
  };
}
