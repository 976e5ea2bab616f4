import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { compareText } from '../../../src/domain/diagnostic.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';

/** What a deployment has left on the cluster, in a form in which two deployments can be compared. */

const { namespace: NAMESPACE, environment: ENVIRONMENT, pod: POD } = RESOURCE_TYPES;

const TYPES = [
  RESOURCE_TYPES.configMap,
  RESOURCE_TYPES.secret,
  RESOURCE_TYPES.service,
  RESOURCE_TYPES.serviceAccount,
  RESOURCE_TYPES.resourceQuota,
  RESOURCE_TYPES.limitRange,
  RESOURCE_TYPES.networkPolicy,
  RESOURCE_TYPES.deployment,
  RESOURCE_TYPES.replicaSet,
  RESOURCE_TYPES.statefulSet,
  RESOURCE_TYPES.job,
] as const;

/**
 * Every object of an environment but its pods, whose names are random, and its Environment: without what
 * differs from one life to the next. The generation of an object stays: it tells how often it was changed.
 */
export async function snapshotOf(
  api: KubeApi,
  environment: string,
  namespace: string,
): Promise<Readonly<Record<string, unknown>>> {
  const lists = await Promise.all(TYPES.map((type) => api.list(type, { namespace })));
  const objects = lists.flatMap(({ items }, index) =>
    items.map((object): [string, unknown] => [
      `${TYPES[index]?.kind ?? ''} ${normalName(object)}`,
      normalised(object),
    ]),
  );
  const around = [
    await api.get(NAMESPACE, { name: namespace }),
    ...(await api.list(ENVIRONMENT, { labelSelector: `offshoot.dev/environment=${environment}` }))
      .items,
  ];
  const pods = (await api.list(POD, { namespace })).items.map(
    ({ metadata }) => metadata.labels?.['offshoot.dev/component'] ?? '',
  );
  const all = {
    ...Object.fromEntries(objects),
    pods: pods.toSorted(compareText),
    around: around.map(normalised),
  };
  return JSON.parse(
    JSON.stringify(all).replaceAll(namespace, 'NAMESPACE').replaceAll(environment, 'ENVIRONMENT'),
  ) as Record<string, unknown>;

  function normalName(object: KubeObject): string {
    return withoutPodHash(object, object.metadata.name)
      .replaceAll(environment, 'ENVIRONMENT')
      .replaceAll(HASH_OF_JOBS, '--HASH');
  }
}

/** A ReplicaSet's name ends with the hash of its pods, which has up to ten characters, rarely as few as seven. */
function withoutPodHash({ metadata }: KubeObject, text: string): string {
  const hash = metadata.labels?.['pod-template-hash'];
  return hash === undefined ? text : text.replaceAll(`-${hash}`, '-HASH');
}

/** Of metadata, or set by the cluster. */
const OWN_OF_A_LIFE = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'status',
  'clusterIP',
  'clusterIPs',
  'request',
  'plan',
  'pod-template-hash',
]);
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu;
const DIGEST = /\b[0-9a-f]{12,64}\b/gu;
/** Of a Service, where a pod names it. */
const ADDRESS = /"ip":"[\d.]+"/gu;
/** Of the run of a Job's fingerprint. */
const HASH_OF_JOBS = /--[0-9a-f]{8}\b/gu;
const INSTANT = /\d{4}-\d\d-\d\dT[\d:.]+Z/gu;

function normalised(object: KubeObject | null): unknown {
  if (object === null) return null;
  const text = JSON.stringify(object, (key, value: unknown) =>
    OWN_OF_A_LIFE.has(key) ? undefined : value,
  );
  return JSON.parse(
    withoutPodHash(object, text)
      .replaceAll(UUID, 'UUID')
      .replaceAll(DIGEST, 'DIGEST')
      .replaceAll(INSTANT, 'INSTANT')
      .replaceAll(ADDRESS, '"ip":"ADDRESS"')
      .replaceAll(HASH_OF_JOBS, '--HASH'),
  );
}

/** What of an installation is left outside of the namespaces of environments, but for its history. */
export async function leftovers(
  api: KubeApi,
  prefix: string,
  controlNamespace: string,
): Promise<readonly string[]> {
  const [namespaces, environments, reports, leases, configMaps] = await Promise.all([
    api.list(NAMESPACE),
    api.list(ENVIRONMENT, { labelSelector: `offshoot.dev/installation=${controlNamespace}` }),
    api.list(RESOURCE_TYPES.report),
    api.list(RESOURCE_TYPES.lease, { namespace: controlNamespace }),
    api.list(RESOURCE_TYPES.configMap, { namespace: controlNamespace }),
  ]);
  const names = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;
  return [
    ...namespaces.items.filter(
      ({ metadata: { name } }) => name.startsWith(`${prefix}-`) && name !== controlNamespace,
    ),
    ...environments.items,
    ...reports.items,
    ...leases.items.filter(({ metadata }) => metadata.name !== 'offshoot-controller'),
    ...configMaps.items.filter(({ metadata }) => !isHistory(metadata)),
  ].map(names);
}

/** Events, what was seen of branches and found of the cluster, records of lives that are over, and what these own. */
function isHistory({ name, ownerReferences = [] }: KubeObject['metadata']): boolean {
  const isKept = ['events', 'branches-', 'offshoot-preflight', 'past-', 'kube-root-ca.crt'].some(
    (one) => name.startsWith(one),
  );
  return isKept || ownerReferences.some((owner) => owner.kind === 'ConfigMap');
}
