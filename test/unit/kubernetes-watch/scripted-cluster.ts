import {
  KubeApiError,
  KubeUnreachableError,
} from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeApi, WatchEvent } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '../../../src/adapters/kubernetes/labels.ts';

/**
 * Lists and watches of one kind of object, with every fault that lines and servers have, on command. It is
 * for the logic of following alone: what a real API server does is tested on one.
 */
export class ScriptedCluster {
  readonly api: KubeApi;
  /** Requests so far: lists (by page) and watches that were opened. */
  readonly requests = { lists: 0, watches: 0 };
  /** Thrown by the next requests, first in first out. */
  readonly faults: Error[] = [];
  pageSize = 2;
  readonly #objects = new Map<string, KubeObject>();
  readonly #history: { readonly version: number; readonly event: WatchEvent }[] = [];
  readonly #streams = new Set<Stream>();
  readonly #rests = new Map<
    string,
    { readonly items: readonly KubeObject[]; readonly version: number }
  >();
  #version = 1;
  /** What happened up to here is not told any more. */
  #forgotten = 0;

  constructor() {
    const refuse = (): never => {
      throw new Error('the scripted cluster only lists and watches');
    };
    this.api = {
      get: refuse,
      list: refuse,
      create: refuse,
      apply: refuse,
      replace: refuse,
      patch: refuse,
      delete: refuse,
      podLog: refuse,
      followPodLog: refuse,
      exec: refuse,
      close: () => Promise.resolve(),
      request: ({ path }) => Promise.resolve().then(() => this.#answerList(path)),
      watch: ({ kind }, { resourceVersion }, signal) =>
        kind === 'ConfigMap' ? this.#watch(Number(resourceVersion), signal) : nothingUntil(signal),
    };
  }

  objects(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  get openWatches(): number {
    return this.#streams.size;
  }

  /** Makes an object, or changes its fingerprint. */
  put(name: string, fingerprint: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
    const before = this.#objects.get(name);
    this.#version += 1;
    const object = configMap(name, fingerprint, {
      uid: before?.metadata.uid ?? `uid-${this.#version}`,
      resourceVersion: String(this.#version),
      ...more,
    });
    this.#objects.set(name, object);
    this.#tell({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
    return object;
  }

  remove(name: string): void {
    const before = this.#objects.get(name);
    if (before === undefined) return;
    this.#version += 1;
    this.#objects.delete(name);
    const metadata = { ...before.metadata, resourceVersion: String(this.#version) };
    this.#tell({ type: 'DELETED', object: { ...before, metadata } });
  }

  /** Tells only how far everything is known. */
  bookmark(): void {
    const metadata = { name: '', resourceVersion: String(this.#version) };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    for (const stream of this.#streams) stream.push({ type: 'BOOKMARK', object });
  }

  /** Tells what was told before once more. */
  repeat(count: number): void {
    for (const { event } of this.#history.slice(-count)) {
      for (const stream of this.#streams) stream.push(event);
    }
  }

  /** Watches hear nothing any more; the server does not know. */
  goSilent(): void {
    for (const stream of this.#streams) stream.isSilent = true;
  }

  endWatches(error: Error | null = null): void {
    for (const stream of this.#streams) stream.end(error);
  }

  /** Older versions can't be watched from any more. */
  forget(): void {
    this.#forgotten = this.#version;
    this.#rests.clear();
  }

  #tell(event: WatchEvent): void {
    this.#history.push({ version: this.#version, event });
    for (const stream of this.#streams) stream.push(event);
  }

  #throwFault(): void {
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
  }

  #answerList(path: string): { status: number; headers: Record<string, string>; body: unknown } {
    if (!path.includes('/configmaps')) {
      return { status: 200, headers: {}, body: { metadata: { resourceVersion: '1' }, items: [] } };
    }
    this.requests.lists += 1;
    this.#throwFault();
    const query = new URLSearchParams(path.slice(path.indexOf('?')));
    const token = query.get('continue');
    const rest =
      token === null ? { items: this.objects(), version: this.#version } : this.#rests.get(token);
    if (rest === undefined) throw gone();
    const size = query.has('limit') ? this.pageSize : rest.items.length;
    const left = rest.items.slice(size);
    const next = left.length === 0 ? '' : `rest-${this.requests.lists}`;
    if (next !== '') this.#rests.set(next, { ...rest, items: left });
    const metadata = { resourceVersion: String(rest.version), continue: next };
    return { status: 200, headers: {}, body: { metadata, items: rest.items.slice(0, size) } };
  }

  async *#watch(version: number, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    this.requests.watches += 1;
    await Promise.resolve();
    this.#throwFault();
    if (version < this.#forgotten) throw gone();
    const stream = new Stream();
    for (const entry of this.#history) if (entry.version > version) stream.push(entry.event);
    this.#streams.add(stream);
    signal.addEventListener('abort', () => stream.end(null));
    try {
      yield* stream.events();
    } finally {
      this.#streams.delete(stream);
    }
  }
}

export function gone(): KubeApiError {
  return new KubeApiError({ status: 410, reason: 'Expired', message: 'too old resource version' });
}

export function refused(status: number): KubeApiError {
  return new KubeApiError({ status, reason: '', message: `answered ${status}` });
}

export function unreachable(): KubeUnreachableError {
  return new KubeUnreachableError('connection refused');
}

/** A Task of one object, which is healthy by being there. */
export function configMap(
  name: string,
  fingerprint: string,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: {},
    metadata: {
      name,
      namespace: 'pr-one',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        [LABELS.managedBy]: MANAGED_BY,
        [LABELS.environment]: 'one',
        [LABELS.component]: name,
      },
      annotations: {
        [ANNOTATIONS.task]: `deploy/${name}`,
        [ANNOTATIONS.fingerprint]: fingerprint,
        [ANNOTATIONS.generation]: '1',
        [ANNOTATIONS.objects]: '1',
      },
      ...metadata,
    },
  };
}

/** A watch on which nothing happens. */
async function* nothingUntil(signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const stream = new Stream();
  signal.addEventListener('abort', () => stream.end(null));
  yield* stream.events();
}

/** One watch: what is told waits here until it is read. */
class Stream {
  isSilent = false;
  readonly #waiting: WatchEvent[] = [];
  #wake = Promise.withResolvers<void>();
  #end: { readonly error: Error | null } | null = null;

  push(event: WatchEvent): void {
    if (this.isSilent) return;
    this.#waiting.push(event);
    this.#wake.resolve();
  }

  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake.resolve();
  }

  async *events(): AsyncGenerator<WatchEvent> {
    for (;;) {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        yield next;
      }
      if (this.#end !== null) {
        if (this.#end.error !== null) throw this.#end.error;
        return;
      }
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }
}
