/** One span of OpenTelemetry, as far as calls are concerned; made by `adapters/otlp` from any encoding. */

export const SPAN_KINDS = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** What is no plain value (bytes, lists, maps) is not kept: no convention about calls needs it. */
export type AttributeValue = string | number | boolean;
export type Attributes = ReadonlyMap<string, AttributeValue>;

export interface SpanEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

export interface Span {
  /** 32 and 16 hexadecimal digits, lower case, never all zeros. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  /** Microseconds since the epoch. */
  readonly startedAtUs: number;
  /** Null when it says that it has not ended. */
  readonly endedAtUs: number | null;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly status: SpanStatus;
  /** Who tells it: `service.name`, `k8s.pod.name` … */
  readonly resource: Attributes;
}

export interface SpanStatus {
  readonly code: 'unset' | 'ok' | 'error';
  readonly message: string;
}

/** The first of these attributes that is a text and not empty. */
export function textOf(attributes: Attributes, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = attributes.get(name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/** The first of these attributes that is a whole number, or the text of one. */
export function wholeOf(attributes: Attributes, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = attributes.get(name);
    const number = typeof value === 'string' && /^\d{1,9}$/u.test(value) ? Number(value) : value;
    if (Number.isSafeInteger(number)) return Number(number);
  }
  return null;
}

/** The span's id is unique within its trace only. */
export function spanKey(traceId: string, spanId: string): string {
  return `${traceId} ${spanId}`;
}
