import { isDeepStrictEqual } from 'node:util';
import type { TaskOrder } from '../../../application/ports/engine.ts';
import { OperationError } from '../../../domain/errors.ts';
import { KubeApiError } from '../client/kube-api.ts';
import type { KubeObject, ObjectRef } from '../client/kube-object.ts';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '../labels.ts';
import type { RenderedObject } from '../render/rendering.ts';
import { failureOf, reported } from './api-failures.ts';
import { listAt, textAt, valueAt } from '../client/read-object.ts';
import type { Site } from './site.ts';
import { tookOver } from './take-over.ts';

/**
 * Makes one rendered object the truth, whatever is there under its name.
 *
 * Ours is applied by force. What cannot be changed in place is deleted first: Jobs that are not this
 * order's, and objects with another value in a field that never changes.
 */
export async function place(
  site: Site,
  order: TaskOrder,
  rendered: RenderedObject,
): Promise<KubeObject> {
  const what = nameOf(rendered);
  if (rendered.type.kind === 'Job') {
    const live = await clearJob(site, order, rendered);
    if (live !== null) return live;
  }
  try {
    return await applyOwn(site, order, rendered);
  } catch (error) {
    const isMadeFit =
      (await isReplaced(site, rendered, error)) ||
      (await tookOver(site, { type: rendered.type, ref: refOf(rendered) }, error));
    if (!isMadeFit) throw failureOf(error, what);
    return await reported(what, () => site.api.apply(rendered.type, rendered.object, FORCE));
  }
}

const FORCE = { force: true } as const;

/** How long a deleted object may take until its name is free. Unit: milliseconds. */
const GONE_TIMEOUT_MS = 20_000;
const GONE_POLL_MS = 100;

function nameOf({ type, object }: RenderedObject): string {
  return `${type.kind} "${object.metadata.name}"`;
}

function refOf({ type, object }: RenderedObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return type.isNamespaced && namespace !== undefined ? { namespace, name } : { name };
}

/**
 * What the view knows as this environment's is ours by its labels. Anything else is applied without force
 * first: a conflict means that somebody else made an object of that name.
 */
async function applyOwn(
  site: Site,
  { plan }: TaskOrder,
  rendered: RenderedObject,
): Promise<KubeObject> {
  const { type, object } = rendered;
  const ref = refOf(rendered);
  const isKnown = site.view().find(plan.environment, type, ref) !== null;
  if (isKnown) return await site.api.apply(type, object, FORCE);
  try {
    return await site.api.apply(type, object);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 409) throw error;
    const live = await site.api.get(type, ref);
    if (live !== null && !isOurs(live, plan.environment)) {
      throw new OperationError(
        'NAME_COLLISION',
        `${nameOf(rendered)} exists in the environment's namespace and was made by somebody else`,
        { cause: error },
      );
    }
    return await site.api.apply(type, object, FORCE);
  }
}

function isOurs({ metadata: { labels = {} } }: KubeObject, environment: string): boolean {
  return labels[LABELS.managedBy] === MANAGED_BY && labels[LABELS.environment] === environment;
}

/**
 * Makes room for a Job. A Job runs once: what has this fingerprint and generation stays as it is, and so
 * does what succeeded with this fingerprint; anything else goes, also what has filled a datastore that is
 * no longer there.
 *
 * @returns The Job that stays; null when there is none.
 */
async function clearJob(
  site: Site,
  { task, generation }: TaskOrder,
  rendered: RenderedObject,
): Promise<KubeObject | null> {
  const live = await reported(nameOf(rendered), () => site.api.get(rendered.type, refOf(rendered)));
  if (live === null) return null;
  const annotations = live.metadata.annotations ?? {};
  const wanted = rendered.object.metadata.annotations ?? {};
  const isSame =
    annotations[ANNOTATIONS.fingerprint] === task.fingerprint &&
    annotations[ANNOTATIONS.store] === wanted[ANNOTATIONS.store];
  const isEnding = live.metadata.deletionTimestamp !== undefined;
  if (isSame && !isEnding) {
    if (annotations[ANNOTATIONS.generation] === String(generation)) return live;
    if (hasSucceeded(live)) return await annotate(site, rendered, generation);
  }
  await deleteAndWait(site, rendered, live);
  return null;
}

/** Only the generation of a Job that is done is new. */
async function annotate(
  site: Site,
  rendered: RenderedObject,
  generation: number,
): Promise<KubeObject> {
  const patch = { metadata: { annotations: { [ANNOTATIONS.generation]: String(generation) } } };
  return await reported(nameOf(rendered), () =>
    site.api.patch(rendered.type, refOf(rendered), patch),
  );
}

function hasSucceeded(job: KubeObject): boolean {
  return listAt(job, 'status', 'conditions').some(
    (condition) =>
      textAt(condition, 'type') === 'Complete' && textAt(condition, 'status') === 'True',
  );
}

/** Fields that the API never changes, by kind. */
const IMMUTABLE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Deployment: [['spec', 'selector']],
  StatefulSet: [
    ['spec', 'selector'],
    ['spec', 'serviceName'],
    ['spec', 'podManagementPolicy'],
    ['spec', 'volumeClaimTemplates'],
  ],
  DaemonSet: [['spec', 'selector']],
  Service: [['spec', 'clusterIP']],
  ConfigMap: [['immutable'], ['data'], ['binaryData']],
  Secret: [['immutable'], ['type'], ['data'], ['stringData']],
  EndpointSlice: [['addressType']],
};

/** Whether an object was refused for what cannot be changed in place, and is deleted now. */
async function isReplaced(site: Site, rendered: RenderedObject, error: unknown): Promise<boolean> {
  if (!(error instanceof KubeApiError) || error.status !== 422) return false;
  const paths = IMMUTABLE[rendered.type.kind];
  if (paths === undefined) return false;
  const live = await site.api.get(rendered.type, refOf(rendered));
  if (live === null) return false;
  const differs = paths.some(
    (path) => !agrees(valueAt(live, ...path), valueAt(rendered.object, ...path)),
  );
  if (!differs) return false;
  await deleteAndWait(site, rendered, live);
  return true;
}

/** Whether everything wanted is there; the API adds defaults of its own. */
function agrees(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, index) => agrees(live[index], item))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return isDeepStrictEqual(live, wanted);
  return Object.entries(wanted).every(([key, value]) => agrees(valueAt(live, key), value));
}

async function deleteAndWait(
  site: Site,
  rendered: RenderedObject,
  live: KubeObject,
): Promise<void> {
  const { type } = rendered;
  const ref = refOf(rendered);
  const { uid } = live.metadata;
  await reported(nameOf(rendered), () =>
    site.api.delete(type, ref, {
      propagation: 'Background',
      ...(uid === undefined ? {} : { uid }),
    }),
  );
  site.view().acceptDeletion(type, ref, uid ?? null);
  const endMs = site.clock.nowMs() + GONE_TIMEOUT_MS;
  for (;;) {
    const found = await reported(nameOf(rendered), () => site.api.get(type, ref));
    if (found === null || found.metadata.uid !== uid) return;
    if (site.clock.nowMs() >= endMs) {
      throw new OperationError(
        'REMOVAL_INCOMPLETE',
        `${nameOf(rendered)} is to be replaced and does not go`,
      );
    }
    await site.clock.sleep(GONE_POLL_MS);
  }
}
