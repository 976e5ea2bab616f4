import type { KubeObject, ObjectMeta, ResourceType } from '../client/kube-object.ts';
import { ANNOTATIONS, LABELS } from '../labels.ts';
import { foreignFieldsOf } from './foreign-fields.ts';
import type { Intern } from './interner.ts';
import { reducePod } from './reduce-pod.ts';
import { reduceSimple } from './reduce-simple.ts';
import { reduceWorkload } from './reduce-workload.ts';
import { instantOf } from './reduce-conditions.ts';
import { versionOf, type FactsContext, type Seen, type SeenOrder } from './seen.ts';

export interface ReduceContext {
  /** What was known of the object before. */
  readonly previous: Seen | null;
  readonly nowMs: number;
  readonly intern: Intern;
}

/**
 * An object as it is kept: the fields that are read, nothing else.
 *
 * Null for what is of no environment. What is known of the same object before is carried on: that it is
 * being deleted never ends, and since when something is so may only be known to who saw it begin.
 */
export function reduceObject(
  type: ResourceType,
  object: KubeObject,
  { previous, nowMs, intern }: ReduceContext,
): Seen | null {
  const { metadata } = object;
  const environment = metadata.labels?.[LABELS.environment];
  if (environment === undefined) return null;
  const before = previous?.uid === metadata.uid ? previous : null;
  const owner = ownerOf(metadata);
  const order = owner === null ? orderOf(metadata, intern) : null;
  return {
    type,
    ...identityOf(metadata, nowMs, intern),
    environment: intern(environment),
    order: keptOrder(before?.order ?? null, order),
    owner,
    ...changesOf(metadata, order, before),
    appliedMs: appliedMsOf(before, order, nowMs),
    facts: factsOf(object, { before, nowMs, intern }),
  };
}

type Identity = 'uid' | 'name' | 'namespace' | 'version' | 'component' | 'createdMs';

function identityOf(metadata: ObjectMeta, nowMs: number, intern: Intern): Pick<Seen, Identity> {
  const { uid = '', name, namespace = '', resourceVersion, labels } = metadata;
  const component = labels?.[LABELS.component];
  return {
    uid,
    name,
    namespace: intern(namespace),
    version: versionOf(resourceVersion),
    component: component === undefined ? null : intern(component),
    createdMs: instantOf(metadata.creationTimestamp) ?? nowMs,
  };
}

/** What others did to it. A deletion that has begun never ends otherwise. */
function changesOf(
  metadata: ObjectMeta,
  order: SeenOrder | null,
  before: Seen | null,
): Pick<Seen, 'isDeleting' | 'foreign' | 'tolerated'> {
  return {
    isDeleting: metadata.deletionTimestamp !== undefined || before?.isDeleting === true,
    foreign: order === null ? '' : foreignFieldsOf(metadata.managedFields),
    tolerated: before?.tolerated ?? '',
  };
}

/** Uid of the controller that made it; what the Environment owns is made by Offshoot. */
function ownerOf({ ownerReferences = [] }: ObjectMeta): string | null {
  const owner = ownerReferences.find(({ controller }) => controller === true);
  return owner === undefined || owner.apiVersion.startsWith('offshoot.dev/') ? null : owner.uid;
}

/** The same order in one copy. */
function keptOrder(before: SeenOrder | null, order: SeenOrder | null): SeenOrder | null {
  return before !== null && order !== null && isSameOrder(before, order) ? before : order;
}

function factsOf(object: KubeObject, context: FactsContext): Seen['facts'] {
  switch (object.kind) {
    case 'Pod':
      return reducePod(object, context);
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return reduceWorkload(object.kind, object, context.intern);
    default:
      return reduceSimple(object, context.intern);
  }
}

function orderOf({ annotations = {} }: ObjectMeta, intern: Intern): SeenOrder | null {
  const task = annotations[ANNOTATIONS.task];
  if (task === undefined) return null;
  return {
    task: intern(task),
    fingerprint: intern(annotations[ANNOTATIONS.fingerprint] ?? ''),
    generation: Number(annotations[ANNOTATIONS.generation] ?? 0),
    objects: Number(annotations[ANNOTATIONS.objects] ?? 1),
    unavailable: intern(annotations[ANNOTATIONS.unavailable] ?? ''),
    store: intern(annotations[ANNOTATIONS.store] ?? ''),
  };
}

function isSameOrder(a: SeenOrder, b: SeenOrder): boolean {
  return begunAlike(a, b) && a.generation === b.generation && a.objects === b.objects;
}

/** A newer generation alone begins nothing anew. */
function begunAlike(a: SeenOrder, b: SeenOrder): boolean {
  const isSameWork = a.fingerprint === b.fingerprint && a.store === b.store;
  return a.task === b.task && isSameWork && a.unavailable === b.unavailable;
}

function appliedMsOf(before: Seen | null, order: SeenOrder | null, nowMs: number): number | null {
  if (before === null || order === null) return null;
  if (before.order !== null && begunAlike(before.order, order)) return before.appliedMs;
  return nowMs;
}
