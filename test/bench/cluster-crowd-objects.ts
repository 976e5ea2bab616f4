import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { LABELS } from '../../src/adapters/kubernetes/labels.ts';
import { render } from '../../src/adapters/kubernetes/render/render.ts';
import type { ClusterSettings } from '../../src/adapters/kubernetes/render/rendering.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';

/** Objects of an environment that runs, as an API server shows them: a made-up cluster, see `cluster-crowd.ts`. */

const CREATED = '2026-01-01T00:00:00Z';
const MANAGER = { operation: 'Apply', apiVersion: 'v1', time: CREATED, fieldsType: 'FieldsV1' };

export interface CrowdedEnvironment {
  readonly plan: Plan;
  readonly namespace: string;
  readonly settings: ClusterSettings;
}

/** All of one kind. Made anew at every call, so that nothing is kept here. */
export function* runningObjects(
  environment: CrowdedEnvironment,
  kind: string,
): Generator<KubeObject> {
  for (const object of renderedObjects(environment)) {
    if (object.kind === kind) yield live(object, STATUS[kind] ?? {});
    if (object.kind !== 'Deployment') continue;
    if (kind === 'ReplicaSet') yield replicaSetOf(object);
    if (kind === 'Pod') yield podOf(object);
  }
}

const STATUS: Readonly<Record<string, object>> = {
  Namespace: { status: { phase: 'Active' } },
  Deployment: {
    status: {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [condition('Available'), condition('Progressing')],
    },
  },
};

function condition(type: string): object {
  return { type, status: 'True', reason: type, lastTransitionTime: CREATED, message: 'as it is' };
}

function* renderedObjects({
  plan,
  namespace,
  settings,
}: CrowdedEnvironment): Generator<KubeObject> {
  const context = {
    namespace,
    environmentUid: null,
    settings,
    secrets: new Map(),
    files: new Map(),
    copied: null,
    baseline: null,
    clusterIps: new Map(),
    baselinePlaces: new Map(),
  };
  for (const task of plan.tasks) {
    const order = { plan, task, generation: 1, unavailable: [] };
    for (const { object } of render(order, context)) yield object;
  }
}

/** With what an API server adds. */
function live(object: KubeObject, more: object): KubeObject {
  const { name, namespace = '' } = object.metadata;
  const whole = {
    ...object,
    metadata: {
      ...object.metadata,
      uid: `${object.kind}-${namespace}-${name}`,
      resourceVersion: '1000',
      generation: 1,
      creationTimestamp: CREATED,
      managedFields: [{ ...MANAGER, manager: 'offshoot', fieldsV1: fieldsOf(object) }],
    },
    ...more,
  };
  // As it comes from the line: every text a copy of its own.
  return JSON.parse(JSON.stringify(whole)) as KubeObject;
}

function fieldsOf(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, within]) => [`f:${key}`, fieldsOf(within)]),
  );
}

function ownedBy(kind: string, deployment: KubeObject, name: string): KubeObject['metadata'] {
  const { namespace = '', labels = {} } = deployment.metadata;
  const ownerKind = kind === 'Pod' ? 'ReplicaSet' : 'Deployment';
  const ownerName = kind === 'Pod' ? `${deployment.metadata.name}-abc` : deployment.metadata.name;
  return {
    name,
    namespace,
    labels: { ...labels, 'pod-template-hash': 'abc' },
    annotations: { 'deployment.kubernetes.io/revision': '1' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: ownerKind,
        name: ownerName,
        uid: `${ownerKind}-${namespace}-${ownerName}`,
        controller: true,
      },
    ],
  };
}

function replicaSetOf(deployment: KubeObject): KubeObject {
  const metadata = ownedBy('ReplicaSet', deployment, `${deployment.metadata.name}-abc`);
  return live(
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: deployment['spec'] },
    { status: { replicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 } },
  );
}

function podOf(deployment: KubeObject): KubeObject {
  const { name, labels = {} } = deployment.metadata;
  const metadata = ownedBy('Pod', deployment, `${name}-abc-1`);
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition);
  const spec = deployment['spec'] as { readonly template: { readonly spec: object } };
  const status = {
    phase: 'Running',
    conditions,
    podIP: '10.0.0.1',
    startTime: CREATED,
    containerStatuses: [
      {
        name: labels[LABELS.component] ?? name,
        ready: true,
        restartCount: 0,
        started: true,
        image: 'registry.example/scale/service:1',
        state: { running: { startedAt: CREATED } },
      },
    ],
  };
  return live({ apiVersion: 'v1', kind: 'Pod', metadata, spec: spec.template.spec }, { status });
}
