import type { KubeApi, WatchEvent } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type {
  KubeObject,
  ResourceType,
} from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { collectionPath } from '../../../src/adapters/kubernetes/client/paths.ts';

/** An API that lists and watches what a test puts into it. */
export class ServedObjects {
  readonly api: KubeApi;
  /** Of lists, in the order in which they were asked for. */
  readonly listed: string[] = [];
  readonly #objects = new Map<
    string,
    { readonly type: ResourceType; readonly object: KubeObject }
  >();
  readonly #watches = new Set<Watch>();
  #version = 1;

  constructor() {
    const unused = (): never => {
      throw new Error('only lists and watches are served');
    };
    this.api = {
      request: ({ path }) => Promise.resolve(this.#list(path)),
      watch: (type, { namespace, labelSelector }, signal) =>
        this.#watch({ path: collectionPath(type, namespace), labelSelector }, signal),
      get: unused,
      list: unused,
      create: unused,
      apply: unused,
      replace: unused,
      patch: unused,
      delete: unused,
      podLog: unused,
      followPodLog: unused,
      exec: unused,
      close: () => Promise.resolve(),
    };
  }

  put(type: ResourceType, object: Unaddressed): KubeObject {
    this.#version += 1;
    const { apiVersion, kind } = type;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    const whole = { ...object, apiVersion, kind, metadata };
    const key = keyOf(type, whole);
    const isNew = !this.#objects.has(key);
    this.#objects.set(key, { type, object: whole });
    this.#tell(type, { type: isNew ? 'ADDED' : 'MODIFIED', object: whole });
    return whole;
  }

  remove(type: ResourceType, object: KubeObject): void {
    this.#version += 1;
    this.#objects.delete(keyOf(type, object));
    this.#tell(type, { type: 'DELETED', object });
  }

  #tell(type: ResourceType, event: WatchEvent): void {
    for (const watch of this.#watches) {
      if (isWanted(watch, type, event.object)) watch.push(event);
    }
  }

  #list(path: string): Awaited<ReturnType<KubeApi['request']>> {
    const [plain = '', query = ''] = path.split('?');
    const labelSelector = new URLSearchParams(query).get('labelSelector') ?? undefined;
    this.listed.push(plain);
    const items = [...this.#objects.values()]
      .filter(({ type, object }) => isWanted({ path: plain, labelSelector }, type, object))
      .map(({ object }) => object);
    const body = { metadata: { resourceVersion: String(this.#version) }, items };
    return { status: 200, headers: {}, body };
  }

  async *#watch(wanted: Wanted, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const waiting: WatchEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const push = (event: WatchEvent): void => {
      waiting.push(event);
      wake.resolve();
    };
    const watch = { ...wanted, push };
    this.#watches.add(watch);
    signal.addEventListener('abort', () => wake.resolve());
    while (!signal.aborted) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
      await wake.promise;
      wake = Promise.withResolvers();
    }
    this.#watches.delete(watch);
  }
}

/** Without what its type says. */
interface Unaddressed {
  readonly metadata: KubeObject['metadata'];
  readonly [key: string]: unknown;
}

interface Wanted {
  readonly path: string;
  readonly labelSelector: string | undefined;
}

interface Watch extends Wanted {
  push(event: WatchEvent): void;
}

function keyOf(type: ResourceType, { metadata }: KubeObject): string {
  return `${collectionPath(type, metadata.namespace)}/${metadata.name}`;
}

/** Selectors of the forms `key=value` and `key`. */
function isWanted(
  { path, labelSelector }: Wanted,
  type: ResourceType,
  object: KubeObject,
): boolean {
  const { namespace, labels = {} } = object.metadata;
  if (path !== collectionPath(type, namespace) && path !== collectionPath(type)) return false;
  return (labelSelector ?? '').split(',').every((term) => {
    const [key = '', value] = term.split('=');
    return key === '' || (value === undefined ? key in labels : labels[key] === value);
  });
}
