import type { Call } from '../call.ts';
import { routeOf } from '../outcomes.ts';
import { TEST_CALLER } from '../../catalog/component.ts';
import { elementAt } from '../../must-have.ts';
import { linkCalls, type CallForest } from '../linking/linking.ts';
import { joinRecords } from '../spans/join-records.ts';

/**
 * Which edge took longer than it usually does, for cases that ran out of time.
 *
 * An edge owns the time of its calls that the server did not spend waiting for others: the gap between
 * two components counts as the callee's. Compared by median and median absolute deviation, per edge,
 * since naive excess per component finds next to nothing.
 */

/** Own time of one edge and operation in earlier runs of the suite that passed: one sum for each run. */
export interface EdgeHistory {
  readonly from: string;
  readonly to: string;
  /** As `routeOf` gives it. */
  readonly route: string;
  readonly ownMs: readonly number[];
}

/** What one run adds to the history: its own times by edge and operation. */
export interface EdgeTime {
  readonly from: string;
  readonly to: string;
  readonly route: string;
  readonly ownMs: number;
}

/** The own times of everything that the tests of one run set off. */
export function edgeTimesOf(calls: readonly Call[]): readonly EdgeTime[] {
  const forest = linkCalls(joinRecords(calls).calls);
  const roots = forest.calls.filter(({ client }) => client === TEST_CALLER);
  return ownTimes(forest, roots)
    .values()
    .map(({ longest, ownMs }) => ({
      from: longest.client,
      to: longest.server,
      route: routeOf(longest),
      ownMs,
    }))
    .toArray();
}

export interface SlowEdge {
  /** The longest of its calls. */
  readonly call: Call;
  readonly ownMs: number;
  readonly usualMs: number;
  readonly score: number;
}

/** Fewer passing runs say nothing. */
const RUNS_MIN = 5;
/** Deviations from the median below this are ordinary. */
const SCORE_MIN = 3;
/** Makes the median absolute deviation comparable to a standard deviation. */
const MAD_SCALE = 1.4826;

export function slowestEdge(
  forest: CallForest,
  roots: readonly Call[],
  history: readonly EdgeHistory[],
): SlowEdge | null {
  const usual = new Map(
    history
      .filter(({ ownMs }) => ownMs.length >= RUNS_MIN)
      .map((edge) => [`${edge.from}\0${edge.to}\0${edge.route}`, edge.ownMs]),
  );
  if (usual.size === 0) return null;
  let slowest: SlowEdge | null = null;
  for (const [key, { longest, ownMs }] of ownTimes(forest, roots)) {
    const known = usual.get(key);
    if (known === undefined) continue;
    const usualMs = median(known);
    const score = (ownMs - usualMs) / deviation(known, usualMs);
    if (score >= SCORE_MIN && score > (slowest?.score ?? 0)) {
      slowest = { call: longest, ownMs, usualMs, score };
    }
  }
  return slowest;
}

interface OwnTime {
  longest: Call;
  longestMs: number;
  ownMs: number;
}

/** Sums by edge and operation over everything below the roots. What never ended counts to the end of its parent. */
function ownTimes(
  forest: CallForest,
  roots: readonly Call[],
): ReadonlyMap<string, Readonly<OwnTime>> {
  const times = new Map<string, OwnTime>();
  const ends = new Map<string, number>();
  const stack = [...roots];
  for (let call = stack.pop(); call !== undefined; call = stack.pop()) {
    const parent = forest.parentOf(call);
    const limitUs = (parent === null ? undefined : ends.get(parent.id)) ?? call.startedAtUs;
    const endUs = call.endedAtUs ?? Math.max(call.startedAtUs, limitUs);
    ends.set(call.id, endUs);
    const children = forest.childrenOf(call);
    const ownMs = (endUs - call.startedAtUs - coveredUs(call.startedAtUs, endUs, children)) / 1000;
    addTo(times, call, ownMs);
    stack.push(...children);
  }
  return times;
}

function addTo(times: Map<string, OwnTime>, call: Call, ownMs: number): void {
  const key = `${call.client}\0${call.server}\0${routeOf(call)}`;
  const known = times.get(key);
  if (known === undefined) {
    times.set(key, { longest: call, longestMs: ownMs, ownMs });
    return;
  }
  known.ownMs += ownMs;
  if (ownMs > known.longestMs) {
    known.longest = call;
    known.longestMs = ownMs;
  }
}

/** Length of the union of the children's times, cut to the parent's. Children are by start. */
function coveredUs(fromUs: number, toUs: number, children: readonly Call[]): number {
  let covered = 0;
  let reached = fromUs;
  for (const child of children) {
    const start = Math.max(reached, child.startedAtUs);
    const end = Math.min(toUs, child.endedAtUs ?? toUs);
    if (end <= start) continue;
    covered += end - start;
    reached = end;
  }
  return covered;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (elementAt(sorted, (sorted.length - 1) >> 1) + elementAt(sorted, sorted.length >> 1)) / 2;
}

/** Never below 5 % of the usual time or half a millisecond: a perfectly steady edge is no proof. */
function deviation(values: readonly number[], centre: number): number {
  const mad = median(values.map((value) => Math.abs(value - centre)));
  return Math.max(mad * MAD_SCALE, centre * 0.05, 0.5);
}
