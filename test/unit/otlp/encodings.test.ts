import { describe, expect, it } from 'vitest';
import { fieldsOf, signed } from '../../../src/adapters/otlp/encoding/protobuf-reader.ts';
import { spansInJson } from '../../../src/adapters/otlp/encoding/trace-json.ts';
import { spansInProtobuf } from '../../../src/adapters/otlp/encoding/trace-protobuf.ts';
import { headersIn } from '../../../src/adapters/otlp/export/headers.ts';
import { ATTRIBUTES_MAX, EVENTS_MAX, TEXT_LENGTH_MAX } from '../../../src/adapters/otlp/limits.ts';
import { encodeSpans } from '../../../src/adapters/otlp/export/encode-spans.ts';
import type { Span } from '../../../src/domain/calls/spans/span.ts';
import { span } from '../../support/spans.ts';

const GOOD = {
  traceId: '5B8EFFF798038103D269B633813FC60C',
  spanId: 'eee19b7ec3c1b174',
  parentSpanId: 'eee19b7ec3c1b173',
  name: 'I am',
  kind: 2,
  startTimeUnixNano: '1544712660000001000',
  endTimeUnixNano: 1544712661000000000,
  attributes: [
    { key: 'text', value: { stringValue: 'a' } },
    { key: 'flag', value: { boolValue: false } },
    { key: 'number', value: { intValue: '7' } },
    { key: 'ratio', value: { doubleValue: 0.5 } },
    { key: 'list', value: { arrayValue: { values: [] } } },
    { key: 'text', value: { stringValue: 'again' } },
  ],
  events: [{ name: 'exception', timeUnixNano: '1', attributes: [] }],
  links: [{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }],
  status: { code: 2, message: 'oh' },
  somethingNew: { of: ['another', 'version'] },
};

function read(spanFields: object): Span | undefined {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] };
  return spansInJson({
    resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans: [spanFields] }] }],
  })?.spans[0];
}

describe('OTLP in JSON', () => {
  it('has ids in hexadecimal, long numbers as texts, and ignores what it does not know', () => {
    expect(read(GOOD)).toEqual({
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      parentSpanId: 'eee19b7ec3c1b173',
      name: 'I am',
      kind: 'server',
      startedAtUs: 1_544_712_660_000_001,
      endedAtUs: 1_544_712_661_000_000,
      attributes: new Map<string, unknown>([
        ['text', 'a'],
        ['flag', false],
        ['number', 7],
        ['ratio', 0.5],
      ]),
      events: [{ name: 'exception', attributes: new Map() }],
      links: [{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }],
      status: { code: 'error', message: 'oh' },
      resource: new Map([['service.name', 'cart']]),
    });
  });

  it('takes what was left out as nothing', () => {
    const { traceId, spanId, startTimeUnixNano } = GOOD;
    expect(read({ traceId, spanId, startTimeUnixNano, parentSpanId: '' })).toMatchObject({
      parentSpanId: null,
      kind: 'unspecified',
      endedAtUs: null,
      status: { code: 'unset', message: '' },
    });
  });

  it.each([
    ['an id in base64', { traceId: 'W47/95gDgQPSabYzgT/GDA==' }],
    ['an id of zeros', { spanId: '0'.repeat(16) }],
    ['no beginning', { startTimeUnixNano: undefined }],
    ['a beginning that is no number', { startTimeUnixNano: '-7' }],
  ])('does not take a span with %s', (_, wrong) => {
    expect(read({ ...GOOD, ...wrong })).toBeUndefined();
  });

  it('is null when it is something else', () => {
    for (const document of [null, 7, [], 'text', { resourceSpans: 7 }]) {
      expect(spansInJson(document)).toBeNull();
    }
    expect(spansInJson({})?.spans).toEqual([]);
    expect(spansInJson({ resourceSpans: null })?.spans).toEqual([]);
  });

  it('lets no span end before it began', () => {
    const { startedAtUs, endedAtUs } = read({ ...GOOD, endTimeUnixNano: '5' }) ?? {};
    expect(endedAtUs).toBe(startedAtUs);
  });

  it('keeps only so much of one span', () => {
    const attributes = Array.from({ length: ATTRIBUTES_MAX + 9 }, (_, at) => ({
      key: `k${at}`,
      value: { stringValue: 'x'.repeat(TEXT_LENGTH_MAX + 9) },
    }));
    const events = Array.from({ length: EVENTS_MAX + 9 }, (_, at) => ({ name: `e${at}` }));
    const kept = read({ ...GOOD, attributes, events, name: 'n'.repeat(TEXT_LENGTH_MAX + 9) });
    expect(kept?.attributes.size).toBe(ATTRIBUTES_MAX);
    expect(String(kept?.attributes.get('k0'))).toHaveLength(TEXT_LENGTH_MAX);
    expect(kept?.name).toHaveLength(TEXT_LENGTH_MAX);
    // The last ones: what ended it is among them.
    expect(kept?.events.at(-1)?.name).toBe(`e${EVENTS_MAX + 8}`);
    expect(kept?.events).toHaveLength(EVENTS_MAX);
  });
});

describe('OTLP in protobuf', () => {
  it('is null when it is no message', () => {
    for (const bytes of [[0x0a], [0x0a, 5, 1], [0x00, 0x01], [0x0b], [0xff, 0xff], [0x0d, 1]]) {
      expect(spansInProtobuf(Uint8Array.from(bytes))).toBeNull();
    }
  });

  it('is null when a part is no message', () => {
    const bytes = Uint8Array.from(encodeSpans([span({ exception: { message: 'm' } })]));
    const cut = bytes.slice();
    const at = Buffer.from(cut).indexOf('exception.message') - 1;
    cut[at] = 0xff;
    expect(spansInProtobuf(cut)).toBeNull();
  });

  it('skips what it does not know, of every type', () => {
    const unknown = [0x80, 0x7d, 1, 0x81, 0x7d, 0, 0, 0, 0, 0, 0, 0, 0, 0x85, 0x7d, 1, 0, 0, 0];
    const bytes = Uint8Array.from([...encodeSpans([span({})]), ...unknown]);
    expect(spansInProtobuf(bytes)?.spans).toEqual([span({})]);
    expect(fieldsOf(Uint8Array.from(unknown))?.map(({ integer }) => integer)).toEqual([1, 0, 1]);
  });

  it('has numbers below zero too', () => {
    const attributes = { minus: -3, zero: 0, half: 0.25, no: false, yes: true };
    const one = span({ attributes });
    expect(spansInProtobuf(encodeSpans([one]))?.spans).toEqual([one]);
    expect(signed(2 ** 64 - 2 ** 20)).toBe(-(2 ** 20));
  });
});

describe('headers of an exporter', () => {
  it('are pairs with commas, percent-encoded', () => {
    expect(
      headersIn('Authorization=Bearer%20x, api-key = 7 ,nonsense,=x,bad name=1,c=%zz'),
    ).toEqual({
      authorization: 'Bearer x',
      'api-key': '7',
      c: '%zz',
    });
    expect(headersIn('')).toEqual({});
  });
});
