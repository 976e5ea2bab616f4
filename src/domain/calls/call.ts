/** One request from client to server with its outcome. */

export const OUTCOMES = [
  'ok',
  'client_error',
  'server_error',
  'transport_error',
  'timeout',
  'cancelled',
  'unknown',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Ids from headers that link calls to each other and to test cases; read, never written. */
export interface Correlation {
  /** From `traceparent`, `b3`/`x-b3-traceid`, `uber-trace-id`, `sw8`. */
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  /** The server's own span of this call, which what it calls has for a parent; told by spans only. */
  readonly serverSpanId?: string;
  /** From `x-request-id` or `x-correlation-id`. */
  readonly requestId?: string;
  /** From `baggage: offshoot-test=<case>`. */
  readonly testCase?: string;
}

export interface Call {
  readonly id: string;
  /** Component names where known, else `ip:port`, else `unknown`; `test` and `outside` are callers. */
  readonly client: string;
  readonly server: string;
  /** `http`, `tcp`, later `grpc`, `postgres` … */
  readonly protocol: string;
  /** `GET /carts/{id}`-like for HTTP (method and path without query), `connect` for plain TCP. */
  readonly operation: string;
  /** Microseconds since the epoch; integers. */
  readonly startedAtUs: number;
  /** First byte of the response; null when none came. */
  readonly firstByteAtUs: number | null;
  /** Null while open when the recording ended. */
  readonly endedAtUs: number | null;
  readonly outcome: Outcome;
  /** Low-cardinality class of a failed call: `503`, `tcp.refused`, `tcp.reset_before_response`; null when ok. */
  readonly errorType: string | null;
  /** For people, redacted, at most 256 bytes of any body; null when ok. */
  readonly reason: string | null;
  readonly side: 'client' | 'server' | 'both';
  /** Protocol status where one was seen: 200, 503. */
  readonly status: number | null;
  readonly correlation: Correlation;
  /** Lower when bytes were lost or pairing was ambiguous. */
  readonly confidence: 'high' | 'low';
  readonly connectionId: string;
  /** Who told it; the wire, where nothing is said. */
  readonly source?: 'spans' | 'both';
}

/** When it ended; while it is open, when it began. */
export function lastKnownAtUs(call: Pick<Call, 'startedAtUs' | 'endedAtUs'>): number {
  return call.endedAtUs ?? call.startedAtUs;
}

/** The first to end first; what is open last. */
export function compareEnds(a: Pick<Call, 'endedAtUs'>, b: Pick<Call, 'endedAtUs'>): number {
  const [endA, endB] = [a.endedAtUs ?? Infinity, b.endedAtUs ?? Infinity];
  if (endA === endB) return 0;
  return endA < endB ? -1 : 1;
}

/** Milliseconds with microsecond resolution; null while open. */
export function durationMsOf(call: Pick<Call, 'startedAtUs' | 'endedAtUs'>): number | null {
  return call.endedAtUs === null ? null : (call.endedAtUs - call.startedAtUs) / 1000;
}
