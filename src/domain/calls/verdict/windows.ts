import { lastKnownAtUs, type Call } from '../call.ts';
import { isFailed } from '../outcomes.ts';
import type { TestCase } from '../report.ts';

/**
 * Which root calls belong to which test case.
 *
 * A mark on the call decides; else the window that the test results give; a call between two windows
 * belongs to the next case (its preparation), or to the previous one if only that failed. Failed cases
 * that nothing places share the rest of the run: low confidence.
 */

export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What is explained together: one failed case, or all the failed ones that nothing places. */
export interface CaseScope {
  readonly cases: readonly string[];
  readonly window: Span;
  /** Root calls by start. */
  readonly roots: readonly Call[];
  readonly confidence: 'high' | 'low';
  /** The test results say that it ran out of time. */
  readonly ranOutOfTime: boolean;
}

export interface AssignedCases {
  /** As given, with windows filled in from marks. */
  readonly cases: readonly TestCase[];
  /** Of failed cases only. */
  readonly failed: readonly CaseScope[];
}

interface Place {
  readonly testCase: TestCase;
  readonly marked: Call[];
  readonly timed: Call[];
  /** Calls that fitted several windows or none. */
  guesses: number;
}

/** @param roots - Calls of the test client, by start. */
export function assignCases(
  cases: readonly TestCase[],
  roots: readonly Call[],
  run: Span,
): AssignedCases {
  const places = cases.map<Place>((testCase) => ({ testCase, marked: [], timed: [], guesses: 0 }));
  const byMark = placesByName(places);
  const unmarked: Call[] = [];
  for (const root of roots) {
    const place = byMark.get(readMark(root.correlation.testCase));
    if (place === undefined) unmarked.push(root);
    else place.marked.push(root);
  }
  const placed = places.map(withWindow);
  const rest = assignByTime(placed, unmarked);
  const failed = placed.filter(({ testCase }) => isFailedCase(testCase));
  const lost = failed.filter(({ testCase }) => testCase.window === null);
  return {
    cases: placed.map(({ testCase }) => testCase),
    failed: [...timedPlaces(failed).map(scopeOf), ...sharedScope(lost, rest, run)],
  };
}

function isFailedCase(testCase: TestCase): boolean {
  return testCase.outcome === 'failed';
}

/** Of several cases with one name the failed one, since only failed cases are explained. */
function placesByName(places: readonly Place[]): ReadonlyMap<string | undefined, Place> {
  const byName = new Map<string | undefined, Place>();
  for (const place of places) {
    const known = byName.get(place.testCase.name);
    if (known === undefined || (isFailedCase(place.testCase) && !isFailedCase(known.testCase))) {
      byName.set(place.testCase.name, place);
    }
  }
  return byName;
}

/** Baggage values travel percent-encoded. */
function readMark(mark: string | undefined): string | undefined {
  if (mark?.includes('%') !== true) return mark;
  try {
    return decodeURIComponent(mark);
  } catch {
    return mark;
  }
}

function withWindow(place: Place): Place {
  const first = place.marked[0];
  if (place.testCase.window !== null || first === undefined) return place;
  const ends = place.marked.map(lastKnownAtUs);
  const toUs = ends.reduce((a, b) => Math.max(a, b), first.startedAtUs);
  return { ...place, testCase: { ...place.testCase, window: { fromUs: first.startedAtUs, toUs } } };
}

/** Gives every unmarked root to a case; returns those that belong to none. */
function assignByTime(places: readonly Place[], roots: readonly Call[]): readonly Call[] {
  const timed = timedPlaces(places)
    // A case whose calls are marked needs no other evidence.
    .filter(({ place }) => place.marked.length === 0)
    .toSorted((a, b) => a.window.fromUs - b.window.fromUs || a.window.toUs - b.window.toUs);
  // Where calls are marked, one without a mark is not the tests'; where cases have no window, it may be theirs.
  const takesNearest = places.every(
    ({ marked, testCase }) =>
      marked.length === 0 && !(isFailedCase(testCase) && testCase.window === null),
  );
  const rest: Call[] = [];
  let next = 0;
  for (const root of roots) {
    while ((timed[next]?.window.fromUs ?? Infinity) <= root.startedAtUs) next += 1;
    const found = findWindow(timed, next, root) ?? (takesNearest ? nearest(timed, next) : null);
    if (found === null) {
      rest.push(root);
      continue;
    }
    found.place.timed.push(root);
    if (found.isGuess) found.place.guesses += 1;
  }
  return rest;
}

interface TimedPlace {
  readonly place: Place;
  readonly window: Span;
}

function timedPlaces(places: readonly Place[]): readonly TimedPlace[] {
  return places
    .map((place) => ({ place, window: place.testCase.window }))
    .filter((entry): entry is TimedPlace => entry.window !== null);
}

interface Found {
  readonly place: Place;
  readonly isGuess: boolean;
}

/** More windows than this at one instant are not told apart. */
const OVERLAP_MAX = 64;

/** Of several windows: a failed call goes to a failed case, else the case that began last. */
function findWindow(timed: readonly TimedPlace[], next: number, root: Call): Found | null {
  const around = timed
    .slice(Math.max(0, next - OVERLAP_MAX), next)
    .filter(({ window }) => root.startedAtUs <= window.toUs);
  const last = around.at(-1);
  if (last === undefined) return null;
  const failed = isFailed(root)
    ? around.findLast(({ place }) => isFailedCase(place.testCase))
    : undefined;
  return { place: (failed ?? last).place, isGuess: around.length > 1 };
}

function nearest(timed: readonly TimedPlace[], next: number): Found | null {
  const after = timed[next];
  const before = timed[next - 1];
  const onlyBeforeFailed =
    before !== undefined &&
    isFailedCase(before.place.testCase) &&
    (after === undefined || !isFailedCase(after.place.testCase));
  const found = onlyBeforeFailed ? before : (after ?? before);
  return found === undefined ? null : { place: found.place, isGuess: true };
}

function scopeOf({ place, window }: TimedPlace): CaseScope {
  const { testCase, marked, timed } = place;
  return {
    cases: [testCase.name],
    window,
    roots: marked.length > 0 ? marked : timed,
    confidence: marked.length === 0 && place.guesses > 0 ? 'low' : 'high',
    ranOutOfTime: saysTimeout(testCase),
  };
}

function sharedScope(lost: readonly Place[], rest: readonly Call[], run: Span): CaseScope[] {
  if (lost.length === 0) return [];
  return [
    {
      cases: lost.map(({ testCase }) => testCase.name),
      window: run,
      roots: rest,
      confidence: 'low',
      ranOutOfTime: lost.some(({ testCase }) => saysTimeout(testCase)),
    },
  ];
}

function saysTimeout(testCase: TestCase): boolean {
  return /tim(?:ed|e)[ -]?out/iu.test(testCase.message ?? '');
}
