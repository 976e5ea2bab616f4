import type { KubeApi, WatchEvent } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject, ResourceType } from '../../src/adapters/kubernetes/client/kube-object.ts';

/** A cluster that is made up: it lists what it is told and watches hand out what is pushed. Nothing is written. */
export interface MadeUpCluster {
  readonly api: KubeApi;
  push(type: WatchEvent['type'], object: KubeObject): void;
}

type Listing = (kind: string) => Iterable<KubeObject>;

const PAGE = 250;

/** @param types - Kinds by the last part of their path. */
export function madeUpCluster(
  types: ReadonlyMap<string, ResourceType>,
  listing: Listing,
): MadeUpCluster {
  const watches = new Map<string, (event: WatchEvent) => void>();
  const rests = new Map<string, Iterator<KubeObject, unknown>>();
  const unasked = (): Promise<never> => Promise.reject(new Error('nobody asks for this here'));

  const page = (path: string): object => {
    const url = new URL(path, 'http://cluster');
    const kind = types.get(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))?.kind ?? '';
    const objects = rests.get(kind) ?? listing(kind)[Symbol.iterator]();
    rests.set(kind, objects);
    const items: KubeObject[] = [];
    while (items.length < PAGE) {
      const next: IteratorResult<KubeObject, unknown> = objects.next();
      if (next.done === true) break;
      items.push(next.value);
    }
    const isLast = items.length < PAGE;
    if (isLast) rests.delete(kind);
    return { items, metadata: { resourceVersion: '1000', ...(isLast ? {} : { continue: kind }) } };
  };

  const api: KubeApi = {
    get: unasked,
    list: unasked,
    create: unasked,
    apply: unasked,
    replace: unasked,
    patch: unasked,
    delete: unasked,
    podLog: unasked,
    exec: unasked,
    async *followPodLog() {},
    async *watch(type, _, signal) {
      const waiting: WatchEvent[] = [];
      let ring = (): void => undefined;
      watches.set(type.kind, (event) => {
        waiting.push(event);
        ring();
      });
      signal.addEventListener('abort', () => ring(), { once: true });
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (ring = resolve));
      }
    },
    request: ({ path }) => Promise.resolve({ status: 200, headers: {}, body: page(path) }),
    close: () => Promise.resolve(),
  };
  return {
    api,
    push(type, object) {
      watches.get(object.kind)?.({ type, object });
    },
  };
}
