import type { Call } from '../call.ts';
import { elementAt } from '../../must-have.ts';
import { routeOf, targetOf } from '../outcomes.ts';
import { listAt } from './sides.ts';

/**
 * Which call caused which: for each call the one that its client was serving at the time.
 *
 * First rule that fires: trace id, request id, containment (the inbound calls in flight). Where several
 * fit, the one free for longest that the route is known to need it, and the link counts as a guess.
 * Parents start before their children, so there are no cycles. Cost: O(calls × calls in flight, at most 64).
 */

/** More calls in flight at one component than this are not told apart. */
const IN_FLIGHT_MAX = 64;

export interface CallForest {
  /** Every call once, parents before children. */
  readonly calls: readonly Call[];
  parentOf(call: Call): Call | null;
  /** By start. */
  childrenOf(call: Call): readonly Call[];
  /** True when several parents fitted. */
  isGuess(call: Call): boolean;
}

interface Link {
  readonly parent: Inbound;
  readonly guess: boolean;
}

/** A call at its server, with what the server did for it so far. */
interface Inbound {
  readonly call: Call;
  busyUntilUs: number;
  readonly made: Map<string, number>;
}

interface Desk {
  inFlight: Inbound[];
  readonly byTrace: Map<string, Inbound[]>;
  readonly byRequest: Map<string, Inbound[]>;
  /** Route served → what it is known to call, and how often. */
  readonly habits: Map<string, Map<string, number>>;
}

/** @param calls - In the order of `compareCalls`. */
export function linkCalls(calls: readonly Call[]): CallForest {
  const desks = new Map<string, Desk>();
  const parents = new Map<string, Call>();
  const children = new Map<string, Call[]>();
  const guesses = new Set<string>();
  for (const call of calls) {
    const link = findParent(desks.get(call.client), call);
    if (link !== null) {
      take(deskOf(desks, call.client), link, call);
      parents.set(call.id, link.parent.call);
      listAt(children, link.parent.call.id).push(call);
      if (link.guess) guesses.add(call.id);
    }
    arrive(deskOf(desks, call.server), call);
  }
  return {
    calls,
    parentOf: (call) => parents.get(call.id) ?? null,
    childrenOf: (call) => children.get(call.id) ?? [],
    isGuess: (call) => guesses.has(call.id),
  };
}

function deskOf(desks: Map<string, Desk>, component: string): Desk {
  const found = desks.get(component);
  if (found !== undefined) return found;
  const desk: Desk = {
    inFlight: [],
    byTrace: new Map(),
    byRequest: new Map(),
    habits: new Map(),
  };
  desks.set(component, desk);
  return desk;
}

function arrive(desk: Desk, call: Call): void {
  const inbound: Inbound = { call, busyUntilUs: call.startedAtUs, made: new Map() };
  desk.inFlight.push(inbound);
  const { traceId, requestId } = call.correlation;
  if (traceId !== undefined) listAt(desk.byTrace, traceId).push(inbound);
  if (requestId !== undefined) listAt(desk.byRequest, requestId).push(inbound);
}

function take(desk: Desk, link: Link, child: Call): void {
  const { parent } = link;
  const key = targetOf(child);
  parent.busyUntilUs = Math.max(parent.busyUntilUs, child.endedAtUs ?? Infinity);
  const count = (parent.made.get(key) ?? 0) + 1;
  parent.made.set(key, count);
  if (link.guess) return;
  const route = routeOf(parent.call);
  const habit = desk.habits.get(route) ?? new Map<string, number>();
  habit.set(key, Math.max(habit.get(key) ?? 0, count));
  desk.habits.set(route, habit);
}

function findParent(desk: Desk | undefined, call: Call): Link | null {
  if (desk === undefined) return null;
  const { traceId, requestId } = call.correlation;
  return (
    correlated(desk, traceId === undefined ? undefined : desk.byTrace.get(traceId), call) ??
    correlated(desk, requestId === undefined ? undefined : desk.byRequest.get(requestId), call) ??
    contained(desk, call)
  );
}

/** Ids prove the family; among relatives the span decides, then who was in flight, then the last one. */
function correlated(desk: Desk, relatives: readonly Inbound[] = [], call: Call): Link | null {
  const recent = relatives.slice(-IN_FLIGHT_MAX);
  const { parentSpanId } = call.correlation;
  const parent =
    parentSpanId === undefined
      ? undefined
      : recent.findLast(({ call: { correlation } }) =>
          [correlation.serverSpanId, correlation.spanId].includes(parentSpanId),
        );
  if (parent !== undefined) return { parent, guess: false };
  const open = recent.filter((inbound) => isInFlight(inbound.call, call.startedAtUs));
  if (open.length > 0) return choose(desk, open, call);
  const last = recent.at(-1);
  return last === undefined ? null : { parent: last, guess: recent.length > 1 };
}

function contained(desk: Desk, call: Call): Link | null {
  const open = inFlightAt(desk, call.startedAtUs);
  const { testCase } = call.correlation;
  if (testCase === undefined) return choose(desk, open, call);
  const same = open.filter((inbound) => inbound.call.correlation.testCase === testCase);
  if (same.length > 0) return choose(desk, same, call);
  const unmarked = open.filter((inbound) => inbound.call.correlation.testCase === undefined);
  return choose(desk, unmarked, call);
}

/** Newest 64 that have not ended; those found ended are forgotten, so each is looked at once more at most. */
function inFlightAt(desk: Desk, atUs: number): Inbound[] {
  const open: Inbound[] = [];
  let index = desk.inFlight.length - 1;
  let dropped = false;
  for (; index >= 0 && open.length < IN_FLIGHT_MAX; index -= 1) {
    const inbound = elementAt(desk.inFlight, index);
    if (isInFlight(inbound.call, atUs)) open.push(inbound);
    else dropped = true;
  }
  open.reverse();
  if (dropped) desk.inFlight.splice(index + 1, Infinity, ...open);
  return open;
}

function isInFlight(call: Call, atUs: number): boolean {
  return call.startedAtUs <= atUs && (call.endedAtUs === null || call.endedAtUs >= atUs);
}

function choose(desk: Desk, candidates: readonly Inbound[], call: Call): Link | null {
  const [first] = candidates;
  if (first === undefined) return null;
  if (candidates.length === 1) return { parent: first, guess: false };
  let parent = first;
  let best = rankOf(desk, first, call);
  for (const candidate of candidates.slice(1)) {
    const rank = rankOf(desk, candidate, call);
    if (rank < best || (rank === best && isEarlier(candidate, parent, rank))) {
      parent = candidate;
      best = rank;
    }
  }
  return { parent, guess: true };
}

const BUSY = 3;

/** 0: free and known to make this call next; 1: free, route not known; 2: free, but it never does; 3: busy. */
function rankOf(desk: Desk, inbound: Inbound, call: Call): number {
  if (inbound.busyUntilUs > call.startedAtUs) return BUSY;
  const habit = desk.habits.get(routeOf(inbound.call));
  if (habit === undefined) return 1;
  const key = targetOf(call);
  return (inbound.made.get(key) ?? 0) < (habit.get(key) ?? 0) ? 0 : 2;
}

/** Among the free the one free for longest (a queue); among the busy the most recent. */
function isEarlier(a: Inbound, b: Inbound, rank: number): boolean {
  if (rank === BUSY) return a.call.startedAtUs > b.call.startedAtUs;
  return a.busyUntilUs < b.busyUntilUs;
}
