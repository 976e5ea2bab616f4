import type {
  Attributes,
  AttributeValue,
  Span,
  SpanEvent,
  SpanLink,
} from '../../../domain/calls/spans/span.ts';
import { SPAN_KINDS } from '../../../domain/calls/spans/span.ts';
import { ATTRIBUTES_MAX, SPANS_MAX, TEXT_LENGTH_MAX } from '../limits.ts';

/** What one request or file holds, in any encoding. */
export interface SpanBatch {
  readonly spans: readonly Span[];
  /** Spans that are none: ids or times that cannot be, or too many at once. */
  readonly rejected: number;
  /** The first thing that was wrong; null when nothing was. */
  readonly trouble: string | null;
}

/** A span as an encoding gives it, with nothing believed yet. */
export interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** The number of the enumeration. */
  readonly kind: number;
  /** Nanoseconds since the epoch. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly statusCode: number;
  readonly statusMessage: string;
}

const TRACE_ID = /^(?!0{32})[\da-f]{32}$/u;
const SPAN_ID = /^(?!0{16})[\da-f]{16}$/u;
const STATUS_CODES = ['unset', 'ok', 'error'] as const;

/** Collects spans up to the limit; never throws. */
export class BatchBuilder {
  readonly #spans: Span[] = [];
  readonly #max: number;
  #rejected = 0;
  #trouble: string | null = null;

  constructor(max: number = SPANS_MAX) {
    this.#max = max;
  }

  add(raw: RawSpan, resource: Attributes): void {
    if (this.#spans.length >= this.#max) this.reject(`more than ${this.#max} spans at once`);
    else if (!TRACE_ID.test(raw.traceId)) this.reject('a span has no valid trace id');
    else if (!SPAN_ID.test(raw.spanId)) this.reject('a span has no valid id');
    else if (raw.startNs === 0n) this.reject('a span does not say when it started');
    else this.#spans.push(spanOf(raw, resource));
  }

  reject(trouble: string): void {
    this.#rejected += 1;
    this.#trouble ??= trouble;
  }

  result(): SpanBatch {
    return { spans: this.#spans, rejected: this.#rejected, trouble: this.#trouble };
  }
}

function spanOf(raw: RawSpan, resource: Attributes): Span {
  const startedAtUs = microseconds(raw.startNs);
  return {
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentSpanId: SPAN_ID.test(raw.parentSpanId) ? raw.parentSpanId : null,
    name: cut(raw.name),
    kind: SPAN_KINDS[raw.kind] ?? 'unspecified',
    startedAtUs,
    endedAtUs: raw.endNs === 0n ? null : Math.max(startedAtUs, microseconds(raw.endNs)),
    attributes: raw.attributes,
    events: raw.events,
    links: raw.links,
    status: {
      code: STATUS_CODES[raw.statusCode] ?? 'unset',
      message: cut(raw.statusMessage),
    },
    resource,
  };
}

/** Always a safe integer: 2^64 nanoseconds are 1.8e16 µs, more than 2^53. */
function microseconds(nanoseconds: bigint): number {
  return Math.min(Number(nanoseconds / 1_000n), Number.MAX_SAFE_INTEGER);
}

function cut(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX);
}

/** Plain values only, the first of each name, as many as are kept. */
export function attributesOf(
  entries: Iterable<readonly [string, AttributeValue | null]>,
): Attributes {
  const attributes = new Map<string, AttributeValue>();
  for (const [name, value] of entries) {
    if (attributes.size >= ATTRIBUTES_MAX) break;
    if (value === null || attributes.has(name)) continue;
    attributes.set(name, typeof value === 'string' ? cut(value) : value);
  }
  return attributes;
}
