import type { Span } from '../../../domain/calls/spans/span.ts';
import type { SpanBatch } from '../encoding/span-batch.ts';
import { spansInJson } from '../encoding/trace-json.ts';
import { spansInProtobuf } from '../encoding/trace-protobuf.ts';

/** The spans of a whole file, in whatever form of OTLP. Never throws. */

/** Of one file. */
const SPANS_MAX = 1_000_000;
const LENGTH_BYTES = 4;
const SPACE = new Set([0x09, 0x0a, 0x0d, 0x20]);
const BRACES = new Set([0x7b, 0x5b]);

export interface SpanContent {
  readonly spans: readonly Span[];
  /** Spans that were none, and parts of the file that could not be read. */
  readonly rejected: number;
}

/** @returns Null when nothing in it is OTLP. */
export function spansInFile(bytes: Uint8Array): SpanContent | null {
  const first = bytes.find((byte) => !SPACE.has(byte));
  if (first === undefined) return null;
  const batches = BRACES.has(first) ? batchesInJson(bytes) : batchesInProtobuf(bytes);
  const read = batches.filter((batch) => batch !== null);
  if (read.length === 0) return null;
  const spans = read.flatMap((batch) => batch.spans);
  const kept = spans.slice(0, SPANS_MAX);
  const rejected = read.reduce((sum, batch) => sum + batch.rejected, 0);
  const unread = batches.length - read.length;
  return { spans: kept, rejected: rejected + unread + spans.length - kept.length };
}

type Batches = readonly (SpanBatch | null)[];

/** One document, or one on each line as the Collector's file exporter writes them. */
function batchesInJson(bytes: Uint8Array): Batches {
  const text = new TextDecoder().decode(bytes);
  const whole = parsed(text);
  if (whole !== undefined) {
    return (Array.isArray(whole) ? whole : [whole]).map((each) => spansInJson(each, SPANS_MAX));
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => spansInJson(parsed(line), SPANS_MAX));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One message, or several with their length before them. */
function batchesInProtobuf(bytes: Uint8Array): Batches {
  // No field has the number 0, so this begins no message.
  if (bytes[0] !== 0) return [spansInProtobuf(bytes, SPANS_MAX)];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batches: (SpanBatch | null)[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    const end = start <= bytes.length ? start + view.getUint32(at) : Infinity;
    if (end > bytes.length) return [...batches, null];
    batches.push(spansInProtobuf(bytes.subarray(start, end), SPANS_MAX));
    at = end;
  }
  return batches;
}
