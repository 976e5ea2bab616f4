import { settleInParallel } from '../../../application/revisions/in-parallel.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { listAt, textAt, valueAt } from '../client/read-object.ts';
import type { Site } from './site.ts';

/**
 * Why a namespace does not go, for whoever can do something about it: the API service that does not answer,
 * the object with a finalizer that nobody takes away, the pod that does not end.
 */

type Api = Pick<Site, 'api'>['api'];

/** Types of conditions of a namespace that say why it does not go. */
const WHY: ReadonlySet<string> = new Set([
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
]);
/** Those that say no more than objects which are found. */
const ABOUT_OBJECTS: ReadonlySet<string> = new Set([
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
]);

/** Kinds that are asked for at once. */
const LISTS_AT_ONCE = 8;
const OBJECTS_MAX = 20;

/** @returns At least one reason. */
export async function stuckReasons(
  { api }: Pick<Site, 'api'>,
  namespace: KubeObject,
): Promise<readonly string[]> {
  const { name } = namespace.metadata;
  const conditions = listAt(namespace, 'status', 'conditions').filter(
    (condition) =>
      WHY.has(textAt(condition, 'type') ?? '') && textAt(condition, 'status') === 'True',
  );
  // Not only where the conditions speak of them: while a pod ends they all say that nothing is left.
  const down = await downServices(api);
  const objects = await remainingObjects(api, { namespace: name, down });
  const told = conditions.filter(
    (condition) => objects.length === 0 || !ABOUT_OBJECTS.has(textAt(condition, 'type') ?? ''),
  );
  const reasons = [
    ...down.map(({ text }) => text),
    ...objects,
    ...told.map(
      (condition) =>
        `namespace "${name}": ${textAt(condition, 'reason') ?? ''}: ${textAt(condition, 'message') ?? ''}`,
    ),
  ];
  return reasons.length === 0 ? [`namespace "${name}"`] : reasons;
}

interface DownService {
  /** `metrics.k8s.io/v1beta1`. */
  readonly apiVersion: string;
  readonly text: string;
}

/** What answers for a group of the API and does not: no namespace goes while one is missing. */
async function downServices(api: Api): Promise<readonly DownService[]> {
  const services = await read(api, '/apis/apiregistration.k8s.io/v1/apiservices');
  return listAt(services, 'items').flatMap((service) => {
    const available = listAt(service, 'status', 'conditions').find(
      (condition) => textAt(condition, 'type') === 'Available',
    );
    if (textAt(available, 'status') !== 'False') return [];
    const name = String(valueAt(service, 'metadata', 'name'));
    const why = textAt(available, 'reason') ?? 'unknown';
    const apiVersion = `${textAt(service, 'spec', 'group') ?? ''}/${textAt(service, 'spec', 'version') ?? ''}`;
    return [{ apiVersion, text: `API service "${name}" does not answer (${why})` }];
  });
}

/**
 * Objects that hold the namespace, of every kind that may be listed. Pods that end need no more than time, and
 * before they have ended nothing else is looked at by anybody.
 */
async function remainingObjects(
  api: Api,
  { namespace, down }: { readonly namespace: string; readonly down: readonly DownService[] },
): Promise<readonly string[]> {
  const ending = await endingPods(api, namespace);
  if (ending.length > 0) return atMost(ending);
  const types = await listableTypes(api, new Set(down.map(({ apiVersion }) => apiVersion)));
  const found = await each(types, async (type) => {
    const { items } = await api.list(type, { namespace, metadataOnly: true });
    return items.flatMap((object) => holding(type, object));
  });
  return atMost(found);
}

/** Of pods without a finalizer, which go when their node says that they have ended. */
async function endingPods(api: Api, namespace: string): Promise<readonly string[]> {
  const pods = await each([RESOURCE_TYPES.pod], async (type) => {
    return (await api.list(type, { namespace, metadataOnly: true })).items;
  });
  const isFree = ({ metadata }: KubeObject): boolean => (metadata.finalizers ?? []).length === 0;
  return pods.filter(isFree).map(({ metadata }) => `Pod "${metadata.name}" has not ended yet`);
}

/** An object without a finalizer goes by itself. */
function holding({ kind }: ResourceType, { metadata }: KubeObject): readonly string[] {
  const { name, finalizers = [] } = metadata;
  if (finalizers.length === 0) return [];
  const names = finalizers.map((finalizer) => `"${finalizer}"`).join(', ');
  return [`${kind} "${name}" is held by the finalizer ${names}`];
}

function atMost(texts: readonly string[]): readonly string[] {
  const more = texts.length - OBJECTS_MAX;
  return more > 0 ? [...texts.slice(0, OBJECTS_MAX), `${more} more objects`] : texts;
}

/** Namespaced kinds in the version that the API server prefers, but for groups that do not answer. */
async function listableTypes(
  api: Api,
  down: ReadonlySet<string>,
): Promise<readonly ResourceType[]> {
  const groups = listAt(await read(api, '/apis'), 'groups');
  const preferred = groups.flatMap(
    (group) => textAt(group, 'preferredVersion', 'groupVersion') ?? [],
  );
  const paths = [
    '/api/v1',
    ...preferred.filter((version) => !down.has(version)).map((version) => `/apis/${version}`),
  ];
  return await each(paths, async (path) => {
    const list = await read(api, path);
    const apiVersion = textAt(list, 'groupVersion') ?? '';
    return listAt(list, 'resources').flatMap((resource): readonly ResourceType[] => {
      const plural = textAt(resource, 'name') ?? '';
      const isNamespaced = valueAt(resource, 'namespaced') === true;
      const verbs = new Set(listAt(resource, 'verbs'));
      const isKept = isNamespaced && verbs.has('list') && verbs.has('delete');
      if (!isKept || plural.includes('/') || plural === RESOURCE_TYPES.event.plural) return [];
      return [{ apiVersion, kind: textAt(resource, 'kind') ?? '', plural, isNamespaced }];
    });
  });
}

/** What may not be listed, or does not answer, is left out. */
async function each<Item, Result>(
  items: readonly Item[],
  look: (item: Item) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const outcomes = await settleInParallel(items, LISTS_AT_ONCE, look);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

/** Null for what may not be read, or is not there: what is known without it is told. */
async function read(api: Api, path: string): Promise<unknown> {
  const answer = await api.request({ method: 'GET', path }).catch(() => null);
  return answer !== null && answer.status < 300 ? answer.body : null;
}
