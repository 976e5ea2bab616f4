import type { WatchEvent } from '../client/kube-api.ts';
import type { KubeObject, ObjectRef, ResourceType } from '../client/kube-object.ts';
import { keyOf, versionOf, type Seen } from './seen.ts';

/** What is done with changes of one kind, once they are known to be changes. */
export interface SeenKindPorts {
  /** Null for what is of no environment. */
  readonly reduce: (object: KubeObject, previous: Seen | null) => Seen | null;
  readonly put: (seen: Seen, before: Seen | null) => void;
  readonly drop: (seen: Seen) => void;
}

/**
 * All objects of one kind, right at every moment about some version, and never going back.
 *
 * Versions of one kind only grow: what is not newer than what was seen is a repetition. Answers to writes
 * come beside the watch and may run ahead of it; a list is the truth except for those.
 */
export class SeenKind {
  readonly type: ResourceType;
  readonly #ports: SeenKindPorts;
  readonly #objects = new Map<string, Seen>();
  /** Keys of answers to writes that no watch has confirmed yet. */
  readonly #ahead = new Set<string>();
  /** Everything up to this version has been delivered. */
  #reached = Number.NEGATIVE_INFINITY;
  /** Keys of the list under way. */
  #listed: Set<string> | null = null;

  constructor(type: ResourceType, ports: SeenKindPorts) {
    this.type = type;
    this.#ports = ports;
  }

  beginList(): void {
    this.#listed = new Set();
  }

  page(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      const key = keyOf(object.metadata);
      this.#listed?.add(key);
      const known = this.#objects.get(key) ?? null;
      if (
        known !== null &&
        this.#ahead.has(key) &&
        known.version > versionOf(object.metadata.resourceVersion)
      )
        continue;
      this.#ahead.delete(key);
      this.#put(key, object, known);
    }
  }

  endList(resourceVersion: string): void {
    const version = Number(resourceVersion);
    for (const [key, seen] of this.#objects) {
      if (this.#listed?.has(key) === true) continue;
      if (!(this.#ahead.has(key) && seen.version > version)) this.#drop(key, seen);
    }
    this.#listed = null;
    this.#reached = version;
  }

  change({ type, object }: WatchEvent): void {
    const version = versionOf(object.metadata.resourceVersion);
    if (version <= this.#reached) return;
    this.#reached = version;
    if (type === 'BOOKMARK') return;
    const key = keyOf(object.metadata);
    const known = this.#objects.get(key) ?? null;
    if (type === 'DELETED') {
      if (known !== null && known.uid === object.metadata.uid) this.#drop(key, known);
      return;
    }
    if (known !== null && known.version > version) return;
    this.#ahead.delete(key);
    this.#put(key, object, known);
  }

  find(ref: ObjectRef): Seen | null {
    return this.#objects.get(keyOf(ref)) ?? null;
  }

  /** The answer to a write of our own. What others still have in it is left to them. */
  accept(object: KubeObject): void {
    const version = versionOf(object.metadata.resourceVersion);
    const key = keyOf(object.metadata);
    const known = this.#objects.get(key) ?? null;
    const reduced = this.#ports.reduce(object, known);
    if (reduced === null) return;
    const tolerated = reduced.foreign;
    if (version > this.#reached && !(known !== null && known.version > version)) {
      this.#ahead.add(key);
      this.#set(key, { ...reduced, tolerated }, known);
    } else if (known?.uid === reduced.uid) this.#set(key, { ...known, tolerated }, known);
  }

  /** A deletion of our own was accepted; of exactly this object when its uid was named. */
  markDeleting(ref: ObjectRef, uid: string | null): void {
    const key = keyOf(ref);
    const known = this.#objects.get(key) ?? null;
    if (known === null || (uid !== null && uid !== known.uid)) return;
    this.#set(key, { ...known, isDeleting: true }, known);
  }

  #put(key: string, object: KubeObject, known: Seen | null): void {
    const reduced = this.#ports.reduce(object, known);
    if (reduced !== null) this.#set(key, reduced, known);
    else if (known !== null) this.#drop(key, known);
  }

  #set(key: string, seen: Seen, known: Seen | null): void {
    this.#objects.set(key, seen);
    const isSame = known?.uid === seen.uid && known.environment === seen.environment;
    if (known !== null && !isSame) this.#ports.drop(known);
    this.#ports.put(seen, isSame ? known : null);
  }

  #drop(key: string, seen: Seen): void {
    this.#objects.delete(key);
    this.#ahead.delete(key);
    this.#ports.drop(seen);
  }
}
