import type { EnvironmentEvent, EventStore } from '../../../application/ports/environment-store.ts';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { dataOf, keptObject, keptSelector } from '../resources/kept.ts';
import { nowOf, untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';

const { configMap: CONFIG_MAP } = RESOURCE_TYPES;

const EVENTS_DEFAULT = 1_000;
const EVENTS_MAX = 10_000;
const MESSAGE_LENGTH_MAX = 2_048;

/** The ConfigMap that grows; full ones are called after the first id that they hold. */
const HEAD = 'events';

interface Waiting {
  readonly event: Omit<EnvironmentEvent, 'id'>;
}

interface Head {
  readonly object: KubeObject | null;
  /** Its first id, or the one that will be. */
  readonly first: number;
  readonly events: readonly EnvironmentEvent[];
  readonly bytes: number;
  /** Name of the batch that was written last. */
  readonly batch: string;
}

/**
 * One log for all environments, so that ids rise over all of them whoever appends: a ConfigMap that grows by
 * optimistic writes, and is sealed under another name when it is full. Few large writes instead of many
 * small ones: events wait a moment for those that come with them.
 */
export class Events implements EventStore {
  readonly #control: Control;
  readonly #sealed = new Map<string, readonly EnvironmentEvent[]>();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(control: Control) {
    this.#control = control;
  }

  async append({
    environment,
    type,
    message,
    data,
  }: Omit<EnvironmentEvent, 'id' | 'at'>): Promise<void> {
    const at = nowOf(this.#control);
    const cut = message.slice(0, MESSAGE_LENGTH_MAX);
    this.#waiting.push({ event: { environment, at, type, message: cut, data } });
    const { eventsMs, eventsWaiting } = this.#control.limits;
    this.#timer ??= setTimeout(() => {
      // Whoever flushes next meets the same failure and tells it.
      this.flush().catch(() => {});
    }, eventsMs).unref();
    if (this.#waiting.length >= eventsWaiting) await this.flush();
  }

  /** Writes what waits; what cannot be written goes on waiting, the oldest going first when it is too much. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const turn = this.#writing.then(() => this.#flushWaiting());
    this.#writing = turn.catch(() => {});
    return turn;
  }

  events(filter: {
    readonly environment?: string;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly EnvironmentEvent[]> {
    const { environment, after = 0 } = filter;
    const limit = Math.max(0, Math.min(filter.limit ?? EVENTS_DEFAULT, EVENTS_MAX));
    return onCluster('read the events', async () => {
      await this.flush();
      // The head first: what is sealed meanwhile was in it.
      const head = await this.#head();
      const found: EnvironmentEvent[] = [];
      const take = (events: readonly EnvironmentEvent[]): void => {
        for (const event of events) {
          const isWanted = environment === undefined || event.environment === environment;
          if (isWanted && event.id > after && found.length < limit) found.push(event);
        }
      };
      if (after < head.first - 1) {
        for (const name of await this.#sealedNames(after, head.first)) {
          if (found.length < limit) take(await this.#readSealed(name));
        }
      }
      take(head.events);
      return found;
    });
  }

  async #flushWaiting(): Promise<void> {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      const name = this.#control.ids.next();
      await onCluster('append events', () =>
        untilUndisturbed('events', () => this.#write(name, batch)),
      );
    } catch (error) {
      const kept = [...batch, ...this.#waiting];
      this.#waiting = kept.slice(-this.#control.limits.eventsWaiting);
      throw error;
    }
  }

  async #write(batch: string, waiting: readonly Waiting[]): Promise<void> {
    const { api, limits } = this.#control;
    const head = await this.#head();
    if (head.batch === batch) return;
    const isFull = head.bytes >= limits.eventBytes;
    if (isFull) await this.#seal(head);
    const next = head.first + head.events.length;
    const added = waiting.map(({ event }, index): EnvironmentEvent => ({
      id: next + index,
      ...event,
    }));
    const first = isFull ? next : head.first;
    const object = this.#object(HEAD, {
      first: String(first),
      batch,
      log: linesOf(isFull ? added : [...head.events, ...added]),
    });
    const resourceVersion = head.object?.metadata.resourceVersion;
    await (resourceVersion === undefined
      ? api.create(CONFIG_MAP, object)
      : api.replace(CONFIG_MAP, { ...object, metadata: { ...object.metadata, resourceVersion } }));
  }

  async #head(): Promise<Head> {
    const { api, namespace } = this.#control;
    const object = await api.get(CONFIG_MAP, { namespace, name: HEAD });
    if (object === null) return { object, first: 1, events: [], bytes: 0, batch: '' };
    const log = dataOf(object, 'log') ?? '';
    const first = Number(dataOf(object, 'first') ?? 1);
    return {
      object,
      first,
      events: eventsOf(log),
      bytes: log.length,
      batch: dataOf(object, 'batch') ?? '',
    };
  }

  /** The same content under its own name; done again by whoever comes after one that was killed. */
  async #seal({ first, events }: Head): Promise<void> {
    const { api } = this.#control;
    const object = this.#object(sealedName(first), { log: linesOf(events) });
    try {
      await api.create(CONFIG_MAP, { ...object, immutable: true });
    } catch (error) {
      if (!hasStatus(error, 409)) throw error;
    }
    await this.#dropOldest();
  }

  async #dropOldest(): Promise<void> {
    const { api, namespace, limits } = this.#control;
    const names = await this.#sealedNames(0, Infinity);
    for (const name of names.slice(0, Math.max(0, names.length - limits.eventChunks))) {
      await api.delete(CONFIG_MAP, { namespace, name });
      this.#sealed.delete(name);
    }
  }

  /** Those that may hold an event after an id, and begin before another; oldest first. */
  async #sealedNames(after: number, before: number): Promise<readonly string[]> {
    const { api, namespace } = this.#control;
    const labelSelector = keptSelector('events');
    const { items } = await api.list(CONFIG_MAP, { namespace, labelSelector, metadataOnly: true });
    const names = items.map(({ metadata }) => metadata.name).filter((name) => name !== HEAD);
    const sorted = names.toSorted((a, b) => firstOf(a) - firstOf(b));
    return sorted.filter((name, index) => {
      const nextName = sorted[index + 1];
      const nextFirst = nextName === undefined ? before : firstOf(nextName);
      return firstOf(name) < before && after < nextFirst - 1;
    });
  }

  async #readSealed(name: string): Promise<readonly EnvironmentEvent[]> {
    const known = this.#sealed.get(name);
    if (known !== undefined) return known;
    const { api, namespace } = this.#control;
    const object = await api.get(CONFIG_MAP, { namespace, name });
    const events = object === null ? [] : eventsOf(dataOf(object, 'log') ?? '');
    if (object !== null) this.#sealed.set(name, events);
    return events;
  }

  #object(name: string, data: Readonly<Record<string, string>>): KubeObject {
    return keptObject('events', { namespace: this.#control.namespace, name }, { data });
  }
}

function sealedName(first: number): string {
  return `${HEAD}-${first}`;
}

function firstOf(name: string): number {
  return Number(name.slice(HEAD.length + 1));
}

function linesOf(events: readonly EnvironmentEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

function eventsOf(log: string): readonly EnvironmentEvent[] {
  const lines = log.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as EnvironmentEvent);
}
