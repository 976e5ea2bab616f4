import type {
  Attributes,
  AttributeValue,
  SpanEvent,
  SpanLink,
} from '../../../domain/calls/spans/span.ts';
import { EVENTS_MAX, LINKS_MAX } from '../limits.ts';
import { attributesOf, BatchBuilder, type SpanBatch } from './span-batch.ts';

/**
 * OTLP's own JSON: ids in hexadecimal digits, keys in lower camel case, enumerations as numbers, 64-bit
 * integers as texts or numbers. Unknown keys are ignored, as the specification demands.
 */

/** @param document - Of `JSON.parse`. @returns Null when it is no such document. Never throws. */
export function spansInJson(document: unknown, spansMax?: number): SpanBatch | null {
  const resourceSpans = field(document, 'resourceSpans');
  if (!isRecord(document) || !isListOrNothing(resourceSpans)) return null;
  const builder = new BatchBuilder(spansMax);
  for (const ofResource of listOf(resourceSpans)) {
    const resource = attributesIn(field(ofResource, 'resource'));
    const scopes = listOf(field(ofResource, 'scopeSpans'));
    for (const scope of scopes) {
      for (const span of listOf(field(scope, 'spans'))) addSpan(builder, span, resource);
    }
  }
  return builder.result();
}

function addSpan(builder: BatchBuilder, span: unknown, resource: Attributes): void {
  if (!isRecord(span)) {
    builder.reject('a span is no object');
    return;
  }
  const status = span['status'];
  builder.add(
    {
      traceId: idOf(span['traceId']),
      spanId: idOf(span['spanId']),
      parentSpanId: idOf(span['parentSpanId']),
      name: textOf(span['name']),
      kind: numberOf(span['kind']),
      startNs: nanosecondsOf(span['startTimeUnixNano']),
      endNs: nanosecondsOf(span['endTimeUnixNano']),
      attributes: attributesIn(span),
      events: listOf(span['events']).slice(-EVENTS_MAX).map(eventOf),
      links: listOf(span['links']).slice(-LINKS_MAX).map(linkOf),
      statusCode: numberOf(field(status, 'code')),
      statusMessage: textOf(field(status, 'message')),
    },
    resource,
  );
}

function eventOf(event: unknown): SpanEvent {
  return { name: textOf(field(event, 'name')), attributes: attributesIn(event) };
}

function linkOf(link: unknown): SpanLink {
  return { traceId: idOf(field(link, 'traceId')), spanId: idOf(field(link, 'spanId')) };
}

function attributesIn(owner: unknown): Attributes {
  const pairs = listOf(field(owner, 'attributes'));
  return attributesOf(
    pairs.map((pair) => [textOf(field(pair, 'key')), valueOf(field(pair, 'value'))] as const),
  );
}

function valueOf(value: unknown): AttributeValue | null {
  const text = field(value, 'stringValue');
  if (typeof text === 'string') return text;
  const flag = field(value, 'boolValue');
  if (typeof flag === 'boolean') return flag;
  const number = field(value, 'intValue') ?? field(value, 'doubleValue');
  if (typeof number === 'number') return number;
  return typeof number === 'string' && number !== '' ? Number(number) : null;
}

function idOf(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

const NANOSECONDS = /^\d{1,20}$/u;

function nanosecondsOf(value: unknown): bigint {
  if (typeof value === 'string' && NANOSECONDS.test(value)) return BigInt(value);
  const isWhole = typeof value === 'number' && Number.isInteger(value) && value > 0;
  return isWhole ? BigInt(value) : 0n;
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Null stands for what was left out, as in every JSON of protobuf. */
function isListOrNothing(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
