import type { Clock } from '../../../application/ports/clock.ts';
import type { KubeObject } from '../client/kube-object.ts';

/**
 * The newest of each Environment that a watch or an answer has shown, for readers who may be a moment behind:
 * a reconciler looks many times a second. Who writes reads anew.
 */
export interface RecentEnvironments {
  /** From here on what is noted is used; without a watch that tells of changes nothing is. */
  follow(): void;
  /** The watch is over. */
  unfollow(): void;
  note(object: KubeObject): void;
  forget(object: KubeObject): void;
  /** By the name of the object; null when it has to be asked for. */
  find(name: string): KubeObject | null;
}

/** As long as a silent watch is believed. Unit: milliseconds. */
const BELIEVED_MS = 5_000;

interface Noted {
  readonly object: KubeObject;
  readonly atMs: number;
}

export function createRecentEnvironments(clock: Pick<Clock, 'nowMs'>): RecentEnvironments {
  const noted = new Map<string, Noted>();
  let isFollowing = false;
  return {
    follow() {
      isFollowing = true;
    },
    unfollow() {
      isFollowing = false;
      noted.clear();
    },
    note(object) {
      if (!isFollowing) return;
      const { name } = object.metadata;
      const known = noted.get(name)?.object;
      if (known === undefined || !isOlder(object, known)) {
        noted.set(name, { object, atMs: clock.nowMs() });
      }
    },
    forget({ metadata: { name, uid } }) {
      if (noted.get(name)?.object.metadata.uid === uid) noted.delete(name);
    },
    find(name) {
      const found = noted.get(name);
      if (found === undefined || clock.nowMs() - found.atMs >= BELIEVED_MS) return null;
      return found.object;
    },
  };
}

/** Versions of one kind only grow, also from one life to the next. */
function isOlder({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return Number(a.resourceVersion) < Number(b.resourceVersion);
}
