import type { Correlation } from '../call.ts';

const ID_LENGTH_MAX = 128;
const TEST_CASE_LENGTH_MAX = 256;
const BAGGAGE_TEST = 'offshoot-test';
const NONE: Correlation = {};

interface Trace {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
}

/** Which of several trace headers is believed, best first. */
const TRACE_HEADERS = ['traceparent', 'b3', 'x-b3', 'uber-trace-id', 'sw8'] as const;
type TraceHeader = (typeof TRACE_HEADERS)[number];

/** Reads the headers that link calls to each other and to test cases. Nonsense in them is ignored. */
export class CorrelationReader {
  #traces: Partial<Record<TraceHeader, Trace>> | null = null;
  #requestId: string | null = null;
  #correlationId: string | null = null;
  #testCase: string | null = null;

  /** @param name - In lower case. @returns Whether the header is one of these. */
  take(name: string, value: string): boolean {
    switch (name) {
      case 'traceparent':
        return this.#takeTrace(name, parseTraceparent(value));
      case 'x-request-id':
        this.#requestId ??= idOf(value);
        return true;
      case 'x-correlation-id':
        this.#correlationId ??= idOf(value);
        return true;
      case 'baggage':
        this.#testCase ??= testCaseOf(value);
        return true;
      default:
        return this.#takeOlder(name, value);
    }
  }

  result(): Correlation {
    const requestId = this.#requestId ?? this.#correlationId;
    if (this.#traces === null && requestId === null && this.#testCase === null) return NONE;
    const trace = this.#bestTrace();
    if (requestId === null && this.#testCase === null) return trace;
    return {
      ...trace,
      ...(requestId === null ? {} : { requestId }),
      ...(this.#testCase === null ? {} : { testCase: this.#testCase }),
    };
  }

  #bestTrace(): Trace {
    const traces = this.#traces;
    if (traces === null) return NONE;
    for (const header of TRACE_HEADERS) {
      const trace = traces[header];
      if (trace?.traceId !== undefined) return trace;
    }
    return NONE;
  }

  #takeTrace(header: TraceHeader, trace: Trace | null): true {
    if (trace === null) return true;
    this.#traces ??= {};
    const before = this.#traces[header];
    this.#traces[header] = before === undefined ? trace : { ...before, ...trace };
    return true;
  }

  #takeOlder(name: string, value: string): boolean {
    switch (name) {
      case 'b3':
        return this.#takeTrace(name, parseB3(value));
      case 'uber-trace-id':
        return this.#takeTrace(name, parseUber(value));
      case 'sw8':
        return this.#takeTrace(name, parseSw8(value));
      default:
        return name.startsWith('x-b3-') && this.#takeB3(name, value);
    }
  }

  #takeB3(name: string, value: string): true {
    const id = hexOf(value);
    if (id === null) return true;
    if (name === 'x-b3-traceid') this.#takeTrace('x-b3', { traceId: id });
    else if (name === 'x-b3-spanid') this.#takeTrace('x-b3', { spanId: id });
    else if (name === 'x-b3-parentspanid') this.#takeTrace('x-b3', { parentSpanId: id });
    return true;
  }
}

const TRACEPARENT = /^[\da-fA-F]{2}-[\da-fA-F]{32}-[\da-fA-F]{16}-/;

/** W3C: version, trace, span of the caller, flags. */
function parseTraceparent(value: string): Trace | null {
  if (!TRACEPARENT.test(value)) return null;
  return { traceId: value.slice(3, 35).toLowerCase(), spanId: value.slice(36, 52).toLowerCase() };
}

/** Trace, span, sampling and, after that, the parent's span. A lone sampling decision names nothing. */
function parseB3(value: string): Trace | null {
  const [trace = '', span = '', , parent = ''] = value.split('-', 4);
  const traceId = hexOf(trace);
  const spanId = hexOf(span);
  if (traceId === null || spanId === null) return null;
  const parentSpanId = hexOf(parent);
  return { traceId, spanId, ...(parentSpanId === null ? {} : { parentSpanId }) };
}

/** Trace, span, parent's span (0 at the root), flags. */
function parseUber(value: string): Trace | null {
  const [trace = '', span = '', parent = ''] = value.replace(/%3a/gi, ':').split(':', 4);
  const traceId = hexOf(trace);
  const spanId = hexOf(span);
  if (traceId === null || spanId === null) return null;
  const parentSpanId = /^0*$/.test(parent) ? null : hexOf(parent);
  return { traceId, spanId, ...(parentSpanId === null ? {} : { parentSpanId }) };
}

/** Sampling, then trace and segment in base64, then the span's number in the segment. */
function parseSw8(value: string): Trace | null {
  const [, trace = '', segment = '', span = ''] = value.split('-', 5);
  const traceId = base64Text(trace);
  const segmentId = base64Text(segment);
  if (traceId === null || segmentId === null || !/^\d{1,9}$/.test(span)) return null;
  return { traceId, spanId: `${segmentId}-${span}` };
}

function hexOf(text: string): string | null {
  return /^[\da-fA-F]{1,64}$/.test(text) ? text.toLowerCase() : null;
}

function base64Text(text: string): string | null {
  if (text === '' || text.length > ID_LENGTH_MAX) return null;
  try {
    return idOf(atob(text));
  } catch {
    return null;
  }
}

/** What is printable and not too long to be an id. */
function idOf(value: string): string | null {
  const id = value.slice(0, ID_LENGTH_MAX);
  return /^[\u0020-\u007e]+$/u.test(id) ? id : null;
}

/** From `offshoot-test=<case>` among the members of a baggage header, percent-decoded. */
function testCaseOf(baggage: string): string | null {
  if (!baggage.includes(BAGGAGE_TEST)) return null;
  for (const member of baggage.split(',')) {
    const pair = member.replace(/;.*/su, '');
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== BAGGAGE_TEST) continue;
    const decoded = percentDecoded(pair.slice(equals + 1).trim());
    if (decoded !== '') return decoded.slice(0, TEST_CASE_LENGTH_MAX);
  }
  return null;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
