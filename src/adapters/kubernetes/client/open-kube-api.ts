import { FIELD_MANAGER } from '../labels.ts';
import { bodyOf, errorOf, isSuccess, objectOf, pageOf } from './answers.ts';
import type { Exchange } from './connection.ts';
import type { KubeConfigChoice } from './credentials.ts';
import { execInPod } from './exec.ts';
import { KubeApiError } from './kube-api.ts';
import type { KubeApi, KubeList, ListQuery, PodLogOptions, RawRequest } from './kube-api.ts';
import type { KubeObject, ObjectRef, ResourceType } from './kube-object.ts';
import { CLIENT_LIMITS } from './limits.ts';
import type { ClientLimits } from './limits.ts';
import { linesOf } from './lines.ts';
import { collectionPath, objectPath, selectors, withQuery } from './paths.ts';
import { Requests } from './requests.ts';
import { RESOURCE_TYPES } from './resource-types.ts';
import { watchEvents } from './watching.ts';

export interface KubeApiChoice extends KubeConfigChoice {
  /** Ends everything, like `close`. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ClientLimits>;
}

/** The page size of a list unless its query says another. */
const PAGE_SIZE = 500;

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const JSON_TYPE = 'application/json';

/**
 * The API of the cluster that a kubeconfig names. Sends nothing yet.
 *
 * @throws {OperationError} `CLUSTER_CONTEXT_UNKNOWN`
 */
export function openKubeApi(choice: KubeApiChoice = {}): KubeApi {
  const limits: ClientLimits = { ...CLIENT_LIMITS, ...choice.limits };
  const requests = new Requests(choice, limits, choice.signal);
  return {
    ...readingApi(requests),
    ...writingApi(requests),
    ...streamingApi(requests, limits),
    close: () => {
      requests.close();
      return Promise.resolve();
    },
  };
}

function readingApi(requests: Requests): Pick<KubeApi, 'get' | 'list' | 'request'> {
  return {
    get: async (type, ref, signal) => {
      const exchange = { method: 'GET', path: objectPath(type, ref) };
      const { answer } = await requests.send(exchange, 'safe', signal);
      return answer.status === 404 ? null : objectOf(answer, type);
    },
    list: async (type, query = {}, signal) => {
      try {
        return await listPages(requests, { type, query }, signal);
      } catch (error) {
        // The rest of a list that took too long is gone: once more, in one piece.
        if (!(error instanceof KubeApiError) || error.status !== 410) throw error;
        return await listPages(requests, { type, query: { ...query, pageSize: 0 } }, signal);
      }
    },
    request: async (request, signal) => {
      const repetition = request.method === 'GET' ? 'safe' : 'unsafe';
      const { answer } = await requests.send(rawExchange(request), repetition, signal);
      return { status: answer.status, headers: answer.headers, body: bodyOf(answer) };
    },
  };
}

async function listPages(
  requests: Requests,
  { type, query }: { readonly type: ResourceType; readonly query: ListQuery },
  signal: AbortSignal | undefined,
): Promise<KubeList> {
  const items: KubeObject[] = [];
  const limit = query.pageSize ?? PAGE_SIZE;
  let rest: string | undefined;
  for (;;) {
    const path = withQuery(collectionPath(type, query.namespace), {
      ...selectors(query),
      limit: limit === 0 ? undefined : limit,
      continue: rest,
    });
    const exchange = { method: 'GET', path, headers: { accept: acceptOf(query) } };
    const { answer } = await requests.send(exchange, 'safe', signal);
    const page = pageOf(answer, type);
    for (const item of page.items) items.push(item);
    if (page.rest === '') return { items, resourceVersion: page.resourceVersion };
    rest = page.rest;
  }
}

function acceptOf({ metadataOnly }: ListQuery): string {
  return metadataOnly === true
    ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    : JSON_TYPE;
}

function rawExchange({ method, path, body, contentType }: RawRequest): Exchange {
  return body === undefined
    ? { method, path }
    : { method, path, ...jsonBody(body, contentType ?? JSON_TYPE) };
}

function jsonBody(value: unknown, contentType: string): Pick<Exchange, 'body' | 'headers'> {
  return {
    body: Buffer.from(JSON.stringify(value)),
    headers: { 'content-type': contentType, accept: JSON_TYPE },
  };
}

type WritingApi = Pick<KubeApi, 'create' | 'apply' | 'replace' | 'patch' | 'delete'>;

function writingApi(requests: Requests): WritingApi {
  const fieldManager = FIELD_MANAGER;
  return {
    create: async (type, object) => {
      const path = withQuery(collectionPath(type, object.metadata.namespace), { fieldManager });
      const exchange = { method: 'POST', path, ...jsonBody(object, JSON_TYPE) };
      const { answer } = await requests.send(exchange, 'unsafe');
      return objectOf(answer, type);
    },
    apply: async (type, object, options = {}) => {
      const path = withQuery(objectPath(type, object.metadata, options.subresource), {
        fieldManager,
        force: options.force,
        dryRun: options.dryRun === true ? 'All' : undefined,
      });
      const exchange = { method: 'PATCH', path, ...jsonBody(object, APPLY) };
      const { answer } = await requests.send(exchange, 'safe');
      return objectOf(answer, type);
    },
    replace: async (type, object, options = {}) => {
      const path = withQuery(objectPath(type, object.metadata, options.subresource), {
        fieldManager,
      });
      const exchange = { method: 'PUT', path, ...jsonBody(object, JSON_TYPE) };
      // With a resource version a second one is refused; without one it writes the same again.
      const { answer } = await requests.send(exchange, 'safe');
      return objectOf(answer, type);
    },
    patch: async (type, ref, patch, options = {}) => {
      const path = withQuery(objectPath(type, ref, options.subresource), { fieldManager });
      const exchange = { method: 'PATCH', path, ...jsonBody(patch, MERGE) };
      const { answer } = await requests.send(exchange, 'safe');
      return objectOf(answer, type);
    },
    delete: (type, ref, options = {}) => deleteObject(requests, objectPath(type, ref), options),
  };
}

async function deleteObject(
  requests: Requests,
  path: string,
  options: NonNullable<Parameters<KubeApi['delete']>[2]>,
): Promise<boolean> {
  const deletion = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: options.propagation ?? 'Background',
    ...(options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds }),
    preconditions: { uid: options.uid, resourceVersion: options.resourceVersion },
  };
  const exchange = { method: 'DELETE', path, ...jsonBody(deletion, JSON_TYPE) };
  const { answer, isRepeated } = await requests.send(exchange, 'safe');
  // Gone at a second try: the first one, whose answer was lost, has done it.
  if (answer.status === 404) return isRepeated;
  // Another object has the name by now, and the one that was meant is gone.
  const isOther = answer.status === 409 && options.resourceVersion === undefined;
  if (isOther && options.uid !== undefined) return isRepeated;
  if (!isSuccess(answer)) throw errorOf(answer);
  return true;
}

type StreamingApi = Pick<KubeApi, 'watch' | 'podLog' | 'followPodLog' | 'exec'>;

function streamingApi(requests: Requests, limits: ClientLimits): StreamingApi {
  return {
    watch: (type, query, signal) => watchEvents(requests, { type, query, limits }, signal),
    podLog: async (ref, options) => {
      const exchange = { method: 'GET', path: logPath(ref, options, false) };
      const { answer } = await requests.send(exchange, 'safe');
      if (!isSuccess(answer)) throw errorOf(answer);
      return answer.body.toString('utf8');
    },
    followPodLog: async function* (ref, options, signal) {
      const exchange = { method: 'GET', path: logPath(ref, options, true) };
      try {
        const { body } = await requests.stream(exchange, signal);
        yield* linesOf(body, limits.logLineBytes, 'tear');
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    exec: (ref, options) => execInPod(requests.config, ref, options),
  };
}

function logPath(ref: ObjectRef, options: PodLogOptions, follow: boolean): string {
  return withQuery(objectPath(RESOURCE_TYPES.pod, ref, 'log'), {
    ...options,
    follow: follow ? true : undefined,
  });
}
