import { lastKnownAtUs, type Call } from '../call.ts';
import { elementAt } from '../../must-have.ts';
import { OUTSIDE_CALLER } from '../../catalog/component.ts';
import { isFailed, isOpaque, routeOf } from '../outcomes.ts';
import { listAt } from '../linking/sides.ts';
import { spanKey } from './span.ts';
import { UNKNOWN } from './span-peers.ts';

/**
 * Which call of the wire is which call that spans tell: at most one for each.
 *
 * By trace headers where the wire shows them; else by both ends, protocol and operation, with one of the
 * two inside the other in time, nearest first. Cost: O((wire + told) log wire), each looks at 512 at most.
 */

/** Two clocks, and a client that looks up a name or waits for a connection before it asks. */
const CLOCK_ERROR_US = 5_000;
/** How long a request may wait for its server before that begins a span. */
const QUEUE_US_MAX = 5_000_000;
/** Neighbours in time that are looked at, in each direction. */
const NEIGHBOURS_MAX = 256;

/** @param wire - By start. @param told - By start. @returns Told → wire. */
export function matchSpans(wire: readonly Call[], told: readonly Call[]): ReadonlyMap<Call, Call> {
  const index = indexOf(wire.filter((call) => !isOpaque(call)));
  const matches = new Map<Call, Call>();
  const taken = new Set<Call>();
  const match = (call: Call, found: Call | null): void => {
    if (found === null) return;
    matches.set(call, found);
    taken.add(found);
  };
  for (const call of told) match(call, byTrace(index, call, taken));
  for (const call of told) if (!matches.has(call)) match(call, byEnds(index, call, taken));
  return matches;
}

interface WireIndex {
  readonly byTrace: ReadonlyMap<string, readonly Call[]>;
  readonly byClient: ReadonlyMap<string, readonly Call[]>;
  readonly byServer: ReadonlyMap<string, readonly Call[]>;
}

function indexOf(wire: readonly Call[]): WireIndex {
  const traces = new Map<string, Call[]>();
  const clients = new Map<string, Call[]>();
  const servers = new Map<string, Call[]>();
  for (const call of wire) {
    const { traceId, spanId } = call.correlation;
    if (traceId !== undefined && spanId !== undefined) {
      listAt(traces, spanKey(traceId, spanId)).push(call);
    }
    listAt(clients, call.client).push(call);
    listAt(servers, call.server).push(call);
  }
  return { byTrace: traces, byClient: clients, byServer: servers };
}

/** A proxy hands headers on as they are: of several calls the one between the same two. */
function byTrace(index: WireIndex, told: Call, taken: ReadonlySet<Call>): Call | null {
  const { traceId, spanId } = told.correlation;
  if (traceId === undefined || spanId === undefined) return null;
  const all = index.byTrace.get(spanKey(traceId, spanId)) ?? [];
  const free = all.filter((call) => !taken.has(call));
  return free.find((call) => haveSameEnds(call, told)) ?? free[0] ?? null;
}

function byEnds(index: WireIndex, told: Call, taken: ReadonlySet<Call>): Call | null {
  const isServers = told.side === 'server';
  const list = isServers
    ? (index.byServer.get(told.server) ?? [])
    : (index.byClient.get(told.client) ?? []);
  const from = firstFrom(list, told.startedAtUs);
  const earliestUs = told.startedAtUs - (isServers ? QUEUE_US_MAX : CLOCK_ERROR_US);
  const latestUs = lastKnownAtUs(told) + CLOCK_ERROR_US;
  const isFit = (call: Call): boolean => !taken.has(call) && fits(call, told);
  const before = list
    .slice(Math.max(0, from - NEIGHBOURS_MAX), from)
    .findLast((call) => call.startedAtUs >= earliestUs && isFit(call));
  const after = list
    .slice(from, from + NEIGHBOURS_MAX)
    .find((call) => call.startedAtUs <= latestUs && isFit(call));
  if (before === undefined || after === undefined) return before ?? after ?? null;
  const isBeforeNearer = apartUs(before, told) <= apartUs(after, told);
  return isBeforeNearer ? before : after;
}

/** Place of the first that starts then or later; the list is by start. */
export function firstFrom(list: readonly Call[], atUs: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (elementAt(list, middle).startedAtUs < atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fits(wire: Call, told: Call): boolean {
  return (
    haveSameEnds(wire, told) &&
    mayBeOneTrace(wire, told) &&
    mayBeOneAnswer(wire, told) &&
    areTogether(wire, told)
  );
}

function haveSameEnds(wire: Call, told: Call): boolean {
  return isSameEnd(wire.client, told.client) && isSameEnd(wire.server, told.server);
}

const NOBODY = new Set([UNKNOWN, OUTSIDE_CALLER]);
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?$|^\[|:.*:/u;

/** Who is not known, or by an address only, may be anybody. */
function isSameEnd(a: string, b: string): boolean {
  return a === b || [a, b].some((name) => NOBODY.has(name) || ADDRESS.test(name));
}

/** What has headers of its own was matched by them, or is another call. */
function mayBeOneTrace({ correlation: { traceId, spanId } }: Call, told: Call): boolean {
  if (traceId === undefined) return true;
  return traceId === told.correlation.traceId && spanId === undefined;
}

const WAYS = new Set(['tcp', 'tls', 'dns']);

function mayBeOneAnswer(wire: Call, told: Call): boolean {
  // Without a connection the wire knows no more of a call.
  if (WAYS.has(wire.protocol)) return isFailed(wire) && isFailed(told);
  return wire.protocol === told.protocol || told.protocol === UNKNOWN;
}

function areTogether(wire: Call, told: Call): boolean {
  if (apartUs(wire, told) < CLOCK_ERROR_US) return true;
  const isSame = WAYS.has(wire.protocol) || haveSameOperation(wire, told);
  if (!isSame) return false;
  return told.side === 'server' ? beganInside(told, wire) : isInside(wire, told);
}

function apartUs(wire: Call, told: Call): number {
  return Math.abs(wire.startedAtUs - told.startedAtUs);
}

function isInside(wire: Call, told: Call): boolean {
  return (
    wire.startedAtUs >= told.startedAtUs &&
    lastKnownAtUs(wire) <= lastKnownAtUs(told) + CLOCK_ERROR_US
  );
}

/** A server may go on long after its client has given up. */
function beganInside(told: Call, wire: Call): boolean {
  const endedAtUs = wire.endedAtUs ?? Infinity;
  return told.startedAtUs >= wire.startedAtUs && told.startedAtUs <= endedAtUs;
}

/** `GET /carts/abc` is `GET /carts/{id}`; a span may know the method only. */
function haveSameOperation(wire: Call, told: Call): boolean {
  if (wire.operation.startsWith(`${told.operation} `)) return true;
  const seen = routeOf(wire).split('/');
  const said = routeOf(told).split('/');
  return (
    seen.length === said.length &&
    seen.every((part, at) => part === said[at] || part === '{}' || said[at] === '{}')
  );
}
