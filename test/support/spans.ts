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

const DEFAULTS = {
  trace: '01',
  id: '01',
  name: 'a span',
  kind: 'client',
  fromMs: 0,
  attributes: {},
  links: [],
  resource: null,
  service: 'cart',
} as const;

export function span(words: SpanWords): Span {
  const told = { ...DEFAULTS, ...words };
  const { fromMs, toMs = fromMs + 10 } = told;
  return {
    traceId: traceIdOf(told.trace),
    spanId: spanIdOf(told.id),
    parentSpanId: told.parent === undefined ? null : spanIdOf(told.parent),
    name: told.name,
    kind: told.kind,
    startedAtUs: STORY_AT_US + fromMs * 1_000,
    endedAtUs: toMs === null ? null : STORY_AT_US + toMs * 1_000,
    attributes: new Map(Object.entries(told.attributes)),
    events: exceptionEvents(words),
    links: told.links,
    status: statusOf(words),
    resource: new Map(Object.entries(told.resource ?? { 'service.name': told.service })),
  };
}

function exceptionEvents({ exception }: SpanWords): Span['events'] {
  if (exception === undefined) return [];
  const { type = '', message = '' } = exception;
  const attributes = { 'exception.type': type, 'exception.message': message };
  return [{ name: 'exception', attributes: new Map(Object.entries(attributes)) }];
}

function statusOf({ error, ok }: SpanWords): Span['status'] {
  if (error !== undefined) return { code: 'error', message: error };
  return { code: ok === true ? 'ok' : 'unset', message: '' };
}

/** Where these are components and nothing else is known. */
export function placesOf(...components: readonly string[]): SpanPlaces {
  const known = new Set(components);
  return { isComponent: (name) => known.has(name), componentAt: () => null };
}
