import { compareText } from '../../diagnostic.ts';
import { classOf, isErrorCode } from '../../errors.ts';
import { elementAt, mustHave } from '../../must-have.ts';
import { lastKnownAtUs, type Call } from '../call.ts';
import { decidedAtUs, secondsOf } from '../outcomes.ts';
import type { PlatformEvent } from '../report.ts';
import type { Span } from './windows.ts';

/** What the engine saw happen to components, joined to the calls: the reason behind the reason. */

/** Engines notice a death up to this much after its first victim. */
const NOTICED_AFTER_US = 2_000_000;

/** Strongest first: what says most about why. Others follow. */
const STRENGTH = ['OUT_OF_MEMORY', 'CRASH_LOOP', 'EXITED'] as const;

export interface PlatformEvents {
  /** Why the server of a failed call was not there: an event since it last answered. */
  behind(call: Call): PlatformEvent | null;
  /** What happened inside the window, the likeliest cause first, one event for each component. */
  within(window: Span): readonly PlatformEvent[];
  /** The same for what happened before the window to components that gave no sign of life since. */
  goneBefore(window: Span): readonly PlatformEvent[];
}

/** @param calls - All there are; they tell who was alive when. */
export function indexPlatformEvents(
  events: readonly PlatformEvent[],
  calls: readonly Call[],
): PlatformEvents {
  const ordered = events.toSorted(compareEvents);
  const byComponent = Map.groupBy(ordered, ({ component }) => component);
  const signs = signsOfLife(byComponent.keys(), calls);
  const wasAlive = (component: string, fromUs: number, toUs: number): boolean =>
    firstAfter(mustHave(signs, component), fromUs) < toUs;

  return {
    behind(call) {
      const untilUs = lastKnownAtUs(call) + NOTICED_AFTER_US;
      const candidates = (byComponent.get(call.server) ?? []).filter(
        ({ component, atUs }) => atUs <= untilUs && !wasAlive(component, atUs, call.startedAtUs),
      );
      return candidates.toSorted(compareStrength).at(0) ?? null;
    },
    within: (window) =>
      likeliest(
        ordered.filter((event) => event.atUs >= window.fromUs && event.atUs <= window.toUs),
      ),
    goneBefore: (window) =>
      likeliest(
        ordered.filter(
          (event) =>
            event.atUs < window.fromUs && !wasAlive(event.component, event.atUs, window.toUs),
        ),
      ),
  };
}

/** `ran out of memory 0.4s earlier`, with the component in front. */
export function describeEvent(event: PlatformEvent, call: Call | null): string {
  const named = event.message.includes(event.component)
    ? event.message
    : `${event.component}: ${event.message}`;
  if (call === null) return named;
  const earlierUs = Math.min(decidedAtUs(call), lastKnownAtUs(call)) - event.atUs;
  return earlierUs < 50_000 ? named : `${named} ${secondsOf(earlierUs)} earlier`;
}

/** True for trouble of the machines, not of the component: `DISK_FULL`, `DATASTORE_FAILED`. */
export function isInfrastructure(event: PlatformEvent): boolean {
  return isErrorCode(event.code) && classOf(event.code) === 'infrastructure';
}

function compareEvents(a: PlatformEvent, b: PlatformEvent): number {
  return (
    a.atUs - b.atUs ||
    compareText(a.component, b.component) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

function strengthOf(event: PlatformEvent): number {
  const index = STRENGTH.findIndex((code) => code === event.code);
  return index === -1 ? STRENGTH.length : index;
}

/** The strongest, then the first: what came after is its consequence. */
function compareStrength(a: PlatformEvent, b: PlatformEvent): number {
  return strengthOf(a) - strengthOf(b) || compareEvents(a, b);
}

/** One for each component (its strongest), in the order in which trouble began. */
function likeliest(events: readonly PlatformEvent[]): readonly PlatformEvent[] {
  const strongest = new Map<string, PlatformEvent>();
  for (const event of events) {
    const known = strongest.get(event.component);
    if (known === undefined || compareStrength(event, known) < 0) {
      strongest.set(event.component, event);
    }
  }
  return [...strongest.values()];
}

/** When components that something happened to answered or called, ascending; only those are asked about. */
function signsOfLife(
  components: Iterable<string>,
  calls: readonly Call[],
): ReadonlyMap<string, readonly number[]> {
  const signs = new Map<string, number[]>();
  for (const component of components) signs.set(component, []);
  for (const call of calls) {
    if (call.firstByteAtUs !== null) signs.get(call.server)?.push(call.firstByteAtUs);
    signs.get(call.client)?.push(call.startedAtUs);
  }
  for (const instants of signs.values()) instants.sort((a, b) => a - b);
  return signs;
}

/** By halving. Infinity when there is none. */
function firstAfter(ascending: readonly number[], fromUs: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (elementAt(ascending, middle) > fromUs) high = middle;
    else low = middle + 1;
  }
  return ascending[low] ?? Infinity;
}
