import { OUTSIDE_CALLER } from '../../catalog/component.ts';
import { lastKnownAtUs, type Call } from '../call.ts';
import { isFailed, isOpaque, isUnseen } from '../outcomes.ts';
import { compareCalls, joinSides, type JoinedCalls } from '../linking/sides.ts';
import { firstFrom, matchSpans } from './match-spans.ts';
import { pairSpans, reasonOfBoth } from './pair-spans.ts';
import { UNKNOWN } from './span-peers.ts';

/**
 * One record for each call, whoever saw it: both ends on the wire, both ends in spans.
 *
 * Where both tell a call, the wire decides how it ended, as far as it saw that; spans give the route, what
 * was thrown, and who caused it. What they disagree about is told.
 */
export interface JoinedRecords extends JoinedCalls {
  readonly disputes: readonly Dispute[];
}

/** One says that a call went well, the other that it failed. */
export interface Dispute {
  readonly wire: Call;
  readonly told: Call;
}

/** Cost: O(records log records). */
export function joinRecords(records: readonly Call[]): JoinedRecords {
  const wire = joinSides(records.filter(({ source }) => source !== 'spans'));
  const spans = records.filter(({ source }) => source === 'spans');
  if (spans.length === 0) return { ...wire, disputes: [] };
  const told = pairSpans(spans);
  const matches = matchSpans(
    wire.calls,
    told.map(({ call }) => call),
  );
  const merged = new Map(
    [...matches].map(([said, seen]) => [seen.id, mergedCall(seen, said)] as const),
  );
  const untold = told.flatMap(({ call }) => (matches.has(call) ? [] : [call]));
  const connections = connectionsAround(wire.calls, untold);
  const serverRecords = new Map(wire.serverRecords);
  for (const { call, serverCall } of told) {
    const { id } = matches.get(call) ?? call;
    if (serverCall !== null && !serverRecords.has(id)) serverRecords.set(id, serverCall);
  }
  const calls = [
    ...wire.calls
      .filter(({ id }) => !connections.has(id))
      .map((call) => merged.get(call.id) ?? call),
    ...untold.map((call) => ({ ...call, client: knownOr(call.client, OUTSIDE_CALLER) })),
  ];
  return {
    calls: calls.toSorted(compareCalls),
    serverRecords,
    disputes: [...matches]
      .filter(([said, seen]) => areOpposite(said, seen))
      .map(([said, seen]) => ({ wire: seen, told: said })),
  };
}

function areOpposite(a: Call, b: Call): boolean {
  return (a.outcome === 'ok' && isFailed(b)) || (b.outcome === 'ok' && isFailed(a));
}

function mergedCall(wire: Call, told: Call): Call {
  return {
    ...wire,
    ...endingOf(wire, told),
    client: wire.client === OUTSIDE_CALLER ? knownOr(told.client, wire.client) : wire.client,
    operation: operationOf(wire, told),
    endedAtUs: wire.endedAtUs ?? told.endedAtUs,
    side: wire.side === told.side ? wire.side : 'both',
    correlation: { ...told.correlation, ...wire.correlation },
    source: 'both',
  };
}

function knownOr(name: string, otherwise: string): string {
  return name === UNKNOWN ? otherwise : name;
}

type Ending = Pick<Call, 'outcome' | 'errorType' | 'reason' | 'status' | 'confidence'>;

/** A client that gave up knows best why; what was hidden from the wire only spans can tell. */
function endingOf(wire: Call, told: Call): Ending {
  const isTimeout = wire.outcome === 'cancelled' && told.outcome === 'timeout';
  if (isUnseen(wire) || isTimeout) {
    const { outcome, errorType, reason, status } = told;
    return { outcome, errorType, reason, status, confidence: wire.confidence };
  }
  const { outcome, errorType, status } = wire;
  const isAgreed = wire.confidence === 'low' && outcome === told.outcome;
  return {
    outcome,
    errorType,
    status,
    reason: reasonOfBoth(wire.reason, told.reason, 'its span'),
    confidence: isAgreed ? told.confidence : wire.confidence,
  };
}

const WITHOUT_OPERATION = new Set(['tcp', 'tls', 'dns']);

function operationOf(wire: Call, told: Call): string {
  const isRoute = wire.protocol === 'http' && told.operation.includes(' /');
  const isNameless = WITHOUT_OPERATION.has(wire.protocol) || wire.operation === UNKNOWN;
  return isRoute || isNameless ? told.operation : wire.operation;
}

/** Connections that nobody could read into, with calls in them that only spans tell: those are the calls. */
function connectionsAround(wire: readonly Call[], told: readonly Call[]): ReadonlySet<string> {
  const byEnds = Map.groupBy(told, endsOf);
  return new Set(
    wire.flatMap((connection) => {
      const list = byEnds.get(endsOf(connection)) ?? [];
      const first = list[firstFrom(list, connection.startedAtUs)];
      const isAround =
        isOpaque(connection) && (first?.startedAtUs ?? Infinity) <= lastKnownAtUs(connection);
      return isAround ? [connection.id] : [];
    }),
  );
}

function endsOf({ client, server }: Call): string {
  return `${client}\0${server}`;
}
