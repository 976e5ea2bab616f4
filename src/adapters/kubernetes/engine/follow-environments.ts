import type { Clock } from '../../../application/ports/clock.ts';
import { clusterNameOf } from '../../../domain/naming/names.ts';
import { KubeApiError, type KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { FINALIZER, LABELS } from '../labels.ts';
import { nameOf } from '../resources/environment-object.ts';
import { reported } from './api-failures.ts';

/**
 * The Environments of one installation as its controller follows them: names only, what is true is in the
 * store. Those of other installations on the same cluster have plans that it cannot read.
 */

export interface EnvironmentListener {
  /** The control namespace. */
  readonly installation: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Of every state of one, also before the others are told; with false when it is gone. */
  readonly onObject: (object: KubeObject, isThere: boolean) => void;
  /** There is one, or something other than its status has changed. */
  readonly onEnvironment: (name: string) => void;
  readonly onGone: (name: string) => void;
  /** A test run was asked for. */
  readonly onTestRequest: (environment: string) => void;
  /** A list or a watch has failed; it begins anew. */
  readonly onTrouble: (error: unknown) => void;
}

const { environment: ENVIRONMENT, report: REPORT } = RESOURCE_TYPES;
const PAUSE_FIRST_MS = 200;
const PAUSE_MAX_MS = 10_000;

/** Follows until the signal aborts. Requests for test runs ring for their environment too. */
export async function followEnvironments(
  api: KubeApi,
  listener: EnvironmentListener,
): Promise<void> {
  const labelSelector = `${LABELS.installation}=${listener.installation}`;
  await Promise.all([
    followType(api, { type: ENVIRONMENT, labelSelector }, listener, environments(listener)),
    followType(api, { type: REPORT, labelSelector }, listener, (type, object) => {
      const environment = object.metadata.labels?.[LABELS.environment];
      if (type === 'ADDED' && environment !== undefined) listener.onTestRequest(environment);
    }),
  ]);
}

type OnObject = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject) => void;

/** Tells of a change only when it is not of the status: that is the follower's own. */
function environments({ onObject, onEnvironment, onGone }: EnvironmentListener): OnObject {
  const seen = new Map<string, string>();
  return (type, object) => {
    onObject(object, type !== 'DELETED');
    const { metadata } = object;
    const name = nameOf(object);
    const { uid, generation, deletionTimestamp } = metadata;
    if (type === 'DELETED') {
      seen.delete(name);
      onGone(name);
      return;
    }
    const version = [uid, generation, deletionTimestamp].join();
    if (seen.get(name) === version) return;
    seen.set(name, version);
    onEnvironment(name);
  };
}

interface Followed {
  readonly type: typeof ENVIRONMENT;
  readonly labelSelector: string;
}

async function followType(
  api: KubeApi,
  followed: Followed,
  { signal, clock, onTrouble }: EnvironmentListener,
  onObject: OnObject,
): Promise<void> {
  let pauseMs = PAUSE_FIRST_MS;
  let present = new Map<string, KubeObject>();
  while (!signal.aborted) {
    try {
      const { type, labelSelector } = followed;
      const { items, resourceVersion } = await api.list(type, { labelSelector }, signal);
      present = tellDifference(present, items, onObject);
      pauseMs = PAUSE_FIRST_MS;
      await watch(api, { ...followed, resourceVersion, signal }, (event, object) => {
        if (event === 'DELETED') present.delete(object.metadata.name);
        else present.set(object.metadata.name, object);
        onObject(event, object);
      });
    } catch (error) {
      if (signal.aborted) return;
      const isExpired = error instanceof KubeApiError && error.status === 410;
      if (!isExpired) onTrouble(error);
    }
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
  }
}

/** What a list says beside what was there before. */
function tellDifference(
  before: ReadonlyMap<string, KubeObject>,
  items: readonly KubeObject[],
  onObject: OnObject,
): Map<string, KubeObject> {
  const listed = new Map(items.map((object) => [object.metadata.name, object]));
  for (const [name, object] of listed) onObject(before.has(name) ? 'MODIFIED' : 'ADDED', object);
  for (const [name, object] of before) if (!listed.has(name)) onObject('DELETED', object);
  return listed;
}

async function watch(
  api: KubeApi,
  {
    resourceVersion,
    signal,
    type,
    labelSelector,
  }: Followed & { readonly resourceVersion: string; readonly signal: AbortSignal },
  onObject: OnObject,
): Promise<void> {
  let version = resourceVersion;
  while (!signal.aborted) {
    const query = { labelSelector, resourceVersion: version };
    for await (const event of api.watch(type, query, signal)) {
      version = event.object.metadata.resourceVersion ?? version;
      if (event.type !== 'BOOKMARK') onObject(event.type, event.object);
    }
  }
}

/**
 * Holds an Environment until everything of it is gone, also when it is deleted by `kubectl`.
 *
 * @returns False when there is none of that name.
 */
export async function addFinalizer(
  api: KubeApi,
  prefix: string,
  environment: string,
): Promise<boolean> {
  return await reported(`environment "${environment}"`, async () => {
    const name = clusterNameOf(prefix, environment);
    const object = await api.get(ENVIRONMENT, { name });
    if (object === null) return false;
    const { finalizers = [], resourceVersion, deletionTimestamp } = object.metadata;
    // Nothing may be added to what is being deleted; whoever finds it carries the removal out all the same.
    if (finalizers.includes(FINALIZER) || deletionTimestamp !== undefined) return true;
    await api.patch(
      ENVIRONMENT,
      { name },
      { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } },
    );
    return true;
  });
}
