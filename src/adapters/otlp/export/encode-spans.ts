import {
  SPAN_KINDS,
  type Attributes,
  type AttributeValue,
  type Span,
  type SpanEvent,
} from '../../../domain/calls/spans/span.ts';
import {
  bytesField,
  doubleField,
  fixed64Field,
  integerField,
  messageOf,
  textField,
  type Piece,
} from '../encoding/protobuf-writer.ts';

/** Spans as `ExportTraceServiceRequest` in protobuf: one resource for each service. */

const STATUS_CODES = ['unset', 'ok', 'error'] as const;

export function encodeSpans(spans: readonly Span[]): Uint8Array {
  const byResource = Map.groupBy(spans, ({ resource }) => resource);
  return messageOf(
    ...[...byResource].map(([resource, own]) => bytesField(1, resourceSpans(resource, own))),
  );
}

function resourceSpans(resource: Attributes, spans: readonly Span[]): Uint8Array {
  const scopeSpans = messageOf(
    bytesField(1, messageOf(textField(1, 'offshoot'))),
    ...spans.map((span) => bytesField(2, spanMessage(span))),
  );
  return messageOf(
    bytesField(1, messageOf(...attributeFields(1, resource))),
    bytesField(2, scopeSpans),
  );
}

function spanMessage(span: Span): Uint8Array {
  const { parentSpanId, endedAtUs, status } = span;
  return messageOf(
    bytesField(1, Buffer.from(span.traceId, 'hex')),
    bytesField(2, Buffer.from(span.spanId, 'hex')),
    parentSpanId === null ? null : bytesField(4, Buffer.from(parentSpanId, 'hex')),
    textField(5, span.name),
    integerField(6, SPAN_KINDS.indexOf(span.kind)),
    fixed64Field(7, nanoseconds(span.startedAtUs)),
    endedAtUs === null ? null : fixed64Field(8, nanoseconds(endedAtUs)),
    ...attributeFields(9, span.attributes),
    ...span.events.map((event) => bytesField(11, eventMessage(event, endedAtUs))),
    bytesField(
      15,
      messageOf(textField(2, status.message), integerField(3, STATUS_CODES.indexOf(status.code))),
    ),
  );
}

function eventMessage({ name, attributes }: SpanEvent, atUs: number | null): Uint8Array {
  return messageOf(
    atUs === null ? null : fixed64Field(1, nanoseconds(atUs)),
    textField(2, name),
    ...attributeFields(3, attributes),
  );
}

function attributeFields(number: number, attributes: Attributes): readonly Piece[] {
  return [...attributes].map(([key, value]) =>
    bytesField(number, messageOf(textField(1, key), bytesField(2, valueMessage(value)))),
  );
}

function valueMessage(value: AttributeValue): Uint8Array {
  if (typeof value === 'string') return bytesField(1, Buffer.from(value));
  if (typeof value === 'boolean') return Uint8Array.of(0x10, value ? 1 : 0);
  const isPlain = Number.isSafeInteger(value) && value > 0;
  return isPlain ? messageOf(integerField(3, value)) : doubleField(4, value);
}

function nanoseconds(us: number): bigint {
  return BigInt(us) * 1_000n;
}
