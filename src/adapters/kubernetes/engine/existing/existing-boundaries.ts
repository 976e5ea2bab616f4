import type { KubeObject, ObjectRef } from '../../client/kube-object.ts';
import { ANNOTATIONS, LABELS } from '../../labels.ts';
import { FOLLOWED } from '../../render/followed.ts';
import type { InformerSink } from '../../watch/informer.ts';

/** A boundary as its Service tells of it. */
export interface SeenBoundary {
  readonly environment: string;
  readonly task: string;
  /** `namespace/name`, the likeliest first. */
  readonly places: readonly string[];
  readonly digest: string;
}

interface Versioned {
  readonly version: number;
  /** Null for what was one and leads elsewhere now. */
  readonly boundary: SeenBoundary | null;
}

/** The boundaries of all environments. Answers to writes may run ahead of what a watch tells. */
export class ExistingBoundaries implements InformerSink {
  readonly #known = new Map<string, Versioned>();
  readonly #onChange: () => void;
  #listed = new Set<string>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  all(): readonly SeenBoundary[] {
    return [...this.#known.values()].flatMap(({ boundary }) => boundary ?? []);
  }

  accept(object: KubeObject): void {
    const key = keyOf(object.metadata);
    const version = Number(object.metadata.resourceVersion ?? 0);
    const before = this.#known.get(key);
    const boundary = boundaryOf(object);
    if (before === undefined && boundary === null) return;
    if (before !== undefined && before.version > version) return;
    this.#known.set(key, { version, boundary });
    this.#onChange();
  }

  beginList(): void {
    this.#listed = new Set();
  }

  page(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      this.#listed.add(keyOf(object.metadata));
      this.accept(object);
    }
  }

  endList(resourceVersion: string): void {
    for (const [key, { version }] of this.#known) {
      if (!this.#listed.has(key) && version <= Number(resourceVersion)) this.#known.delete(key);
    }
    this.#onChange();
  }

  change({ type, object }: Parameters<InformerSink['change']>[0]): void {
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#known.delete(keyOf(object.metadata));
    else this.accept(object);
  }

  /** What is known stays so until it is known better. */
  trouble(): void {}
}

function keyOf({ namespace, name }: ObjectRef): string {
  return `${namespace ?? ''}/${name}`;
}

/** Null for what leads to no baseline of others. */
function boundaryOf({
  metadata: { labels = {}, annotations = {} },
}: KubeObject): SeenBoundary | null {
  const environment = labels[LABELS.environment];
  const task = annotations[ANNOTATIONS.task];
  const places = annotations[FOLLOWED.places];
  const digest = annotations[FOLLOWED.digest];
  if (environment === undefined || task === undefined) return null;
  if (places === undefined || digest === undefined) return null;
  return { environment, task, places: places.split(','), digest };
}
