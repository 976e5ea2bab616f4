import type { ConditionFacts, ObjectFacts } from '../../../domain/health/facts.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { listAt, numberAt, textAt, valueAt } from '../client/read-object.ts';
import { needsOf, quotaAmounts } from './amounts.ts';
import type { Intern } from './interner.ts';
import { instantOf, reduceConditions, statusConditions } from './reduce-conditions.ts';
import { REVISION_ANNOTATION } from './reduce-workload.ts';

const JOB_CONDITIONS = [
  { type: 'Complete', toldWhen: null },
  { type: 'Failed', toldWhen: null },
] as const;

const REPLICA_SET_CONDITIONS = [{ type: 'ReplicaFailure', toldWhen: 'True' }] as const;

const NAMESPACE_CONDITIONS = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
].map((type) => ({ type, toldWhen: 'True' }) as const);

const ROUTE_CONDITIONS = [
  { type: 'Accepted', toldWhen: 'False' },
  { type: 'ResolvedRefs', toldWhen: 'False' },
] as const;

type Reduce = (object: KubeObject, name: string, intern: Intern) => ObjectFacts;

const BY_KIND: ReadonlyMap<string, Reduce> = new Map<string, Reduce>([
  [
    'ReplicaSet',
    (object, name, intern) => ({
      kind: 'ReplicaSet',
      name,
      revision: intern(object.metadata.annotations?.[REVISION_ANNOTATION] ?? ''),
      conditions: statusConditions(object, REPLICA_SET_CONDITIONS, intern),
    }),
  ],
  [
    'Job',
    (object, name, intern) => ({
      kind: 'Job',
      name,
      conditions: statusConditions(object, JOB_CONDITIONS, intern),
      finishedMs: instantOf(textAt(object, 'status', 'completionTime')),
      needs: needsOf(valueAt(object, 'spec', 'template', 'spec')),
    }),
  ],
  [
    'Service',
    (object, name, intern) => ({
      kind: 'Service',
      name,
      type: intern(textAt(object, 'spec', 'type') ?? ''),
      hasAddress: listAt(object, 'status', 'loadBalancer', 'ingress').length > 0,
    }),
  ],
  [
    'EndpointSlice',
    (object, name) => ({ kind: 'EndpointSlice', name, readyCount: readyCountOf(object) }),
  ],
  [
    'HTTPRoute',
    (object, name, intern) => ({ kind: 'HTTPRoute', name, parents: parentsOf(object, intern) }),
  ],
  [
    'PersistentVolumeClaim',
    (object, name, intern) => ({
      kind: 'PersistentVolumeClaim',
      name,
      phase: intern(textAt(object, 'status', 'phase') ?? ''),
    }),
  ],
  [
    'Namespace',
    (object, name, intern) => ({
      kind: 'Namespace',
      name,
      phase: intern(textAt(object, 'status', 'phase') ?? ''),
      conditions: statusConditions(object, NAMESPACE_CONDITIONS, intern),
    }),
  ],
  [
    'ResourceQuota',
    (object, name) => ({
      kind: 'ResourceQuota',
      name,
      wanted: Object.keys(quotaAmounts(valueAt(object, 'spec', 'hard'))),
      hard: quotaAmounts(valueAt(object, 'status', 'hard')),
      used: quotaAmounts(valueAt(object, 'status', 'used')),
    }),
  ],
]);

/** Facts of kinds that say all about themselves; of any other only that it is there. */
export function reduceSimple(object: KubeObject, intern: Intern): ObjectFacts {
  const { name } = object.metadata;
  return BY_KIND.get(object.kind)?.(object, name, intern) ?? { kind: 'Other', name };
}

function readyCountOf(object: KubeObject): number {
  return listAt(object, 'endpoints').filter(
    (endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false,
  ).length;
}

/** What a gateway said of an older generation is not believed. */
function parentsOf(object: KubeObject, intern: Intern): readonly (readonly ConditionFacts[])[] {
  const generation = object.metadata.generation ?? 0;
  return listAt(object, 'status', 'parents').map((parent) => {
    const conditions = listAt(parent, 'conditions').filter(
      (condition) => (numberAt(condition, 'observedGeneration') ?? generation) >= generation,
    );
    return reduceConditions(conditions, ROUTE_CONDITIONS, intern);
  });
}
