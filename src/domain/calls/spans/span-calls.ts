import type { Call, Correlation } from '../call.ts';
import { isProcessing } from './messaging-span.ts';
import type { Span } from './span.ts';
import { SpanFamilies } from './span-families.ts';
import { clientOf, serverOf, serviceOf, type SpanPlaces } from './span-peers.ts';
import { tellingOf } from './span-telling.ts';

/**
 * Spans in, calls out: each span that is one end of a call becomes what that end tells. Both ends of one
 * call are joined later, with each other and with what was seen on the wire (`join-records.ts`).
 *
 * @param sender - Address that the spans came from, where that is the service itself.
 */
export function callsOfSpans(
  spans: readonly Span[],
  places: SpanPlaces,
  { families = new SpanFamilies(), sender = null }: SpanSource = {},
): readonly Call[] {
  const told = spans.map((span) => ({ span, service: serviceOf(span.resource, places, sender) }));
  for (const { span, service } of told) families.add(span, service);
  return told.flatMap(({ span, service }) => {
    const ends = endsOf(span, service, places, families);
    return ends === null ? [] : [callOf(span, ends)];
  });
}

interface SpanSource {
  /** What was told before, when spans come in lots. */
  readonly families?: SpanFamilies;
  readonly sender?: string | null;
}

interface Ends {
  readonly client: string;
  readonly server: string;
  readonly side: 'client' | 'server';
  readonly correlation: Correlation;
}

/** Null for what happens within a service. */
function endsOf(
  span: Span,
  service: string,
  places: SpanPlaces,
  families: SpanFamilies,
): Ends | null {
  const { traceId, spanId } = span;
  if (span.kind === 'internal' || span.kind === 'unspecified') return null;
  const above = families.endAbove(span, service);
  if (span.kind === 'server' || isProcessing(span)) {
    return {
      client: causeOf(span, service, families) ?? clientOf(span),
      server: service,
      side: 'server',
      correlation: {
        traceId,
        ...(above === null ? {} : { spanId: above }),
        serverSpanId: spanId,
      },
    };
  }
  return {
    client: service,
    server: serverOf(span, service, places),
    side: 'client',
    correlation: { traceId, spanId, ...(above === null ? {} : { parentSpanId: above }) },
  };
}

/** The service that made the parent, or sent the message that is processed. */
function causeOf(span: Span, service: string, families: SpanFamilies): string | null {
  const { traceId, parentSpanId } = span;
  const causes = parentSpanId === null ? [] : [{ traceId, spanId: parentSpanId }];
  for (const cause of [...causes, ...span.links]) {
    const found = families.serviceOf(cause.traceId, cause.spanId);
    if (found !== null && found !== service) return found;
  }
  return null;
}

function callOf(span: Span, ends: Ends): Call {
  const { protocol, operation, status, ending } = tellingOf(span, ends.server);
  const isAnswered =
    status !== null ||
    !['transport_error', 'timeout', 'cancelled', 'unknown'].includes(ending.outcome);
  return {
    id: `${span.traceId}-${span.spanId}`,
    client: ends.client,
    server: ends.server,
    protocol,
    operation,
    startedAtUs: span.startedAtUs,
    firstByteAtUs: isAnswered ? span.endedAtUs : null,
    endedAtUs: span.endedAtUs,
    ...ending,
    side: ends.side,
    status,
    correlation: ends.correlation,
    confidence: 'high',
    connectionId: 'spans',
    source: 'spans',
  };
}
