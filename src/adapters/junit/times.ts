import type { TestCase } from '../../domain/calls/report.ts';

/** When cases ran, from what JUnit files say: when a suite began and how long each of its cases took. */

interface Sequence {
  readonly timestamp: string | null;
}

export interface Timed {
  readonly testCase: TestCase;
  /** Some frameworks say it of each case. */
  readonly timestamp: string | null;
  readonly seconds: number | null;
  /** The suite whose cases ran one after another; the same object for all of them. */
  readonly sequence: Sequence;
}

interface Run {
  readonly fromUs: number;
  readonly toUs: number;
}

/** How far outside the run times may lie: other clocks, rounding. */
const SLACK_US = 1_000_000;
/** Time zones differ by a multiple of it. */
const ZONE_STEP_US = 15 * 60 * 1_000_000;
const DAY_US = 24 * 60 * 60 * 1_000_000;

/**
 * Fills in windows where the times are believable: inside the run, and exact to the millisecond. Frameworks
 * that round to seconds, or note the time of writing, would put calls into the wrong case; no window is better.
 */
export function placeInTime<Item extends Timed>(items: readonly Item[], run: Run): readonly Item[] {
  const windows = new Map<Item, Run>();
  for (const [sequence, members] of Map.groupBy(items, (item) => item.sequence)) {
    for (const [item, window] of windowsOf(sequence, members, run)) windows.set(item, window);
  }
  return items.map((item) => withWindow(item, windows.get(item)));
}

function withWindow<Item extends Timed>(item: Item, window: Run | undefined): Item {
  if (window === undefined) return item;
  return { ...item, testCase: { ...item.testCase, window } };
}

function windowsOf<Item extends Timed>(
  sequence: Sequence,
  items: readonly Item[],
  run: Run,
): readonly (readonly [Item, Run])[] {
  const own = items.flatMap((item) => {
    const window = spanFrom(instantOf(item.timestamp, run), item.seconds);
    return window === null ? [] : [[item, window] as const];
  });
  if (own.length > 0) return own.filter(([, window]) => isInside(window, run));
  return sumUp(instantOf(sequence.timestamp, run), items, run);
}

/** All or nothing: one case without a time shifts those after it by an unknown amount. */
function sumUp<Item extends Timed>(
  fromUs: number | null,
  items: readonly Item[],
  run: Run,
): readonly (readonly [Item, Run])[] {
  const placed: (readonly [Item, Run])[] = [];
  let nextUs = fromUs;
  for (const item of items) {
    const window = spanFrom(nextUs, item.seconds);
    if (window === null) return [];
    nextUs = window.toUs;
    placed.push([item, window]);
  }
  const last = placed.at(-1);
  return last === undefined || !isInside(last[1], run) ? [] : placed;
}

function spanFrom(fromUs: number | null, seconds: number | null): Run | null {
  if (fromUs === null || seconds === null) return null;
  return { fromUs, toUs: fromUs + Math.round(seconds * 1_000_000) };
}

function isInside(window: Run, run: Run): boolean {
  return window.fromUs >= run.fromUs - SLACK_US && window.toUs <= run.toUs + SLACK_US;
}

/** ISO 8601 with a fraction of seconds. Without a zone it is whichever zone puts it nearest to the run. */
function instantOf(timestamp: string | null, run: Run): number | null {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)\.(\d{1,9})(Z|[+-]\d\d:?\d\d)?$/u.exec(
    timestamp?.trim() ?? '',
  );
  if (match === null) return null;
  const [, date, time, fraction = '', zone] = match;
  const wholeMs = Date.parse(`${date}T${time}${withColon(zone ?? 'Z')}`);
  if (Number.isNaN(wholeMs)) return null;
  const instantUs = wholeMs * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
  if (zone !== undefined) return instantUs;
  const offset = Math.round((run.fromUs - instantUs) / ZONE_STEP_US) * ZONE_STEP_US;
  return Math.abs(offset) <= DAY_US ? instantUs + offset : null;
}

function withColon(zone: string): string {
  return /^[+-]\d{4}$/u.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
}
