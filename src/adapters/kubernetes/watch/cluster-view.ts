import type { PlatformEvent } from '../../../domain/calls/report.ts';
import type { ObservedTask } from '../../../domain/plan/task-states.ts';
import type { KubeObject, ObjectRef, ResourceType } from '../client/kube-object.ts';

/**
 * What this process sees of the cluster: one watch per kind, shared by all environments, each object
 * reduced on arrival to what is read of it.
 */
export interface ClusterView {
  /** Resolves once every kind was listed; rejects when one may not be. */
  readonly ready: Promise<void>;
  /** What the objects of one environment say about its Tasks, by the rules of `domain/health`. */
  observe(environment: string): readonly SeenTask[];
  /** The same of one Task alone; null when it has to be applied. Costs nothing where nothing changed. */
  observeTask(environment: string, task: string): SeenTask | null;
  /** Calls back when anything of that environment changed; returns how to stop listening. */
  onChange(environment: string, listener: () => void): () => void;
  /** Every object of the environment that a Task made; for pruning and for finding what is left. */
  objectsOf(environment: string): readonly SeenObject[];
  /** What one Task of it made. */
  objectsOfTask(environment: string, task: string): readonly SeenObject[];
  /** The object of that name, if it is one of the environment. */
  find(environment: string, type: ResourceType, ref: ObjectRef): SeenObject | null;
  /** Pods of one component (or of one Task's job), newest first. */
  podsOf(environment: string, component: string): readonly SeenPod[];
  /** What happened to pods of the environment, oldest first, bounded per environment. */
  platformEvents(environment: string, fromUs: number, toUs: number): readonly PlatformEvent[];
  /**
   * What the API server has answered to a write: seen at once, without waiting for the watch. What others
   * have written into an object that was just applied is none of ours, and no reason to apply it again.
   */
  accept(type: ResourceType, object: KubeObject): void;
  /** A deletion was accepted: the object (of this uid, when one is named) counts as going from now on. */
  acceptDeletion(type: ResourceType, ref: ObjectRef, uid: string | null): void;
  close(): Promise<void>;
}

/** An observation, and for a failure whose last lines say why. */
export interface SeenTask extends ObservedTask {
  readonly evidenceOf?: {
    readonly ref: ObjectRef;
    readonly container: string;
    /** Lines of the run before the present one. */
    readonly isPrevious: boolean;
  };
}

export interface SeenObject {
  readonly type: ResourceType;
  readonly ref: ObjectRef;
  readonly uid: string;
  /** Id of the Task that made it; null for what Kubernetes made of it. */
  readonly task: string | null;
  readonly isDeleting: boolean;
}

export interface SeenPod {
  readonly ref: ObjectRef;
  readonly component: string;
  readonly phase: string;
  readonly isReady: boolean;
  readonly containers: readonly string[];
  /** A container has ended at least once, so that there is a log of the run before. */
  readonly hasRestarted: boolean;
}
