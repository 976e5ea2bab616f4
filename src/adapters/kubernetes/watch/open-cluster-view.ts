import type { Clock } from '../../../application/ports/clock.ts';
import type { PlatformEvent } from '../../../domain/calls/report.ts';
import { OperationError } from '../../../domain/errors.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import { KubeApiError } from '../client/kube-api.ts';
import type { KubeApi, ListQuery, WatchEvent } from '../client/kube-api.ts';
import type { KubeObject, ObjectRef, ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import { ChangeSignals } from './change-signals.ts';
import type { ClusterView, SeenObject, SeenPod, SeenTask } from './cluster-view.ts';
import { EnvironmentView, seenObject } from './environment-view.ts';
import { FOLLOWED_TYPES, queryFor, WARNINGS_QUERY } from './followed-types.ts';
import { follow, type InformerSink } from './informer.ts';
import { createInterner } from './interner.ts';
import { PlatformEventLog } from './platform-events.ts';
import { reduceObject } from './reduce.ts';
import type { Seen } from './seen.ts';
import { SeenKind } from './seen-kind.ts';
import { Warnings } from './warnings.ts';

export interface ClusterViewOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Source of jitter, from 0 to below 1. */
  readonly random: () => number;
  /** Sees only this environment; all of them when absent. */
  readonly environment?: string;
  /** Sees only what lies where this installation puts it; all installations of the cluster when absent. */
  readonly prefix?: string;
  /** With `prefix`: where that installation works on servers for its environments. */
  readonly controlNamespace?: string;
  /** Kinds to follow; all that Tasks have objects of when absent. */
  readonly types?: readonly ResourceType[];
  /** Told of what failed and is tried again. */
  readonly onTrouble?: (type: ResourceType, error: unknown) => void;
}

/** Begins to follow the cluster. */
export function openClusterView(options: ClusterViewOptions): ClusterView {
  return new FollowedCluster(options);
}

class FollowedCluster implements ClusterView {
  readonly ready: Promise<void>;
  readonly #options: ClusterViewOptions;
  readonly #end = new AbortController();
  readonly #kinds = new Map<string, SeenKind>();
  readonly #environments = new Map<string, EnvironmentView>();
  /** Environment of each namespace that is one's. */
  readonly #namespaces = new Map<string, string>();
  readonly #warnings = new Warnings();
  readonly #happened = new PlatformEventLog();
  readonly #signals: ChangeSignals;
  readonly #intern = createInterner();
  readonly #followers: Promise<void>[] = [];

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    this.#signals = new ChangeSignals(options.clock, this.#end.signal);
    const types = options.types ?? FOLLOWED_TYPES;
    const listed = types.map((type) => this.#followKind(type));
    this.ready = Promise.all(listed).then(() => this.#followWarnings());
    // Who does not wait for it still gets what is there.
    this.ready.catch(() => {});
  }

  observe(environment: string): readonly SeenTask[] {
    const view = this.#environments.get(environment);
    if (view === undefined) return [];
    const observed = view.observe(this.#options.clock.nowMs());
    const { changesAtMs } = view;
    if (Number.isFinite(changesAtMs)) this.#signals.callAt(environment, changesAtMs);
    return observed;
  }

  observeTask(environment: string, task: string): SeenTask | null {
    const view = this.#environments.get(environment);
    return view?.observeTask(task, this.#options.clock.nowMs()) ?? null;
  }

  onChange(environment: string, listener: () => void): () => void {
    return this.#signals.listen(environment, listener);
  }

  objectsOf(environment: string): readonly SeenObject[] {
    return this.#environments.get(environment)?.seenObjects() ?? [];
  }

  objectsOfTask(environment: string, task: string): readonly SeenObject[] {
    return this.#environments.get(environment)?.objects.ofTask(task).map(seenObject) ?? [];
  }

  find(environment: string, type: ResourceType, ref: ObjectRef): SeenObject | null {
    const seen = this.#kinds.get(type.kind)?.find(ref) ?? null;
    return seen === null || seen.environment !== environment ? null : seenObject(seen);
  }

  podsOf(environment: string, component: string): readonly SeenPod[] {
    return this.#environments.get(environment)?.seenPods(component) ?? [];
  }

  platformEvents(environment: string, fromUs: number, toUs: number): readonly PlatformEvent[] {
    return this.#happened.of(environment, fromUs, toUs);
  }

  accept(type: ResourceType, object: KubeObject): void {
    this.#kinds.get(type.kind)?.accept(object);
  }

  acceptDeletion(type: ResourceType, ref: ObjectRef, uid: string | null): void {
    this.#kinds.get(type.kind)?.markDeleting(ref, uid);
  }

  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#followers);
  }

  /** Resolves when the kind was listed, or is not served; rejects when it may not be listed. */
  #followKind(type: ResourceType): Promise<void> {
    const kind = new SeenKind(type, {
      reduce: (object, previous) => this.#reduce(type, object, previous),
      put: (seen, before) => this.#put(seen, before),
      drop: (seen) => this.#drop(seen),
    });
    this.#kinds.set(type.kind, kind);
    return this.#follow(type, queryFor(type, this.#options.environment ?? null), kind);
  }

  /** Begun when namespaces are known. They only explain, so that nobody waits for them. */
  #followWarnings(): void {
    const note = (object: KubeObject): void => this.#noteWarning(object);
    void this.#follow(RESOURCE_TYPES.event, WARNINGS_QUERY, {
      beginList() {},
      page: (objects) => objects.forEach(note),
      endList() {},
      change({ type, object }: WatchEvent) {
        if (type === 'ADDED' || type === 'MODIFIED') note(object);
      },
    }).catch(() => {});
  }

  #follow(
    type: ResourceType,
    query: ListQuery,
    objects: Omit<InformerSink, 'trouble'>,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sink: InformerSink = {
      beginList: () => objects.beginList(),
      page: (page) => objects.page(page),
      change: (event) => objects.change(event),
      endList(version) {
        objects.endList(version);
        resolve();
      },
      trouble: (error, isServed) => {
        if (!isServed) {
          objects.beginList();
          objects.endList('');
          resolve();
          return;
        }
        this.#options.onTrouble?.(type, error);
        if (isForbidden(error)) reject(forbidden(type, error));
      },
    };
    this.#followers.push(follow({ type, query, sink }, this.#options, this.#end.signal));
    return promise;
  }

  #reduce(type: ResourceType, object: KubeObject, previous: Seen | null): Seen | null {
    if (!isInPlace(object, this.#options)) return null;
    const nowMs = this.#options.clock.nowMs();
    return reduceObject(type, object, { previous, nowMs, intern: this.#intern });
  }

  #put(seen: Seen, before: Seen | null): void {
    const { environment, facts, name } = seen;
    let view = this.#environments.get(environment);
    if (view === undefined) {
      view = new EnvironmentView(this.#warnings);
      this.#environments.set(environment, view);
    }
    if (facts.kind === 'Namespace') this.#namespaces.set(name, environment);
    if (!view.put(seen, before)) return;
    this.#happened.note(seen, before, this.#options.clock.nowMs());
    this.#signals.changed(environment);
  }

  #drop(seen: Seen): void {
    const { environment, facts, name } = seen;
    const view = this.#environments.get(environment);
    if (view === undefined) return;
    view.objects.drop(seen);
    if (facts.kind === 'Namespace') {
      this.#namespaces.delete(name);
      this.#warnings.forget(name);
    }
    if (view.objects.isEmpty) {
      this.#environments.delete(environment);
      this.#happened.forget(environment);
    }
    this.#signals.changed(environment);
  }

  #noteWarning(object: KubeObject): void {
    const environment = this.#namespaces.get(object.metadata.namespace ?? '');
    const view = environment === undefined ? undefined : this.#environments.get(environment);
    if (environment === undefined || view === undefined) return;
    const uid = this.#warnings.note(object, this.#options.clock.nowMs());
    if (uid === null) return;
    view.objects.touch(uid);
    this.#signals.changed(environment);
  }
}

/** Another installation may have an environment of the same name, in another namespace. */
function isInPlace(
  { kind, metadata }: KubeObject,
  { prefix, controlNamespace }: Pick<ClusterViewOptions, 'prefix' | 'controlNamespace'>,
): boolean {
  if (prefix === undefined) return true;
  // What prepares places on servers works beside the environments.
  const isServerWork = metadata.labels?.[LABELS.role] === 'server';
  if (isServerWork) return metadata.namespace === controlNamespace;
  const place = kind === RESOURCE_TYPES.namespace.kind ? metadata.name : metadata.namespace;
  return place === namespaceOf(prefix, metadata.labels?.[LABELS.environment] ?? '');
}

function isForbidden(error: unknown): boolean {
  return error instanceof KubeApiError && (error.status === 401 || error.status === 403);
}

function forbidden(type: ResourceType, cause: unknown): OperationError {
  return new OperationError(
    'CLUSTER_FORBIDDEN',
    `"${type.plural}" of the cluster may not be listed and watched`,
    { cause },
  );
}
