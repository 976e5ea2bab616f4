import type { PlatformEvent } from '../../../domain/calls/report.ts';
import { describeEnd, isAgainAndAgain, isPullFailing } from '../../../domain/health/container.ts';
import type { ContainerFacts, PodFacts } from '../../../domain/health/facts.ts';
import type { Seen } from './seen.ts';

/** What happened to the pods of environments, as their containers' states tell it. */

/** The newest of one environment that are kept. */
const EVENTS_MAX = 500;
/** The kubelet cuts instants to the second. Unit: milliseconds. */
const SECOND_MS = 999;
/** Until a pod counts as down whose container ended. Unit: milliseconds. */
const END_MS = 2_000;

/** Remembers what happened, oldest first. */
export class PlatformEventLog {
  readonly #byEnvironment = new Map<string, PlatformEvent[]>();

  /** @param before - What was known of the same pod; null when it is new. */
  note(seen: Seen, before: Seen | null, nowMs: number): void {
    const known =
      before === null ? new Set() : new Set(happenedTo(before, nowMs).map(({ id }) => id));
    const news = happenedTo(seen, nowMs).filter(({ id }) => !known.has(id));
    if (news.length === 0) return;
    const events = this.#byEnvironment.get(seen.environment) ?? [];
    events.push(...news.map(({ event }) => event));
    events.sort((a, b) => a.atUs - b.atUs);
    this.#byEnvironment.set(seen.environment, events.slice(-EVENTS_MAX));
  }

  of(environment: string, fromUs: number, toUs: number): readonly PlatformEvent[] {
    const events = this.#byEnvironment.get(environment) ?? [];
    return events.filter(({ atUs }) => atUs >= fromUs && atUs <= toUs);
  }

  forget(environment: string): void {
    this.#byEnvironment.delete(environment);
  }
}

interface Happening {
  /** The same as long as it is the same that happened. */
  readonly id: string;
  readonly event: PlatformEvent;
}

/** All that a pod's state tells of what happened to it. A pod that is told to end does so. */
function happenedTo({ facts: pod, component, isDeleting }: Seen, nowMs: number): Happening[] {
  if (pod.kind !== 'Pod' || component === null || isDeleting) return [];
  const happenings = pod.containers.flatMap((container) => {
    const place: Place = { pod, container, component, nowMs };
    return [endIn(place), pullIn(place), probeIn(place)].flatMap((each) => each ?? []);
  });
  if (pod.reason !== 'Evicted') return happenings;
  const message = `"${component}" was evicted from its node`;
  const atMs = pod.ready?.sinceMs ?? pod.createdMs;
  return [...happenings, happening({ component, atMs, code: 'EVICTED', message })];
}

interface Place {
  readonly pod: PodFacts;
  readonly container: ContainerFacts;
  readonly component: string;
  readonly nowMs: number;
}

interface What {
  readonly component: string;
  readonly atMs: number;
  readonly code: string;
  readonly message: string;
}

/** @param mark - Tells apart what has the same code; the instant, unless that is only estimated. */
function happening({ component, atMs, code, message }: What, mark = String(atMs)): Happening {
  return { id: `${code} ${mark}`, event: { component, atUs: atMs * 1000, code, message } };
}

function endIn({ pod, container, component, nowMs }: Place): Happening | null {
  const { last, name } = container;
  if (last === null || !counts(pod, container)) return null;
  const [code, message] = endOf(component, container, describeEnd(last));
  const atMs = Math.min(Math.max(nowMs, last.finishedMs), last.finishedMs + SECOND_MS);
  return happening({ component, atMs, code, message }, `${name} ${last.finishedMs}`);
}

function pullIn({ container, component, nowMs }: Place): Happening | null {
  if (!isPullFailing(container.waiting)) return null;
  const message = `the image of "${component}" cannot be pulled`;
  const atMs = container.sinceMs ?? nowMs;
  return happening({ component, atMs, code: 'IMAGE_PULL_FAILED', message }, container.name);
}

/** It runs, was ready in this very run, and is no longer. */
function probeIn({ pod: { ready }, container, component }: Place): Happening | null {
  const { state, isReady, role, sinceMs } = container;
  if (state !== 'running' || isReady || role === 'init') return null;
  const downMs = ready?.status === 'False' ? ready.sinceMs : null;
  // A pod goes down with a container that ends, and instants are cut to the second.
  const endMs = container.last === null ? 0 : container.last.finishedMs + END_MS;
  if (downMs === null || downMs <= Math.max(sinceMs ?? 0, endMs)) return null;
  const message = `the probe of "${component}" failed`;
  return happening({ component, atMs: downMs, code: 'PROBE_FAILING', message });
}

/** Pods of Jobs end as they should, and how is told by their Task; only lack of memory is news. */
function counts(pod: PodFacts, { role, last }: ContainerFacts): boolean {
  return last?.reason === 'OOMKilled' || (pod.revision !== '' && role !== 'init');
}

function endOf(component: string, container: ContainerFacts, how: string): [string, string] {
  if (container.last?.reason === 'OOMKilled') {
    return ['OUT_OF_MEMORY', `"${component}" was ended by the system for lack of memory`];
  }
  if (isAgainAndAgain(container)) {
    return ['CRASH_LOOP', `"${component}" ended ${container.ends} times, last with ${how}`];
  }
  return ['EXITED', `"${component}" ended with ${how}`];
}
