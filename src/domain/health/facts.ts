/**
 * What health is judged by: of each object the few fields that are read, and nothing else. Instants are
 * milliseconds since the epoch.
 */

export interface ConditionFacts {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  /** For people only. */
  readonly message: string;
  readonly sinceMs: number | null;
}

/** Null where nothing is asked for or reported. */
export interface Amounts {
  readonly cpuMillis: number | null;
  readonly memoryBytes: number | null;
}

/** How a run of a container ended. */
export interface Termination {
  readonly exitCode: number;
  readonly reason: string;
  /** For people only; of a run that could not begin, what its runtime said. */
  readonly text: string;
  readonly startedMs: number;
  readonly finishedMs: number;
}

export interface ContainerFacts {
  readonly name: string;
  /** `sidecar`: an init container that keeps running. */
  readonly role: 'main' | 'init' | 'sidecar';
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Reason of a waiting container; empty otherwise. */
  readonly waiting: string;
  /** For people only. */
  readonly waitingText: string;
  /** When it was started; of one that waits for what fails, when that was first seen. */
  readonly sinceMs: number | null;
  readonly isReady: boolean;
  /** Runs that have ended. */
  readonly ends: number;
  /** Of the present run when it is over, else of the one before. */
  readonly last: Termination | null;
  /** How long its startup probe waits; null without one. */
  readonly startupMs: number | null;
  /** Limits that the kubelet reports for what runs; null when it reports none. */
  readonly given: Amounts | null;
}

export interface PodFacts {
  readonly kind: 'Pod';
  readonly name: string;
  readonly phase: string;
  readonly reason: string;
  /** For people only. */
  readonly message: string;
  readonly createdMs: number;
  readonly scheduled: ConditionFacts | null;
  readonly ready: ConditionFacts | null;
  readonly containers: readonly ContainerFacts[];
  /** `kubernetes.io/…` revision that it was made from; empty for a pod of its own. */
  readonly revision: string;
}

export interface WorkloadFacts {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly desired: number;
  readonly updated: number;
  readonly available: number;
  /** Of all revisions. */
  readonly total: number;
  /** Revision that is wanted now: its pods count, older ones do not. Empty when any does. */
  readonly revision: string;
  readonly conditions: readonly ConditionFacts[];
  /** Limits of the pod template by container. */
  readonly asked: Readonly<Record<string, Amounts>>;
  /** What one pod counts against a quota, by the quota's names. */
  readonly needs: Readonly<Record<string, number>>;
}

export interface ReplicaSetFacts {
  readonly kind: 'ReplicaSet';
  readonly name: string;
  readonly revision: string;
  readonly conditions: readonly ConditionFacts[];
}

export interface JobFacts {
  readonly kind: 'Job';
  readonly name: string;
  readonly conditions: readonly ConditionFacts[];
  readonly finishedMs: number | null;
  readonly needs: Readonly<Record<string, number>>;
}

export interface ServiceFacts {
  readonly kind: 'Service';
  readonly name: string;
  readonly type: string;
  readonly hasAddress: boolean;
}

export interface EndpointSliceFacts {
  readonly kind: 'EndpointSlice';
  readonly name: string;
  readonly readyCount: number;
}

export interface HttpRouteFacts {
  readonly kind: 'HTTPRoute';
  readonly name: string;
  /** Conditions of each gateway that has looked at this generation of it. */
  readonly parents: readonly (readonly ConditionFacts[])[];
}

export interface VolumeClaimFacts {
  readonly kind: 'PersistentVolumeClaim';
  readonly name: string;
  readonly phase: string;
}

export interface NamespaceFacts {
  readonly kind: 'Namespace';
  readonly name: string;
  readonly phase: string;
  readonly conditions: readonly ConditionFacts[];
}

/** Amounts by the quota's own names: thousandths of processors, bytes, counts. */
export interface QuotaFacts {
  readonly kind: 'ResourceQuota';
  readonly name: string;
  /** Asked for, by name. */
  readonly wanted: readonly string[];
  /** In force. */
  readonly hard: Readonly<Record<string, number>>;
  readonly used: Readonly<Record<string, number>>;
}

/** Anything else: being there is all that is asked of it. */
export interface OtherFacts {
  readonly kind: 'Other';
  readonly name: string;
}

export type ObjectFacts =
  | PodFacts
  | WorkloadFacts
  | ReplicaSetFacts
  | JobFacts
  | ServiceFacts
  | EndpointSliceFacts
  | HttpRouteFacts
  | VolumeClaimFacts
  | NamespaceFacts
  | QuotaFacts
  | OtherFacts;

/** Why something makes no pods: what its controller says of it. */
export interface CreationFailure {
  readonly sinceMs: number | null;
  /** For people only. */
  readonly message: string;
}

/** What belongs to the object that is judged. */
export interface Surroundings {
  readonly nowMs: number;
  /** Name that people know it by: the component's. */
  readonly title: string;
  /** Kind of the Task that made it: a Job that fails is a migration, a seed or a job. */
  readonly taskKind: string;
  /** Its pods that are not being deleted, of all revisions. */
  readonly pods: readonly PodFacts[];
  /** For a Deployment. */
  readonly replicaSets: readonly ReplicaSetFacts[];
  /** Warning of its controller that it could make no pod, newer than its newest pod. */
  readonly creationFailure: CreationFailure | null;
  /** Of the namespace. */
  readonly quotas: readonly QuotaFacts[];
}

export function conditionOf(
  conditions: readonly ConditionFacts[],
  type: string,
): ConditionFacts | null {
  return conditions.find((condition) => condition.type === type) ?? null;
}

export function isTrue(condition: ConditionFacts | null): boolean {
  return condition?.status === 'True';
}
