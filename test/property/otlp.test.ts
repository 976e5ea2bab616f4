import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spansInFile } from '../../src/adapters/otlp/files/span-content.ts';
import { spansInJson } from '../../src/adapters/otlp/encoding/trace-json.ts';
import { spansInProtobuf } from '../../src/adapters/otlp/encoding/trace-protobuf.ts';
import { encodeSpans } from '../../src/adapters/otlp/export/encode-spans.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import { joinRecords } from '../../src/domain/calls/spans/join-records.ts';
import { callsOfSpans } from '../../src/domain/calls/spans/span-calls.ts';
import { SPAN_KINDS, type Span } from '../../src/domain/calls/spans/span.ts';
import { STORY_AT_US } from '../support/call-story.ts';
import { placesOf } from '../support/spans.ts';

const PLACES = placesOf('a', 'b', 'c');

const attributes = fc
  .dictionary(
    fc.constantFrom(
      'http.request.method',
      'http.response.status_code',
      'url.path',
      'db.system',
      'db.query.text',
      'rpc.system',
      'messaging.system',
      'messaging.operation.type',
      'server.address',
      'peer.service',
      'error.type',
    ),
    fc.oneof(
      fc.constantFrom('GET', 'grpc', 'kafka', 'postgresql', 'a', 'b', '/x', 'process'),
      fc.string({ maxLength: 20 }),
      fc.integer({ min: 0, max: 599 }),
      fc.boolean(),
    ),
  )
  .map((entries) => new Map(Object.entries(entries)));

const few = fc.integer({ min: 1, max: 12 });

function idOf(number: number, length: number): string {
  return number.toString(16).padStart(length, '0');
}

const spans: fc.Arbitrary<readonly Span[]> = fc.array(
  fc
    .record({
      trace: fc.integer({ min: 1, max: 2 }),
      id: few,
      parent: fc.option(few),
      kind: fc.constantFrom(...SPAN_KINDS),
      fromMs: fc.integer({ min: 0, max: 50 }),
      forMs: fc.option(fc.integer({ min: 0, max: 50 })),
      attributes,
      exception: fc.option(fc.string()),
      code: fc.constantFrom('unset', 'ok', 'error'),
      message: fc.string(),
      service: fc.constantFrom('a', 'b', 'other'),
    })
    .map<Span>(
      ({ trace, id, parent, fromMs, forMs, exception, code, message, service, ...rest }) => ({
        ...rest,
        traceId: idOf(trace, 32),
        spanId: idOf(id, 16),
        parentSpanId: parent === null ? null : idOf(parent, 16),
        name: 'name',
        startedAtUs: STORY_AT_US + fromMs * 1_000,
        endedAtUs: forMs === null ? null : STORY_AT_US + (fromMs + forMs) * 1_000,
        events:
          exception === null
            ? []
            : [{ name: 'exception', attributes: new Map([['exception.message', exception]]) }],
        links: [],
        status: { code, message },
        resource: new Map([['service.name', service]]),
      }),
    ),
  { maxLength: 12 },
);

const calls: fc.Arbitrary<readonly Call[]> = fc
  .array(
    fc
      .record({
        client: fc.constantFrom('a', 'b', 'test', 'outside'),
        server: fc.constantFrom('a', 'b', 'c', '10.0.0.1:80'),
        protocol: fc.constantFrom('http', 'postgres', 'tls', 'tcp', 'kafka'),
        fromMs: fc.integer({ min: 0, max: 50 }),
        outcome: fc.constantFrom('ok', 'server_error', 'transport_error', 'unknown', 'cancelled'),
        side: fc.constantFrom('client', 'server', 'both'),
        span: fc.option(few),
      })
      .map(({ fromMs, span, ...rest }) => ({
        ...rest,
        operation: 'GET /x',
        startedAtUs: STORY_AT_US + fromMs * 1_000,
        firstByteAtUs: null,
        endedAtUs: STORY_AT_US + fromMs * 1_000 + 5_000,
        errorType: null,
        reason: null,
        status: null,
        correlation: span === null ? {} : { traceId: idOf(1, 32), spanId: idOf(span, 16) },
        confidence: 'high' as const,
        connectionId: 'w',
      })),
    { maxLength: 12 },
  )
  .map((list) => list.map((call, at) => ({ ...call, id: `w${at}` })));

describe('reading OTLP', () => {
  it('throws on no bytes, and tells only spans that can be', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        for (const batch of [spansInProtobuf(bytes), spansInFile(bytes)]) {
          for (const span of batch?.spans ?? []) {
            expect(span.traceId).toMatch(/^[\da-f]{32}$/u);
            expect(Number.isSafeInteger(span.startedAtUs)).toBe(true);
          }
        }
      }),
    );
  });

  it('throws on no JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const wrapped = { resourceSpans: [{ scopeSpans: [{ spans: [value] }], resource: value }] };
        expect(spansInJson(wrapped)?.spans ?? []).toHaveLength(0);
        expect(spansInJson(value)?.spans ?? []).toHaveLength(0);
      }),
    );
  });

  it('survives any change to a good message', () => {
    const good = fc.tuple(
      spans,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    );
    fc.assert(
      fc.property(good, ([list, changes]) => {
        const bytes = Uint8Array.from(encodeSpans(list));
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const batch = spansInProtobuf(bytes);
        const read = callsOfSpans(batch?.spans ?? [], PLACES);
        expect(joinRecords(read).calls.length).toBeLessThanOrEqual(list.length + changes.length);
      }),
    );
  });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(spans, (list) => {
        expect(spansInProtobuf(encodeSpans(list))?.spans).toEqual(list);
      }),
    );
  });
});

describe('joining records', () => {
  it('counts each call once, whatever tells it', () => {
    fc.assert(
      fc.property(calls, spans, (wire, list) => {
        const told = callsOfSpans(list, PLACES);
        const once = joinRecords([...wire, ...told]).calls;
        const ids = once.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const known = new Set([...wire, ...told].map(({ id }) => id));
        expect(ids.every((id) => known.has(id))).toBe(true);
        const merged = once.filter(({ source }) => source === 'both');
        expect(once.length + merged.length).toBeLessThanOrEqual(known.size);
      }),
    );
  });

  it('does not depend on the order in which they come', () => {
    fc.assert(
      fc.property(
        calls,
        spans,
        fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
        (wire, list, places) => {
          const distinct = [
            ...new Map(list.map((span) => [`${span.traceId}${span.spanId}`, span])).values(),
          ];
          const records = [...wire, ...callsOfSpans(distinct, PLACES)];
          const shuffled = records
            .map((record, at) => ({ record, place: places[at] ?? 0 }))
            .toSorted((a, b) => a.place - b.place)
            .map(({ record }) => record);
          expect(joinRecords(shuffled).calls).toEqual(joinRecords(records).calls);
        },
      ),
    );
  });

  it('never calls ok what neither saw go well', () => {
    fc.assert(
      fc.property(calls, spans, (wire, list) => {
        const records = [...wire, ...callsOfSpans(list, PLACES)].filter(
          ({ outcome }) => outcome !== 'ok',
        );
        expect(joinRecords(records).calls.every(({ outcome }) => outcome !== 'ok')).toBe(true);
      }),
    );
  });
});
