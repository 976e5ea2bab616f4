import type {
  Attributes,
  AttributeValue,
  SpanEvent,
  SpanLink,
} from '../../../domain/calls/spans/span.ts';
import { EVENTS_MAX, LINKS_MAX } from '../limits.ts';
import { double, fieldsOf, signed, unsigned64, type Field } from './protobuf-reader.ts';
import { attributesOf, BatchBuilder, type RawSpan, type SpanBatch } from './span-batch.ts';

/**
 * `ExportTraceServiceRequest` and `TracesData`, which are the same on the wire. Numbers are those of
 * opentelemetry-proto 1.x; fields that are not named here are skipped.
 */

/** @returns Null when the bytes are no such message. Never throws. */
export function spansInProtobuf(bytes: Uint8Array, spansMax?: number): SpanBatch | null {
  const builder = new BatchBuilder(spansMax);
  const isWhole = eachMessage(bytes, 1, (resourceSpans) => {
    const fields = fieldsOf(resourceSpans);
    const resource = attributesIn(lastBytes(fields, 1), 1);
    return (
      fields !== null &&
      resource !== null &&
      fields.every(({ number, bytes: scope }) =>
        // 1000 is what 2 was called before 1.0.
        number === 2 || number === 1000
          ? eachMessage(scope, 2, (span) => addSpan(builder, span, resource))
          : true,
      )
    );
  });
  return isWhole ? builder.result() : null;
}

const NOTHING = new Uint8Array(0);
const TEXT = new TextDecoder();

/** False when the message, or what is done with one of those fields, is not well formed. */
function eachMessage(
  bytes: Uint8Array,
  wanted: number,
  take: (message: Uint8Array) => boolean,
): boolean {
  const fields = fieldsOf(bytes);
  return fields?.every(({ number, bytes: value }) => number !== wanted || take(value)) ?? false;
}

function addSpan(builder: BatchBuilder, bytes: Uint8Array, resource: Attributes): boolean {
  const fields = fieldsOf(bytes);
  const attributes = attributesIn(bytes, 9);
  const status = fieldsOf(lastBytes(fields, 15));
  const events = listOf(fields, 11, EVENTS_MAX, eventOf);
  const links = listOf(fields, 13, LINKS_MAX, linkOf);
  if (!fields || !attributes || !status || !events || !links) return false;
  const raw: RawSpan = {
    traceId: hexOf(lastBytes(fields, 1)),
    spanId: hexOf(lastBytes(fields, 2)),
    parentSpanId: hexOf(lastBytes(fields, 4)),
    name: TEXT.decode(lastBytes(fields, 5)),
    kind: lastInteger(fields, 6),
    startNs: unsigned64(lastBytes(fields, 7)),
    endNs: unsigned64(lastBytes(fields, 8)),
    attributes,
    events,
    links,
    statusMessage: TEXT.decode(lastBytes(status, 2)),
    statusCode: lastInteger(status, 3),
  };
  builder.add(raw, resource);
  return true;
}

function listOf<Item>(
  fields: readonly Field[] | null,
  wanted: number,
  max: number,
  itemOf: (bytes: Uint8Array) => Item | null,
): readonly Item[] | null {
  const messages = (fields ?? []).filter(({ number }) => number === wanted);
  // The last ones: the exception that ended it is among them.
  const items = messages.slice(-max).map(({ bytes }) => itemOf(bytes));
  const whole = items.filter((item) => item !== null);
  return whole.length === items.length ? whole : null;
}

function eventOf(bytes: Uint8Array): SpanEvent | null {
  const fields = fieldsOf(bytes);
  const attributes = attributesIn(bytes, 3);
  return fields && attributes && { name: TEXT.decode(lastBytes(fields, 2)), attributes };
}

function linkOf(bytes: Uint8Array): SpanLink | null {
  const fields = fieldsOf(bytes);
  return fields && { traceId: hexOf(lastBytes(fields, 1)), spanId: hexOf(lastBytes(fields, 2)) };
}

/** Pairs of key and value in the field of that number; null when one is no message. */
function attributesIn(bytes: Uint8Array, wanted: number): Attributes | null {
  const entries: (readonly [string, AttributeValue | null])[] = [];
  const isWhole = eachMessage(bytes, wanted, (pair) => {
    const fields = fieldsOf(pair);
    const value = fieldsOf(lastBytes(fields, 2));
    if (fields === null || value === null) return false;
    entries.push([TEXT.decode(lastBytes(fields, 1)), valueOf(value)]);
    return true;
  });
  return isWhole ? attributesOf(entries) : null;
}

/** Lists, maps and bytes are not looked into: no convention about calls needs them. */
function valueOf(fields: readonly Field[]): AttributeValue | null {
  const last = fields.at(-1);
  if (last === undefined) return null;
  switch (last.number) {
    case 1:
      return TEXT.decode(last.bytes);
    case 2:
      return last.integer !== 0;
    case 3:
      return signed(last.integer);
    case 4:
      return double(last.bytes);
    default:
      return null;
  }
}

function lastBytes(fields: readonly Field[] | null, wanted: number): Uint8Array {
  return fields?.findLast(({ number }) => number === wanted)?.bytes ?? NOTHING;
}

function lastInteger(fields: readonly Field[], wanted: number): number {
  return fields.findLast(({ number }) => number === wanted)?.integer ?? 0;
}

function hexOf(bytes: Uint8Array): string {
  // Ids have 8 or 16 bytes; more is none.
  return Buffer.from(bytes.subarray(0, 17)).toString('hex');
}
