import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/domain/calls/call.ts';
import { callsOfSpans } from '../../../src/domain/calls/spans/span-calls.ts';
import { SpanFamilies } from '../../../src/domain/calls/spans/span-families.ts';
import type { SpanPlaces } from '../../../src/domain/calls/spans/span-peers.ts';
import { placesOf, span, spanIdOf, traceIdOf, type SpanWords } from '../../support/spans.ts';

const PLACES = placesOf('cart', 'gateway', 'orders', 'db', 'mail');

function callOf(words: SpanWords, places: SpanPlaces = PLACES): Call {
  const [call] = callsOfSpans([span(words)], places);
  if (call === undefined) throw new Error('no call');
  return call;
}

/** `protocol operation status outcome errorType: reason` */
function told(words: SpanWords): string {
  const call = callOf({
    ...words,
    attributes: { 'server.address': 'orders', ...words.attributes },
  });
  const { protocol, operation, status, outcome, errorType, reason } = call;
  const how = outcome === 'ok' ? 'ok' : `${outcome} ${errorType}: ${reason}`;
  return `${protocol} | ${operation} | ${status ?? '-'} | ${how}`;
}

describe('a span about HTTP', () => {
  it.each<[string, SpanWords, string]>([
    [
      'by the stable conventions',
      {
        attributes: {
          'http.request.method': 'GET',
          'url.full': 'http://orders:80/orders/7?token=x',
          'http.response.status_code': 200,
        },
      },
      'http | GET /orders/7 | 200 | ok',
    ],
    [
      'by the older ones',
      { attributes: { 'http.method': 'GET', 'http.target': '/a?b', 'http.status_code': '404' } },
      'http | GET /a | 404 | client_error 404: 404 from orders GET /a',
    ],
    [
      'with a route, which is the same for all calls of a kind',
      {
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/orders/{id}',
          'url.path': '/orders/7',
          'http.response.status_code': 503,
        },
        exception: { type: 'PoolExhausted', message: 'no connection left' },
      },
      'http | GET /orders/{id} | 503 | server_error 503: 503 from orders GET /orders/{id}: PoolExhausted: no connection left',
    ],
    [
      'with a method of its own',
      {
        attributes: {
          'http.request.method': '_OTHER',
          'http.request.method_original': 'PURGE',
          'http.response.status_code': 504,
        },
      },
      'http | PURGE | 504 | timeout 504: 504 from orders PURGE',
    ],
    [
      'that ended without a status',
      { attributes: { 'http.request.method': 'GET' } },
      'http | GET | - | unknown no_status: its span says neither a status nor an error',
    ],
    [
      'that says that all went well',
      { attributes: { 'http.request.method': 'GET' }, ok: true },
      'http | GET | - | ok',
    ],
    [
      'that has not ended',
      { attributes: { 'http.request.method': 'GET' }, toMs: null },
      'http | GET | - | unknown no_response: its span had not ended',
    ],
  ])('%s', (_, words, text) => {
    expect(told(words)).toBe(text);
  });

  it.each([
    ['connect ECONNREFUSED 10.0.0.9:80', 'transport_error tcp.refused'],
    ['getaddrinfo ENOTFOUND orders', 'transport_error dns.nxdomain'],
    ['self-signed certificate in chain', 'transport_error tls.failed'],
    ['No route to host', 'transport_error tcp.unreachable'],
    ['request timed out', 'timeout timeout'],
    ['The operation was aborted', 'cancelled cancelled'],
    ['socket hang up', 'transport_error tcp.reset_before_response'],
    ['out of ideas', 'server_error error'],
  ])('that failed with "%s" is told as %s', (message, expected) => {
    const { outcome, errorType, reason, firstByteAtUs } = callOf({
      attributes: { 'http.request.method': 'GET', 'server.address': 'orders' },
      error: message,
    });
    expect(`${outcome} ${errorType}`).toBe(expected);
    expect(reason).toBe(`GET of orders failed: ${message}`);
    expect(firstByteAtUs === null).toBe(outcome !== 'server_error');
  });

  it('names the class of what was thrown, the last one, once', () => {
    const failed = (exception: object): string =>
      told({ attributes: { 'http.request.method': 'GET' }, error: 'said by status', exception });
    expect(failed({ type: 'shop.Broken', message: 'shop.Broken: oh' })).toBe(
      'http | GET | - | server_error Broken: GET of orders failed: shop.Broken: oh',
    );
    expect(failed({ type: 'Broken' })).toBe(
      'http | GET | - | server_error Broken: GET of orders failed: Broken: said by status',
    );
    expect(
      told({
        attributes: { 'http.request.method': 'GET', 'error.type': '_OTHER' },
        error: '',
        exception: { type: 'Odd Thing' },
      }),
    ).toBe('http | GET | - | server_error error: GET of orders failed: Odd Thing');
    expect(told({ attributes: { 'http.request.method': 'GET' }, error: '' })).toBe(
      'http | GET | - | server_error error: GET of orders failed',
    );
  });

  it('tells no secret of an exception', () => {
    const { reason } = callOf({
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 500 },
      exception: { message: 'password=hunter2 of anna@example.com' },
    });
    expect(reason).not.toMatch(/hunter2|anna/u);
  });
});

describe('a span about a remote procedure', () => {
  it.each<[string, SpanWords, string]>([
    [
      'of gRPC, by its number',
      {
        attributes: {
          'rpc.system': 'grpc',
          'rpc.service': 'shop.Orders',
          'rpc.method': 'Get',
          'rpc.grpc.status_code': 0,
        },
      },
      'grpc | /shop.Orders/Get | 0 | ok',
    ],
    [
      'of gRPC, by its name',
      {
        attributes: {
          'rpc.system.name': 'grpc',
          'rpc.method': 'shop.Orders/Get',
          'rpc.response.status_code': 'UNAVAILABLE',
        },
        error: '100% down',
      },
      'grpc | /shop.Orders/Get | 14 | server_error UNAVAILABLE: 14 UNAVAILABLE from orders /shop.Orders/Get: 100% down',
    ],
    [
      'of gRPC without a status',
      { name: 'shop.Orders/Get', attributes: { 'rpc.system': 'grpc' } },
      'grpc | /shop.Orders/Get | - | unknown no_status: its span says neither a status nor an error',
    ],
    [
      'of a system that travels over HTTP',
      { attributes: { 'rpc.system': 'connect_rpc', 'rpc.service': 'a.B', 'rpc.method': 'C' } },
      'http | /a.B/C | - | ok',
    ],
    [
      'of another system',
      {
        attributes: { 'rpc.system': 'java_rmi', 'rpc.service': 'a.B', 'rpc.method': 'c' },
        error: 'oh',
      },
      'java_rmi | /a.B/c | - | server_error error: /a.B/c of orders failed: oh',
    ],
  ])('%s', (_, words, text) => {
    expect(told(words)).toBe(text);
  });
});

describe('a span about a database', () => {
  it.each<[string, SpanWords, string]>([
    [
      'is called as on the wire, and shows no values',
      {
        attributes: {
          'db.system.name': 'postgresql',
          'db.query.text': "select * from carts where owner = 'anna'",
        },
      },
      'postgres | SELECT carts | - | ok',
    ],
    [
      'has the SQLSTATE of its error',
      {
        attributes: {
          'db.system': 'postgresql',
          'db.statement': 'insert into carts values (1)',
          'db.response.status_code': '23505',
        },
        error: 'duplicate key',
      },
      'postgres | INSERT carts | - | client_error 23505: Postgres 23505: duplicate key, in: insert into carts values (1)',
    ],
    [
      'has the SQLSTATE as the class of its error too',
      { attributes: { 'db.system': 'postgresql', 'error.type': '57P03' }, error: 'starting up' },
      'postgres | a span | - | server_error 57P03: Postgres 57P03: starting up',
    ],
    [
      'has the SQLSTATE of another database',
      {
        attributes: { 'db.system': 'mssql', 'db.operation': 'SELECT', 'error.type': '42S02' },
        error: 'no such table',
      },
      'mssql | SELECT | - | client_error 42S02: SELECT of orders failed: no such table',
    ],
    [
      'has the number of MySQL',
      {
        attributes: {
          'db.system.name': 'mariadb',
          'db.operation.name': 'INSERT',
          'db.collection.name': 'carts',
          'db.response.status_code': '1062',
        },
        error: 'duplicate',
      },
      'mysql | INSERT carts | - | client_error 1062: INSERT carts of orders failed: duplicate',
    ],
    [
      'of MySQL whose own fault it is',
      { attributes: { 'db.system': 'mysql', 'db.response.status_code': '1040' }, error: 'full' },
      'mysql | a span | - | server_error error: a span of orders failed: full',
    ],
    [
      'that says only that it failed',
      { attributes: { 'db.system': 'redis', 'db.operation': 'GET' }, error: 'oh' },
      'redis | GET | - | server_error error: GET of orders failed: oh',
    ],
    [
      'of Redis shows no key',
      { attributes: { 'db.system': 'redis', 'db.statement': 'get cart:7' } },
      'redis | GET | - | ok',
    ],
    [
      'without a text has the verb, or a summary',
      { attributes: { 'db.system': 'mongodb', 'db.query.summary': 'find carts' } },
      'mongodb | find carts | - | ok',
    ],
    [
      'of a document database shows no query',
      { attributes: { 'db.system': 'mongodb', 'db.statement': '{"a":1}', 'db.operation': 'find' } },
      'mongodb | find | - | ok',
    ],
  ])('%s', (_, words, text) => {
    expect(told(words)).toBe(text);
  });
});

describe('a span about messages', () => {
  const kafka = { 'messaging.system': 'kafka', 'messaging.destination.name': 'paid' };

  it.each<[string, SpanWords, string]>([
    ['that sends', { kind: 'producer', attributes: kafka }, 'kafka | Produce paid | - | ok'],
    [
      'that receives',
      { kind: 'consumer', attributes: { ...kafka, 'messaging.operation.type': 'receive' } },
      'kafka | Fetch paid | - | ok',
    ],
    [
      'of RabbitMQ',
      { attributes: { 'messaging.system': 'rabbitmq', 'messaging.operation': 'publish' } },
      'amqp | basic.publish | - | ok',
    ],
    [
      'of RabbitMQ that receives',
      { attributes: { 'messaging.system': 'rabbitmq', 'messaging.operation': 'receive' } },
      'amqp | basic.get | - | ok',
    ],
    [
      'of another broker',
      { attributes: { 'messaging.system': 'nats', 'messaging.operation.type': 'send' } },
      'nats | publish | - | ok',
    ],
    [
      'of another broker that receives',
      { attributes: { 'messaging.system': 'nats' } },
      'nats | receive | - | ok',
    ],
  ])('%s is a call to the broker', (_, words, text) => {
    expect(told(words)).toBe(text);
    expect(callOf(words).client).toBe('cart');
  });

  it('that processes one is a call of whoever sent it', () => {
    const sent = span({
      kind: 'producer',
      service: 'orders',
      trace: '02',
      id: '0a',
      attributes: kafka,
    });
    const done = span({
      kind: 'consumer',
      service: 'mail',
      attributes: { ...kafka, 'messaging.operation.type': 'process' },
      error: 'no template',
      links: [{ traceId: traceIdOf('02'), spanId: spanIdOf('0a') }],
    });
    expect(callsOfSpans([sent, done], PLACES)[1]).toMatchObject({
      client: 'orders',
      server: 'mail',
      operation: 'process paid',
      side: 'server',
      reason: 'process paid of mail failed: no template',
    });
  });
});

describe('other spans', () => {
  it('of no known convention have the protocol and name that they say', () => {
    expect(told({ name: 'ask' })).toBe('unknown | ask | - | ok');
    expect(told({ name: '', attributes: { 'network.protocol.name': 'ftp' }, error: 'oh' })).toBe(
      'ftp | unknown | - | server_error error: unknown of orders failed: oh',
    );
  });

  it('within a service are no calls', () => {
    expect(
      callsOfSpans([span({ kind: 'internal' }), span({ kind: 'unspecified' })], PLACES),
    ).toEqual([]);
  });
});

describe('who tells a span', () => {
  const clientOf = (resource: SpanWords['resource'], sender: string | null = null): string =>
    callsOfSpans([span({ resource: resource ?? {} })], PLACES, { sender })[0]?.client ?? '';

  it('is the first name that is a component, else the first name', () => {
    expect(clientOf({ 'service.name': 'cart' })).toBe('cart');
    expect(clientOf({ 'service.name': 'Shop.Cart', 'k8s.deployment.name': 'cart' })).toBe('cart');
    expect(clientOf({ 'service.name': 'Shop.Cart' })).toBe('Shop.Cart');
    expect(clientOf({ 'service.name': 'unknown_service:node', 'k8s.job.name': 'x' })).toBe('x');
  });

  it('else is who sent it', () => {
    expect(clientOf({ 'k8s.pod.ip': '10.0.0.1' }, '10.0.0.2')).toBe('10.0.0.1');
    expect(clientOf({}, '10.0.0.2')).toBe('10.0.0.2');
    expect(clientOf({})).toBe('unknown');
  });
});

describe('whom a client asked', () => {
  const serverOf = (attributes: SpanWords['attributes'], places: SpanPlaces = PLACES): string =>
    callOf({ attributes: attributes ?? {} }, places).server;

  it.each<[Record<string, string | number>, string]>([
    [{ 'peer.service': 'orders', 'server.address': '10.0.0.1' }, 'orders'],
    [{ 'peer.service': 'bank', 'server.address': 'api.bank.example' }, 'api.bank.example'],
    [{ 'peer.service': 'bank' }, 'bank'],
    [{ 'server.address': 'orders.shop.svc.cluster.local', 'server.port': 80 }, 'orders'],
    [{ 'net.peer.name': 'bank.example', 'net.peer.port': '443' }, 'bank.example:443'],
    [{ 'network.peer.address': 'fd00::1', 'network.peer.port': 80 }, '[fd00::1]:80'],
    [{ 'url.full': 'https://u:p@bank.example:8443/x' }, 'bank.example:8443'],
    [{ 'http.url': 'nothing' }, 'unknown'],
    [{}, 'unknown'],
  ])('%j is %s', (attributes, server) => {
    expect(serverOf(attributes)).toBe(server);
  });

  it('is what the place knows of an address', () => {
    const places = {
      ...PLACES,
      componentAt: (address: string, caller: string) => `${caller}'s ${address}`,
    };
    expect(serverOf({ 'server.address': '127.0.0.1', 'server.port': 7001 }, places)).toBe(
      "cart's 127.0.0.1:7001",
    );
  });
});

describe('who called a server', () => {
  const served = { kind: 'server', attributes: { 'http.request.method': 'GET' } } as const;

  it('is the socket at its other end, if that tells anything', () => {
    const clientOf = (peer: string): string =>
      callOf({ ...served, attributes: { 'network.peer.address': peer } }).client;
    expect(clientOf('10.0.0.7')).toBe('10.0.0.7');
    expect(clientOf('127.0.0.1')).toBe('unknown');
    expect(clientOf('::1')).toBe('unknown');
    expect(callOf(served).client).toBe('unknown');
  });

  it('is the service of its parent', () => {
    const spans = [
      span({ service: 'gateway', id: '01' }),
      span({ ...served, id: '02', parent: '01' }),
    ];
    expect(callsOfSpans(spans, PLACES)[1]?.client).toBe('gateway');
  });

  it('is not the service itself', () => {
    const spans = [
      span({ kind: 'internal', id: '01' }),
      span({ ...served, id: '02', parent: '01' }),
    ];
    expect(callsOfSpans(spans, PLACES)[0]?.client).toBe('unknown');
  });
});

describe('what a span belongs to', () => {
  it('is the end of a call above it, over what the service did within itself', () => {
    const spans = [
      span({ kind: 'server', id: '01' }),
      span({ kind: 'internal', id: '02', parent: '01' }),
      span({ kind: 'internal', id: '03', parent: '02' }),
      span({ id: '04', parent: '03' }),
    ];
    const [served, made] = callsOfSpans(spans, PLACES);
    expect(served?.correlation).toEqual({ traceId: traceIdOf('01'), serverSpanId: spanIdOf('01') });
    expect(made?.correlation).toEqual({
      traceId: traceIdOf('01'),
      spanId: spanIdOf('04'),
      parentSpanId: spanIdOf('01'),
    });
  });

  it('is found over several lots, as long as it is remembered', () => {
    const families = new SpanFamilies(2);
    const entry = span({ kind: 'server', id: '01' });
    const inner = span({ kind: 'internal', id: '02', parent: '01' });
    const parentOf = (): string | undefined =>
      callsOfSpans([span({ id: '03', parent: '02' })], PLACES, { families })[0]?.correlation
        .parentSpanId;
    callsOfSpans([entry], PLACES, { families });
    callsOfSpans([inner], PLACES, { families });
    expect(parentOf()).toBe(spanIdOf('01'));
    callsOfSpans([span({ id: '08' }), span({ id: '09' })], PLACES, { families });
    expect(parentOf()).toBe(spanIdOf('02'));
  });

  it('is nothing where spans within a service have no end above them', () => {
    const loop = [
      span({ kind: 'internal', id: '01', parent: '02' }),
      span({ kind: 'internal', id: '02', parent: '01' }),
      span({ id: '03', parent: '01' }),
      span({ kind: 'internal', id: '04' }),
      span({ id: '05', parent: '04' }),
    ];
    const [inLoop, atTop] = callsOfSpans(loop, PLACES);
    expect(inLoop?.correlation.parentSpanId).toBeDefined();
    expect(atTop?.correlation).toEqual({ traceId: traceIdOf('01'), spanId: spanIdOf('05') });
  });
});
