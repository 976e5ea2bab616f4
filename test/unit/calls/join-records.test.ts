import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/domain/calls/call.ts';
import { linkCalls } from '../../../src/domain/calls/linking/linking.ts';
import { joinRecords } from '../../../src/domain/calls/spans/join-records.ts';
import { callsOfSpans } from '../../../src/domain/calls/spans/span-calls.ts';
import { callsOf } from '../../support/call-story.ts';
import { placesOf, span, spanIdOf, traceIdOf, type SpanWords } from '../../support/spans.ts';

const PLACES = placesOf('gateway', 'cart', 'orders', 'db', 'worker', 'broker');
const GET = { 'http.request.method': 'GET', 'http.response.status_code': 200 } as const;

function told(...words: readonly SpanWords[]): readonly Call[] {
  return callsOfSpans(words.map(span), PLACES);
}

/** One span after another as its own lot, so that nothing is known but what it says itself. */
function toldApart(...words: readonly SpanWords[]): readonly Call[] {
  return words.flatMap((each) => callsOfSpans([span(each)], PLACES));
}

function withIds(call: Call | undefined, trace: string, id?: string): Call {
  if (call === undefined) throw new Error('no call');
  const spanId = id === undefined ? {} : { spanId: spanIdOf(id) };
  return { ...call, correlation: { traceId: traceIdOf(trace), ...spanId } };
}

/** `client → server operation outcome source`, by start. */
function lines(calls: readonly Call[]): readonly string[] {
  return calls.map(
    ({ client, server, operation, outcome, source }) =>
      `${client} → ${server} ${operation} ${outcome} ${source ?? 'wire'}`,
  );
}

function joined(...records: readonly Call[]): readonly string[] {
  return lines(joinRecords(records).calls);
}

const asked: SpanWords = {
  service: 'gateway',
  id: '01',
  attributes: { ...GET, 'url.path': '/carts/7', 'server.address': 'cart' },
};
const served: SpanWords = {
  kind: 'server',
  service: 'cart',
  id: '02',
  parent: '01',
  fromMs: 2,
  toMs: 8,
  attributes: { ...GET, 'http.route': '/carts/{id}' },
};

describe('both ends of a call in spans', () => {
  it('are one call, by the route that its server knows', () => {
    const { calls, serverRecords } = joinRecords(toldApart(asked, served));
    expect(lines(calls)).toEqual(['gateway → cart GET /carts/{id} ok spans']);
    expect(calls[0]).toMatchObject({
      side: 'both',
      correlation: { spanId: spanIdOf('01'), serverSpanId: spanIdOf('02') },
    });
    expect(serverRecords.get(calls[0]?.id ?? '')?.side).toBe('server');
  });

  it('count once however often they are sent', () => {
    expect(joined(...told(asked, served), ...told(asked, served), ...told(served))).toHaveLength(1);
  });

  it('tell both reasons', () => {
    const failed = { 'http.response.status_code': 500 };
    const reasonOf = (said: object): string | null | undefined =>
      joinRecords(
        toldApart(
          { ...asked, attributes: { ...asked.attributes, ...failed } },
          { ...served, attributes: { ...asked.attributes, ...failed }, ...said },
        ),
      ).calls[0]?.reason;
    expect(reasonOf({})).toBe('500 from cart GET /carts/7');
    expect(reasonOf({ exception: { message: 'no stock' } })).toBe(
      '500 from cart GET /carts/7: no stock',
    );
    expect(reasonOf({ attributes: { ...served.attributes, ...failed } })).toBe(
      '500 from cart GET /carts/7; cart says: 500 from cart GET /carts/{id}',
    );
    expect(reasonOf({ attributes: served.attributes })).toBe('500 from cart GET /carts/7');
  });

  it('keep the client’s word for what travels by another protocol there', () => {
    const grpc = { 'rpc.system': 'grpc', 'rpc.method': 'a.B/C', 'rpc.grpc.status_code': 0 };
    const client = { ...asked, attributes: { ...grpc, 'server.address': 'cart' } };
    expect(joined(...toldApart(client, served))).toEqual(['gateway → cart /a.B/C ok spans']);
  });

  it('belong to the one that was asked, where a proxy hands headers on', () => {
    const behind: SpanWords = { ...served, service: 'orders', id: '03', fromMs: 1 };
    expect(joined(...toldApart(asked, behind, served))).toEqual([
      'gateway → cart GET /carts/{id} ok spans',
      'gateway → orders GET /carts/{id} ok spans',
    ]);
    const proxied = { ...asked, attributes: { ...GET, 'server.address': 'proxy' } };
    expect(joined(...toldApart(proxied, behind, served))).toEqual([
      'gateway → orders GET /carts/{id} ok spans',
      'gateway → cart GET /carts/{id} ok spans',
    ]);
  });

  it('are found although the caller makes no span of what it asks', () => {
    const entry: SpanWords = { ...served, service: 'gateway', id: '01', fromMs: 0, toMs: 10 };
    const { parent: _, ...first } = entry;
    const { calls } = joinRecords(toldApart(first, served));
    expect(lines(calls)).toEqual([
      'outside → gateway GET /carts/{id} ok spans',
      'gateway → cart GET /carts/{id} ok spans',
    ]);
    const [parent, child] = calls;
    expect(child && linkCalls(calls).parentOf(child)).toBe(parent);
  });

  it('are two calls when a message is sent and later processed', () => {
    const kafka = { 'messaging.system': 'kafka', 'messaging.destination.name': 'paid' };
    expect(
      joined(
        ...toldApart(
          {
            kind: 'producer',
            service: 'cart',
            id: '01',
            attributes: { ...kafka, 'server.address': 'broker' },
          },
          {
            kind: 'consumer',
            service: 'worker',
            id: '02',
            parent: '01',
            fromMs: 5,
            attributes: kafka,
          },
        ),
      ),
    ).toEqual(['cart → broker Produce paid ok spans', 'cart → worker process paid ok spans']);
  });
});

describe('spans of one service around each other', () => {
  const db = { 'db.system': 'postgresql', 'server.address': 'db' };

  it('are one call, the inner one, below what is above both', () => {
    const calls = joinRecords(
      toldApart(
        { id: '0a', parent: '09', toMs: 30, attributes: { ...db, 'db.operation': 'outermost' } },
        { id: '0b', parent: '0a', toMs: 20, attributes: { ...db, 'db.operation': 'outer' } },
        { id: '0c', parent: '0b', toMs: 10, attributes: { ...db, 'db.operation': 'inner' } },
      ),
    ).calls;
    expect(lines(calls)).toEqual(['cart → db inner ok spans']);
    expect(calls[0]?.correlation.parentSpanId).toBe(spanIdOf('09'));
  });

  it('have nothing above them when the outer one has not', () => {
    const { calls } = joinRecords(
      toldApart(
        { id: '0a', toMs: null, attributes: db },
        { id: '0b', parent: '0a', attributes: db },
      ),
    );
    expect(calls[0]?.correlation).toEqual({ traceId: traceIdOf('01'), spanId: spanIdOf('0b') });
  });

  it('are two calls when one began after the other ended, or is another’s', () => {
    expect(
      joined(
        ...toldApart(
          { id: '0a', attributes: db },
          { id: '0b', parent: '0a', fromMs: 20, attributes: db },
          { id: '0c', parent: '0a', service: 'orders', attributes: db },
        ),
      ),
    ).toHaveLength(3);
  });

  it('are one call to a server with a framework inside', () => {
    const inner = { ...served, id: '03', parent: '02', fromMs: 3, toMs: 7 };
    expect(joined(...toldApart(served, inner))).toEqual([
      'outside → cart GET /carts/{id} ok spans',
    ]);
  });

  it('end even if they stand around each other', () => {
    expect(
      joined(
        ...toldApart(
          { id: '0a', parent: '0b', attributes: db },
          { id: '0b', parent: '0a', attributes: db },
          { id: '0c', parent: '0a', attributes: db },
        ),
      ),
    ).toEqual(['cart → db a span ok spans']);
  });

  it('are unknown to their server when its parent stood around others', () => {
    expect(
      joined(
        ...toldApart(
          { id: '0a', service: 'gateway', toMs: 30, attributes: db },
          { id: '0b', parent: '0a', service: 'gateway', attributes: db },
          { ...served, parent: '0a' },
        ),
      ),
    ).toEqual(['gateway → db a span ok spans', 'gateway → cart GET /carts/{id} ok spans']);
  });
});

describe('a call on the wire that spans tell too', () => {
  const [wire] = callsOf('gateway → cart 200 GET /carts/7 @1..9');

  it('is one call, known by trace headers', () => {
    const seen = withIds(wire, '01', '01');
    const { calls } = joinRecords([seen, ...toldApart(asked, served)]);
    expect(lines(calls)).toEqual(['gateway → cart GET /carts/{id} ok both']);
    expect(calls[0]).toMatchObject({
      id: seen.id,
      correlation: {
        traceId: traceIdOf('01'),
        spanId: spanIdOf('01'),
        serverSpanId: spanIdOf('02'),
      },
    });
  });

  it('is one call although only one side tells a span', () => {
    expect(joined(withIds(wire, '01', '01'), ...told(asked))).toEqual([
      'gateway → cart GET /carts/7 ok both',
    ]);
    expect(joined(withIds(wire, '01', '01'), ...told(served))).toEqual([
      'gateway → cart GET /carts/{id} ok both',
    ]);
  });

  it('is the one between the same two, where a proxy hands headers on', () => {
    const [first, second] = callsOf('gateway → proxy 200 @0..9 gateway → cart 200 @1..8');
    const calls = joined(withIds(first, '01', '01'), withIds(second, '01', '01'), ...told(asked));
    expect(calls.filter((line) => line.endsWith('both'))).toEqual([
      'gateway → cart GET /carts/7 ok both',
    ]);
  });

  it('is found by its ends and its time where it has no headers', () => {
    expect(joined(...callsOf('gateway → cart 200 GET /carts/7 @1..9'), ...told(asked))).toEqual([
      'gateway → cart GET /carts/7 ok both',
    ]);
  });

  it('is found inside a span that began long before, if it asks the same', () => {
    const slow: SpanWords = { ...asked, toMs: 500 };
    expect(
      joined(...callsOf('gateway → cart 200 GET /carts/7 @400..490'), ...told(slow)),
    ).toHaveLength(1);
    expect(
      joined(...callsOf('gateway → cart 200 GET /other @400..490'), ...told(slow)),
    ).toHaveLength(2);
    expect(
      joined(...callsOf('gateway → cart 200 GET /carts/7 @600..690'), ...told(slow)),
    ).toHaveLength(2);
  });

  it('may be open on either side', () => {
    const open: SpanWords = { ...asked, toMs: null };
    expect(
      joined(...callsOf('gateway → cart open GET /carts/7 @50..'), ...told(open)),
    ).toHaveLength(2);
    expect(
      joined(
        ...callsOf('test → cart open GET /carts/7 @0..'),
        ...told({ ...served, fromMs: 50, toMs: null }),
      ),
    ).toHaveLength(1);
    expect(
      joined(
        ...callsOf('test → cart 200 GET /carts/7 @0..60'),
        ...told({ ...served, fromMs: 50, toMs: null }),
      ),
    ).toHaveLength(1);
  });

  it('did not begin after its server began', () => {
    const early: SpanWords = { ...served, fromMs: 50, toMs: 200 };
    expect(
      joined(...callsOf('test → cart 200 GET /carts/7 @100..110'), ...told(early)),
    ).toHaveLength(2);
  });

  it.each([
    ['/carts/abc', '/carts/{id}', 1],
    ['/carts/7', '/carts/:id', 1],
    ['/carts/7', '/carts/seven', 1],
    ['/carts/7/items', '/carts/{id}', 2],
    ['/carts/7', undefined, 1],
  ])('asks the same as a span: %s as %s', (path, route, count) => {
    const attributes = {
      ...GET,
      'server.address': 'cart',
      ...(route && { 'url.template': route }),
    };
    const wide: SpanWords = { ...asked, toMs: 500, attributes };
    expect(
      joined(...callsOf(`gateway → cart 200 GET ${path} @400..490`), ...told(wide)),
    ).toHaveLength(count);
  });

  it('is found around the span of its server, however long that had to wait', () => {
    const late: SpanWords = { ...served, fromMs: 900, toMs: 990 };
    const calls = callsOf('test → cart 200 GET /carts/7 @0..1000');
    expect(joined(...calls, ...told(late))).toEqual(['test → cart GET /carts/{id} ok both']);
  });

  it('is the nearest of several, each once', () => {
    const story = 'gateway → cart 200 GET /carts/7 @0..5 gateway → cart 200 GET /carts/7 @20..25';
    const twice = [
      { ...asked, id: '01', fromMs: 1, toMs: 6 },
      { ...asked, id: '03', fromMs: 21, toMs: 26 },
    ];
    const { calls } = joinRecords([...callsOf(story), ...toldApart(...twice)]);
    expect(calls.map(({ correlation }) => correlation.spanId)).toEqual([
      spanIdOf('01'),
      spanIdOf('03'),
    ]);
    expect(
      joinRecords([...callsOf(story), ...toldApart({ ...asked, fromMs: -1, toMs: 40 })]).calls.map(
        ({ source }) => source,
      ),
    ).toEqual(['both', undefined]);
    expect(
      joinRecords([...callsOf(story), ...toldApart({ ...asked, fromMs: 18, toMs: 40 })]).calls.map(
        ({ source }) => source,
      ),
    ).toEqual([undefined, 'both']);
  });

  it('is nearer before or after', () => {
    const story = 'gateway → cart 200 GET /a @0..9 gateway → cart 200 GET /b @4..9';
    const sourcesAt = (fromMs: number): readonly unknown[] =>
      joinRecords([
        ...callsOf(story),
        ...toldApart({
          ...asked,
          fromMs,
          toMs: 9,
          attributes: { ...GET, 'server.address': 'cart' },
        }),
      ]).calls.map(({ source }) => source);
    expect(sourcesAt(1)).toEqual(['both', undefined]);
    expect(sourcesAt(3)).toEqual([undefined, 'both']);
  });

  it.each([
    ['another trace', (call: Call) => withIds(call, '99', '01')],
    ['another span of the trace', (call: Call) => withIds(call, '01', '99')],
    ['another server', (call: Call) => ({ ...call, server: 'orders' })],
    ['another protocol', (call: Call) => ({ ...call, protocol: 'redis' })],
    [
      'a connection that failed',
      (call: Call) => ({ ...call, protocol: 'dns', outcome: 'timeout' as const }),
    ],
  ])('is another call with %s', (_, change) => {
    const [call] = callsOf('gateway → cart 200 GET /carts/7 @1..9').map(change);
    expect(joined(...(call === undefined ? [] : [call]), ...told(asked))).toHaveLength(2);
  });

  it('may have a trace without a span, and ends known by address only', () => {
    const [call] = callsOf('gateway → cart 200 GET /carts/7 @1..9');
    expect(joined(withIds(call, '01'), ...told(asked))).toHaveLength(1);
    const [address] = callsOf('gateway → cart 200 GET /carts/7 @1..9').map((each) => ({
      ...each,
      server: '10.0.0.9:80',
    }));
    expect(joined(...(address === undefined ? [] : [address]), ...told(asked))).toHaveLength(1);
  });

  it('gets its client from the span where the wire does not know it', () => {
    const [call] = callsOf('outside → cart 200 GET /carts/7 @1..9');
    expect(joined(withIds(call, '01', '01'), ...told(asked))).toEqual([
      'gateway → cart GET /carts/7 ok both',
    ]);
    expect(joined(withIds(call, '01', '01'), ...told(served))).toEqual([
      'outside → cart GET /carts/{id} ok both',
    ]);
  });
});

describe('what the wire and spans say of one call', () => {
  const failing = (words: object): SpanWords => ({
    ...asked,
    attributes: { ...asked.attributes, 'http.response.status_code': 500 },
    ...words,
  });
  const merged = (story: string, words: SpanWords): Call | undefined =>
    joinRecords([...callsOf(story), ...told(words)]).calls[0];

  it('is the wire’s outcome with the span’s exception', () => {
    const call = merged(
      'gateway → cart 500 GET /carts/7 @1..9 "oh"',
      failing({ exception: { message: 'no stock' } }),
    );
    expect(call).toMatchObject({ outcome: 'server_error', status: 500, source: 'both' });
    expect(call?.reason).toContain('its span says: 500 from cart GET /carts/7: no stock');
  });

  it('is the span’s where the wire saw nothing of the answer', () => {
    expect(merged('gateway → cart unknown GET /carts/7 @1..9 lost', failing({}))).toMatchObject({
      outcome: 'server_error',
      status: 500,
      confidence: 'low',
    });
    expect(merged('gateway → cart open GET /carts/7 @1..', asked)).toMatchObject({ outcome: 'ok' });
  });

  it('is a timeout where the client says why it gave up', () => {
    const gaveUp: SpanWords = {
      ...asked,
      attributes: { 'http.request.method': 'GET', 'server.address': 'cart' },
      error: 'timeout of 10ms exceeded',
    };
    expect(merged('gateway → cart cancelled GET /carts/7 @1..9', gaveUp)?.outcome).toBe('timeout');
  });

  it('is sure when both agree though bytes were lost', () => {
    expect(merged('gateway → cart 200 GET /carts/7 @1..9 lost', asked)?.confidence).toBe('high');
    expect(merged('gateway → cart 500 GET /carts/7 @1..9 lost', asked)?.confidence).toBe('low');
  });

  it('may differ, which is told', () => {
    const { calls, disputes } = joinRecords([
      ...callsOf('gateway → cart 200 GET /carts/7 @1..9'),
      ...told(failing({})),
    ]);
    expect(lines(calls)).toEqual(['gateway → cart GET /carts/7 ok both']);
    expect(disputes.map(({ wire, told: said }) => [wire.outcome, said.outcome])).toEqual([
      ['ok', 'server_error'],
    ]);
    expect(
      joinRecords([...callsOf('gateway → cart 500 GET /carts/7 @1..9'), ...told(asked)]).disputes,
    ).toHaveLength(1);
  });

  it('is what a span of no known protocol says too', () => {
    const plain: SpanWords = { ...asked, name: 'GET', attributes: { 'server.address': 'cart' } };
    expect(
      joined(...callsOf('gateway → cart 200 GET /carts/7 @1..9'), ...told(plain)),
    ).toHaveLength(1);
  });

  it('is one failure when there was no connection', () => {
    const refused: SpanWords = {
      ...asked,
      attributes: {
        'http.request.method': 'GET',
        'url.path': '/carts/7',
        'server.address': 'cart',
      },
      error: 'connect ECONNREFUSED',
    };
    const [call] = callsOf('gateway → cart refused @4..5').map((each) => ({
      ...each,
      protocol: 'tcp',
      operation: 'connect',
    }));
    const { calls } = joinRecords([...(call === undefined ? [] : [call]), ...told(refused)]);
    expect(lines(calls)).toEqual(['gateway → cart GET /carts/7 transport_error both']);
    expect(calls[0]).toMatchObject({ protocol: 'tcp', errorType: 'tcp.refused' });
  });
});

describe('a connection that nobody could read into', () => {
  const tls = callsOf('gateway → cart 200 @0..100').map((call) => ({
    ...call,
    protocol: 'tls',
    operation: 'connect',
  }));

  it('is no call beside those that spans tell of it', () => {
    expect(joined(...tls, ...told(asked))).toEqual(['gateway → cart GET /carts/7 ok spans']);
  });

  it('stays when spans tell nothing of its time, or of its ends', () => {
    expect(joined(...tls, ...told({ ...asked, service: 'orders' }))).toHaveLength(2);
    expect(joined(...tls, ...told({ ...asked, fromMs: 200 }))).toHaveLength(2);
  });
});

describe('calls without spans', () => {
  it('are joined by their sides alone', () => {
    const wire = callsOf('test → a 200 from=client test → a 200 from=server @0..');
    expect(joinRecords(wire)).toMatchObject({ disputes: [] });
  });
});

describe('a server’s span alone', () => {
  it('comes from outside', () => {
    const { parent: _, ...alone } = served;
    expect(joined(...told(alone))).toEqual(['outside → cart GET /carts/{id} ok spans']);
  });

  it('is a way by which calls are linked', () => {
    const made: SpanWords = {
      ...asked,
      service: 'cart',
      id: '07',
      parent: '02',
      fromMs: 3,
      toMs: 5,
      attributes: { ...GET, 'server.address': 'orders' },
    };
    const { calls } = joinRecords(toldApart(asked, served, made));
    const forest = linkCalls(calls);
    expect(calls.map((call) => forest.parentOf(call)?.server ?? 'root')).toEqual(['root', 'cart']);
    expect(calls.some((call) => forest.isGuess(call))).toBe(false);
  });
});
