import type { Amounts, WorkloadFacts } from '../../../domain/health/facts.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { listAt, numberAt, textAt, valueAt } from '../client/read-object.ts';
import { amountsOf, needsOf } from './amounts.ts';
import type { Intern } from './interner.ts';
import { statusConditions } from './reduce-conditions.ts';

const CONDITIONS = [
  { type: 'Progressing', toldWhen: null },
  { type: 'Available', toldWhen: null },
  { type: 'ReplicaFailure', toldWhen: 'True' },
] as const;

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';

/** The three kinds count the same things under different names. */
const COUNTS = {
  Deployment: { updated: 'updatedReplicas', available: 'availableReplicas', total: 'replicas' },
  StatefulSet: { updated: 'updatedReplicas', available: 'availableReplicas', total: 'replicas' },
  DaemonSet: {
    updated: 'updatedNumberScheduled',
    available: 'numberAvailable',
    total: 'currentNumberScheduled',
  },
} as const;

export function reduceWorkload(
  kind: WorkloadFacts['kind'],
  object: KubeObject,
  intern: Intern,
): WorkloadFacts {
  const { metadata } = object;
  const count = (name: string): number => numberAt(object, 'status', name) ?? 0;
  const names = COUNTS[kind];
  const podSpec = valueAt(object, 'spec', 'template', 'spec');
  return {
    kind,
    name: metadata.name,
    generation: metadata.generation ?? 0,
    observedGeneration: count('observedGeneration'),
    desired:
      kind === 'DaemonSet'
        ? count('desiredNumberScheduled')
        : (numberAt(object, 'spec', 'replicas') ?? 1),
    updated: count(names.updated),
    available: count(names.available),
    total: count(names.total),
    revision: intern(revisionOf(kind, object)),
    conditions: statusConditions(object, CONDITIONS, intern),
    asked: askedOf(podSpec, intern),
    needs: needsOf(podSpec),
  };
}

function revisionOf(kind: WorkloadFacts['kind'], object: KubeObject): string {
  if (kind === 'Deployment') return object.metadata.annotations?.[REVISION_ANNOTATION] ?? '';
  return textAt(object, 'status', 'updateRevision') ?? '';
}

function askedOf(podSpec: unknown, intern: Intern): Readonly<Record<string, Amounts>> {
  return Object.fromEntries(
    listAt(podSpec, 'containers').map((container) => [
      intern(textAt(container, 'name') ?? ''),
      amountsOf(valueAt(container, 'resources', 'limits')),
    ]),
  );
}
