import type { Call } from '../call.ts';
import { compareCalls } from '../linking/sides.ts';
import { isProcessingCall } from './messaging-span.ts';
import { spanKey } from './span.ts';
import { UNKNOWN } from './span-peers.ts';

/** One call as spans tell it, with what its server tells where that was told too. */
export interface ToldCall {
  readonly call: Call;
  readonly serverCall: Call | null;
}

/** Wrappers in wrappers; a cycle ends there too. */
const STEPS_MAX = 16;

/**
 * One record for each call that spans tell: the client's, with the server's name for itself and its reason.
 *
 * A client span around another of the same service (a database's under an ORM's) is one call, the inner
 * one; a server span inside another of the same service is one call, the outer one. Cost: O(n log n).
 */
export function pairSpans(records: readonly Call[]): readonly ToldCall[] {
  const spans = gather(records);
  const paired = new Map<string, Call>();
  const rest: Call[] = [];
  for (const server of spans.servers) {
    const client = spans.clients.get(keyOf(server, 'spanId'));
    const isPair = client !== undefined && isSameCall(spans, client, server);
    if (isPair && !paired.has(client.id)) paired.set(client.id, server);
    else rest.push(withCaller(server, spans));
  }
  const told = [...spans.clients.values()]
    .filter(({ id }) => !spans.wrappers.has(id))
    .map<ToldCall>((client) => {
      const call = withParentAbove(client, spans);
      const server = paired.get(client.id);
      if (server === undefined) return { call, serverCall: null };
      return { call: together(call, server), serverCall: server };
    });
  const alone = rest.map<ToldCall>((call) => ({ call, serverCall: null }));
  return [...told, ...alone].toSorted((a, b) => compareCalls(a.call, b.call));
}

interface Spans {
  /** Made by a client, by the client's span. */
  readonly clients: ReadonlyMap<string, Call>;
  /** By the server's own span. */
  readonly entries: ReadonlyMap<string, Call>;
  /** Of the server only, without those inside another one of the same service, by start. */
  readonly servers: readonly Call[];
  /** Ids of client spans that only stand around others. */
  readonly wrappers: ReadonlySet<string>;
}

function gather(records: readonly Call[]): Spans {
  const calls = [...new Map(records.map((call) => [call.id, call])).values()].toSorted(
    compareCalls,
  );
  const made = calls.filter(({ side }) => side !== 'server');
  const served = calls.filter(({ correlation }) => correlation.serverSpanId !== undefined);
  const clients = new Map(made.map((call) => [keyOf(call, 'spanId'), call]));
  const entries = new Map(served.map((call) => [keyOf(call, 'serverSpanId'), call]));
  const wrappers = made.flatMap((call) => {
    const around = clients.get(keyOf(call, 'parentSpanId'));
    return around !== undefined && isWithin(call, around) ? [around.id] : [];
  });
  const servers = served
    .filter(({ side }) => side === 'server')
    .filter((call) => entries.get(keyOf(call, 'spanId'))?.server !== call.server);
  return { clients, entries, servers, wrappers: new Set(wrappers) };
}

type SpanField = 'spanId' | 'parentSpanId' | 'serverSpanId';

function keyOf({ correlation }: Call, field: SpanField): string {
  return spanKey(String(correlation.traceId), String(correlation[field]));
}

function isWithin(call: Call, around: Call): boolean {
  return (
    call.client === around.client &&
    call.id !== around.id &&
    call.startedAtUs >= around.startedAtUs &&
    call.startedAtUs <= (around.endedAtUs ?? Infinity)
  );
}

/** Of several servers that name one client span (a proxy handed it on) the one that was asked, if it is among them. */
function isSameCall({ servers, wrappers }: Spans, client: Call, server: Call): boolean {
  if (wrappers.has(client.id) || isProcessingCall(server)) return false;
  return server.server === client.server || !servers.some((other) => isAsked(other, client));
}

function isAsked(server: Call, client: Call): boolean {
  return server.server === client.server && keyOf(server, 'spanId') === keyOf(client, 'spanId');
}

/** Who calls without a span of its own hands its server span on. */
function withCaller(call: Call, { clients, entries }: Spans): Call {
  const key = keyOf(call, 'spanId');
  const caller = clients.get(key)?.client ?? entries.get(key)?.server;
  if (caller === undefined || call.client !== UNKNOWN) return call;
  const { spanId } = call.correlation;
  const correlation =
    clients.has(key) || spanId === undefined
      ? call.correlation
      : { ...call.correlation, parentSpanId: spanId };
  return { ...call, client: caller, correlation };
}

function withParentAbove(call: Call, { clients, wrappers }: Spans): Call {
  let parent = call;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const around = clients.get(keyOf(parent, 'parentSpanId'));
    if (around === undefined || !wrappers.has(around.id)) break;
    parent = around;
  }
  if (parent === call) return call;
  const { parentSpanId: _, ...correlation } = call.correlation;
  const { parentSpanId } = parent.correlation;
  return {
    ...call,
    correlation: { ...correlation, ...(parentSpanId === undefined ? {} : { parentSpanId }) },
  };
}

function together(client: Call, server: Call): Call {
  return {
    ...client,
    server: server.server,
    // The server knows its route.
    operation: client.protocol === server.protocol ? server.operation : client.operation,
    reason: reasonOfBoth(client.reason, server.reason, server.server),
    side: 'both',
    correlation: { ...server.correlation, ...client.correlation },
  };
}

const REASON_LENGTH_MAX = 640;

/** The first with what the second adds; null when the first has nothing to complain of. */
export function reasonOfBoth(
  first: string | null,
  second: string | null,
  who: string,
): string | null {
  if (first === null || second === null || first.includes(second)) return first;
  if (second.startsWith(first)) return second;
  return `${first}; ${who} says: ${second}`.slice(0, REASON_LENGTH_MAX);
}
