import { spanKey, type Span, type SpanKind } from './span.ts';

/** What is remembered of a span for those that name it as their parent. */
interface Kin {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly kind: SpanKind;
  readonly service: string;
}

const KIN_MAX = 65_536;
/** Steps upwards; a cycle ends there too. */
const STEPS_MAX = 64;

/** Who caused which span, for spans that come one after another; bounded, the oldest are forgotten first. */
export class SpanFamilies {
  readonly #kin = new Map<string, Kin>();
  readonly #max: number;

  constructor(max: number = KIN_MAX) {
    this.#max = max;
  }

  add({ traceId, spanId, parentSpanId, kind }: Span, service: string): void {
    const key = spanKey(traceId, spanId);
    this.#kin.delete(key);
    this.#kin.set(key, { traceId, spanId, parentSpanId, kind, service });
    const oldest = this.#kin.keys().next().value;
    if (this.#kin.size > this.#max && oldest !== undefined) this.#kin.delete(oldest);
  }

  /** Of a span that was told already; null when it was not. */
  serviceOf(traceId: string, spanId: string): string | null {
    return this.#kin.get(spanKey(traceId, spanId))?.service ?? null;
  }

  /**
   * The nearest span upwards that is an end of a call, over what its service did within itself; as far as
   * spans are known. Null at the top.
   */
  endAbove({ traceId, parentSpanId }: Span, service: string): string | null {
    let spanId = parentSpanId;
    for (let step = 0; spanId !== null && step < STEPS_MAX; step += 1) {
      const kin = this.#kin.get(spanKey(traceId, spanId));
      if (kin === undefined || kin.service !== service || isEnd(kin.kind)) return spanId;
      spanId = kin.parentSpanId;
    }
    return spanId;
  }
}

function isEnd(kind: SpanKind): boolean {
  return kind !== 'internal' && kind !== 'unspecified';
}
