import { isDeepStrictEqual } from 'node:util';
import type { EnvironmentStatus } from '../../../application/ports/environment-store.ts';
import { hasStatus } from '../client/cluster-errors.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { statusObjectOf } from '../resources/status-object.ts';
import type { RecentEnvironments } from './recent-environments.ts';
import { nowOf, untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';

const { environment: ENVIRONMENT } = RESOURCE_TYPES;

interface Slot {
  readonly name: string;
  /** The newest that was accepted, written or not. */
  status: EnvironmentStatus;
  isWritten: boolean;
  timer: NodeJS.Timeout | null;
  /** The write under way, if any. */
  writing: Promise<void>;
  /** Why the last write failed, until somebody was told. */
  failure: Error | null;
}

/**
 * Writes the status of each life at most once a second, and the newest one always in the end. What waits is
 * seen by readers of this process at once; a process that is killed loses at most the last second, which the
 * next pass derives again from what it observes.
 */
export class StatusWriter {
  readonly #control: Control;
  /** Awaited before a status is written: what it tells of must have been told as events before. */
  readonly #before: () => Promise<void>;
  readonly #recent: RecentEnvironments;
  readonly #slots = new Map<string, Slot>();

  constructor(control: Control, recent: RecentEnvironments, before: () => Promise<void>) {
    this.#control = control;
    this.#recent = recent;
    this.#before = before;
  }

  /**
   * The newest status that was accepted here in the last second, null when there is none. Also when it is
   * written: an object that was read just before does not have it yet.
   */
  newest(uid: string): EnvironmentStatus | null {
    return this.#slots.get(uid)?.status ?? null;
  }

  /**
   * @param current - The life's name and its status as it was read.
   * @returns Whether something differs.
   * @throws What an earlier status could not be written for; this one is tried all the same.
   */
  accept(
    uid: string,
    current: { readonly name: string; readonly status: EnvironmentStatus },
    status: EnvironmentStatus,
  ): boolean {
    const slot = this.#slots.get(uid);
    if (isDeepStrictEqual(plain(slot?.status ?? current.status), plain(status))) return false;
    if (slot === undefined) {
      const { name } = current;
      const fresh: Slot = {
        name,
        status,
        isWritten: false,
        timer: null,
        writing: Promise.resolve(),
        failure: null,
      };
      this.#slots.set(uid, fresh);
      this.#start(uid, fresh);
      return true;
    }
    slot.status = status;
    slot.isWritten = false;
    slot.timer ??= this.#timer(uid, slot);
    const { failure } = slot;
    slot.failure = null;
    if (failure !== null) throw failure;
    return true;
  }

  /** What is known of a life that is over. */
  forget(uid: string): void {
    const slot = this.#slots.get(uid);
    if (slot?.timer) clearTimeout(slot.timer);
    this.#slots.delete(uid);
  }

  /** Writes all that waits, now. */
  async flush(): Promise<void> {
    await Promise.all([...this.#slots].map(([uid, slot]) => this.#flushOne(uid, slot)));
  }

  async #flushOne(uid: string, slot: Slot): Promise<void> {
    await slot.writing;
    if (slot.timer !== null) clearTimeout(slot.timer);
    slot.timer = null;
    if (slot.isWritten) this.#slots.delete(uid);
    else await this.#write(uid, slot);
  }

  #start(uid: string, slot: Slot): void {
    slot.timer = this.#timer(uid, slot);
    // The timer tries again; whoever writes the next status is told.
    slot.writing = this.#write(uid, slot).catch((error: unknown) => {
      slot.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  #timer(uid: string, slot: Slot): NodeJS.Timeout {
    return setTimeout(() => {
      // Until then it counts as set: a write that takes longer than a second gets no second one beside it.
      void slot.writing.then(() => {
        slot.timer = null;
        if (this.#slots.get(uid) !== slot) return;
        // Nothing new for a whole second: what is on the cluster speaks for itself again.
        if (slot.isWritten) this.#slots.delete(uid);
        else this.#start(uid, slot);
      });
    }, this.#control.limits.statusMs).unref();
  }

  async #write(uid: string, slot: Slot): Promise<void> {
    const { api } = this.#control;
    const { name, status } = slot;
    await this.#before();
    const object = statusObjectOf(status, nowOf(this.#control));
    let known = this.#recent.find(name);
    await untilUndisturbed(name, async () => {
      // The API server ignores the uid of a status, so the life is made sure of by the version.
      const living = known?.metadata.uid === uid ? known : await api.get(ENVIRONMENT, { name });
      known = null;
      if (living?.metadata.uid !== uid) return;
      const { resourceVersion } = living.metadata;
      const patch = {
        metadata: { resourceVersion },
        status: { ...object, counters: withoutOthers(object.counters) },
      };
      const written = await api
        .patch(ENVIRONMENT, { name }, patch, { subresource: 'status' })
        .catch(unlessGone);
      if (written !== null) this.#recent.note(written);
    });
    slot.isWritten ||= slot.status === status;
  }
}

function unlessGone(error: unknown): null {
  if (!hasStatus(error, 404)) throw error;
  return null;
}

/** A merge patch keeps what it does not name. */
function withoutOthers(counters: Readonly<Record<string, number>>): Record<string, number | null> {
  const states = ['pending', 'running', 'succeeded', 'failed', 'aborted', 'skipped'];
  return Object.fromEntries(states.map((state) => [state, counters[state] ?? null]));
}

/** As it comes back from JSON: without what is undefined. */
function plain(status: EnvironmentStatus): unknown {
  return JSON.parse(JSON.stringify(status));
}
