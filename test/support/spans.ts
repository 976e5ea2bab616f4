import type { AttributeValue, Span, SpanKind } from '../../src/domain/calls/spans/span.ts';
import type { SpanPlaces } from '../../src/domain/calls/spans/span-peers.ts';
import { STORY_AT_US } from './call-story.ts';

/** Spans for tests: what a test does not say is dull. */

export interface SpanWords {
  readonly kind?: SpanKind;
  readonly service?: string;
  /** Up to two hexadecimal digits; the rest is filled. */
  readonly trace?: string;
  readonly id?: string;
  readonly parent?: string;
  /** Milliseconds of the story; null when it has not ended. */
  readonly fromMs?: number;
  readonly toMs?: number | null;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly resource?: Readonly<Record<string, AttributeValue>>;
  readonly error?: string;
  readonly ok?: boolean;
  readonly exception?: { readonly type?: string; readonly message?: string };
  readonly name?: string;
  readonly links?: Span['links'];
}

export function traceIdOf(id: string): string {
  return id.padStart(32, 'a');
}

export function spanIdOf(id: string): string {
  return id.padStart(16, 'b');
}

export function span(words: SpanWords): Span {
  const { exception, fromMs = 0, toMs = fromMs + 10, service = 'cart' } = words;
  return {
    traceId: traceIdOf(words.trace ?? '01'),
    spanId: spanIdOf(words.id ?? '01'),
    parentSpanId: words.parent === undefined ? null : spanIdOf(words.parent),
    name: words.name ?? 'a span',
    kind: words.kind ?? 'client',
    startedAtUs: STORY_AT_US + fromMs * 1_000,
    endedAtUs: toMs === null ? null : STORY_AT_US + toMs * 1_000,
    attributes: new Map(Object.entries(words.attributes ?? {})),
    events:
      exception === undefined
        ? []
        : [
            {
              name: 'exception',
              attributes: new Map(
                Object.entries({
                  'exception.type': exception.type ?? '',
                  'exception.message': exception.message ?? '',
                }),
              ),
            },
          ],
    links: words.links ?? [],
    status: {
      code: words.error === undefined ? (words.ok === true ? 'ok' : 'unset') : 'error',
      message: words.error ?? '',
    },
    resource: new Map(Object.entries(words.resource ?? { 'service.name': service })),
  };
}

/** Where these are components and nothing else is known. */
export function placesOf(...components: readonly string[]): SpanPlaces {
  const known = new Set(components);
  return { isComponent: (name) => known.has(name), componentAt: () => null };
}
