import type { Seen } from './seen.ts';

/**
 * The objects of one environment and how they belong together: object → Task, pod → ReplicaSet →
 * Deployment, step → what it has filled. Knows which Tasks have to be judged anew.
 */
export class EnvironmentObjects {
  readonly #byUid = new Map<string, Seen>();
  readonly #byTask = new Map<string, Set<string>>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #byStore = new Map<string, Set<string>>();
  readonly #stale = new Set<string>();

  get isEmpty(): boolean {
    return this.#byUid.size === 0;
  }

  all(): Iterable<Seen> {
    return this.#byUid.values();
  }

  tasks(): Iterable<string> {
    return this.#byTask.keys();
  }

  ofTask(task: string): readonly Seen[] {
    return this.#seen(this.#byTask.get(task));
  }

  ownedBy(uid: string): readonly Seen[] {
    return this.#seen(this.#byOwner.get(uid));
  }

  /** Whether what holds the data that an object of a step has filled is still there. */
  hasStore({ order }: Seen): boolean {
    const uid = order?.store ?? '';
    return uid === '' || this.#byUid.get(uid)?.isDeleting === false;
  }

  put(seen: Seen): void {
    const before = this.#byUid.get(seen.uid);
    if (before !== undefined) this.#unlink(before);
    this.#byUid.set(seen.uid, seen);
    if (seen.order !== null) {
      addTo(this.#byTask, seen.order.task, seen.uid);
      if (seen.order.store !== '') addTo(this.#byStore, seen.order.store, seen.uid);
    }
    if (seen.owner !== null) addTo(this.#byOwner, seen.owner, seen.uid);
    this.#touch(seen);
  }

  /** Another copy of what says the same. */
  replace(seen: Seen): void {
    this.#byUid.set(seen.uid, seen);
  }

  drop(seen: Seen): void {
    this.#touch(seen);
    this.#unlink(seen);
    this.#byUid.delete(seen.uid);
  }

  /** What was learnt beside the objects concerns the Task that this one belongs to. */
  touch(uid: string): void {
    const seen = this.#byUid.get(uid);
    if (seen !== undefined) this.#touch(seen);
  }

  touchTask(task: string): void {
    this.#stale.add(task);
  }

  /** Tasks of which something changed since this was asked last. */
  takeStale(): readonly string[] {
    const stale = [...this.#stale];
    this.#stale.clear();
    return stale;
  }

  #touch(seen: Seen): void {
    for (const filled of this.#seen(this.#byStore.get(seen.uid))) {
      if (filled.order !== null) this.#stale.add(filled.order.task);
    }
    for (let each: Seen | undefined = seen; each !== undefined;) {
      if (each.order !== null) this.#stale.add(each.order.task);
      each = each.owner === null ? undefined : this.#byUid.get(each.owner);
    }
  }

  #unlink({ uid, order, owner }: Seen): void {
    if (order !== null) {
      this.#stale.add(order.task);
      removeFrom(this.#byTask, order.task, uid);
      removeFrom(this.#byStore, order.store, uid);
    }
    if (owner !== null) removeFrom(this.#byOwner, owner, uid);
  }

  #seen(uids: ReadonlySet<string> | undefined): readonly Seen[] {
    return [...(uids ?? [])].flatMap((uid) => this.#byUid.get(uid) ?? []);
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const present = sets.get(key);
  if (present === undefined) sets.set(key, new Set([value]));
  else present.add(value);
}

function removeFrom(sets: Map<string, Set<string>>, key: string, value: string): void {
  const present = sets.get(key);
  present?.delete(value);
  if (present?.size === 0) sets.delete(key);
}
