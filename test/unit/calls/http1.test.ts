import { describe, expect, it } from 'vitest';
import { HEAD_BYTES_MAX } from '../../../src/domain/calls/protocols/http1-head-reader.ts';
import { PIPELINE_MAX } from '../../../src/domain/calls/protocols/http1.ts';
import {
  brief,
  bytesOf,
  callsOf,
  client,
  end,
  inPieces,
  play,
  recorder,
  reset,
  server,
  START_US,
  type Step,
} from '../../support/conversations.ts';

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: cart\r\n\r\n`;
const OK = (body = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${bytesOf(body).length}\r\n\r\n${body}`;
const STATUS = (line: string, type: string, body: string): string =>
  `HTTP/1.1 ${line}\r\nContent-Type: ${type}\r\nContent-Length: ${bytesOf(body).length}\r\n\r\n${body}`;

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly calls: readonly string[];
  readonly reasons?: readonly (string | null)[];
}

const CASES: readonly Case[] = [
  {
    title: 'pairs requests with answers on one kept-alive connection',
    steps: [
      client(GET('/a')),
      server(OK('1')),
      client(GET('/b')),
      server(OK('22')),
      client(GET('/c')),
      server(STATUS('404 Not Found', 'text/plain', 'no such cart')),
    ],
    calls: ['GET /a 200 ok', 'GET /b 200 ok', 'GET /c 404 client_error 404'],
    reasons: [null, null, '404 Not Found from cart GET /c: no such cart'],
  },
  {
    title: 'pairs pipelined requests first in, first out',
    steps: [
      client(GET('/a') + GET('/b') + GET('/c')),
      server(OK('1') + STATUS('500 Oops', 'text/plain', 'x') + OK('3')),
    ],
    calls: ['GET /a 200 ok', 'GET /b 500 server_error 500', 'GET /c 200 ok'],
  },
  {
    title: 'reads chunked bodies with extensions and trailers, both ways',
    steps: [
      client(
        'POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=1\r\nabcd\r\n0\r\nT: 1\r\n\r\n',
      ),
      client(GET('/next')),
      server(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n',
      ),
      server(OK()),
    ],
    calls: ['POST /up 200 ok', 'GET /next 200 ok'],
  },
  {
    title: 'does not take interim answers for answers',
    steps: [
      client('PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'),
      server('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
      client('ok'),
      server('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'),
    ],
    calls: ['PUT /x 201 ok'],
  },
  {
    title: 'knows which answers have no body whatever their headers say',
    steps: [
      client('HEAD /h HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'),
      client(GET('/n')),
      server('HTTP/1.1 304 Not Modified\r\nContent-Length: 55\r\n\r\n'),
      client('DELETE /d HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 204 No Content\r\n\r\n'),
      client(GET('/z')),
      server(OK('z')),
    ],
    calls: ['HEAD /h 200 ok', 'GET /n 304 ok', 'DELETE /d 204 ok', 'GET /z 200 ok'],
  },
  {
    title: 'ends a body without a length with the connection',
    steps: [
      client('GET /old HTTP/1.0\r\n\r\n'),
      server('HTTP/1.0 200 OK\r\n\r\nsome text', 5),
      end('server', 9),
      end('client', 10),
    ],
    calls: ['GET /old 200 ok'],
  },
  {
    title: 'reads bare line feeds, folded lines and blank lines between messages',
    steps: [
      client('\r\n\nGET /lf HTTP/1.1\nX-Request-Id: a\n b\nContent-Length\t: 1\n\nx\r\n'),
      server('HTTP/1.1 200 OK\nContent-Length:\n 3\n\nabc'),
      client(GET('/next')),
      server(OK()),
    ],
    calls: ['GET /lf 200 ok', 'GET /next 200 ok'],
  },
  {
    title: 'takes an answer that comes before the request is complete',
    steps: [
      client('POST /big HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc'),
      server('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n'),
      client('defghij'),
      client(GET('/next')),
      server(OK()),
    ],
    calls: ['POST /big 413 client_error 413', 'GET /next 200 ok'],
    reasons: ['413 Payload Too Large from cart POST /big', null],
  },
  {
    title: 'names a request whose header never ended, by its first line',
    steps: [
      client('GET /half?x=1 HTTP/1.1\r\nHost: ca'),
      server('HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n'),
      end('server'),
      end('client'),
    ],
    calls: ['GET /half 431 client_error 431'],
  },
  {
    title: 'tells an answer that nobody asked for as unknown',
    steps: [server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), end('server'), end('client')],
    calls: ['unknown 200 unknown http.unpaired low'],
    reasons: ['cart answered 200 to a request that was not seen'],
  },
  {
    title: 'takes a 408 on an idle connection for no call',
    steps: [
      client(GET('/a')),
      server(OK()),
      server('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n', 5_000),
      end('server', 5_000),
      end('client', 5_001),
    ],
    calls: ['GET /a 200 ok'],
  },
  {
    title: 'says how much of a cut answer came',
    steps: [
      client(GET('/a')),
      server('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      end('server'),
    ],
    calls: ['GET /a 200 transport_error tcp.truncated'],
    reasons: ['response cut at 3 of 10 bytes'],
  },
  {
    title: 'says that a chunked answer was cut, also by a reset',
    steps: [
      client(GET('/a')),
      server('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nab'),
      reset('server'),
    ],
    calls: ['GET /a 200 transport_error tcp.truncated'],
    reasons: ['response cut at 7 bytes, before its end'],
  },
  {
    title: 'takes a reset inside a body without a length for a cut',
    steps: [client(GET('/a')), server('HTTP/1.1 200 OK\r\n\r\nabc'), reset('server')],
    calls: ['GET /a 200 transport_error tcp.truncated'],
  },
  {
    title: 'keeps the status of an error answer that was cut',
    steps: [
      client(GET('/a')),
      server('HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nout of'),
      end('server'),
    ],
    calls: ['GET /a 500 server_error 500'],
    reasons: ['500 Oops from cart GET /a: out of; response cut at 6 of 9 bytes'],
  },
  {
    title: 'never says ok to an answer that was cut inside its header',
    steps: [client(GET('/a')), server('HTTP/1.1 200 OK\r\nConte'), end('server')],
    calls: ['GET /a transport_error tcp.truncated'],
    reasons: ['response cut at 22 bytes, inside its header'],
  },
  {
    title: 'tells a close before the answer, for every waiting request',
    steps: [client(GET('/a') + GET('/b')), end('server', 3), end('client', 3)],
    calls: [
      'GET /a transport_error tcp.closed_before_response',
      'GET /b transport_error tcp.closed_before_response',
    ],
    reasons: [
      'cart closed the connection without answering',
      'cart closed the connection without answering',
    ],
  },
  {
    title: 'says that a request met the close of an idle connection',
    steps: [
      client(GET('/a')),
      server(OK()),
      client(GET('/b'), 5_000),
      end('server', 5_002),
      end('client', 5_003),
    ],
    calls: ['GET /a 200 ok', 'GET /b transport_error tcp.closed_before_response'],
    reasons: [
      null,
      'cart closed the connection without answering (it closed the idle connection as the request was on its way)',
    ],
  },
  {
    title: 'fails a request sent after the server had closed',
    steps: [
      client(GET('/a')),
      server(OK()),
      end('server', 10),
      client(GET('/b'), 11),
      end('client', 12),
    ],
    calls: ['GET /a 200 ok', 'GET /b transport_error tcp.closed_before_response'],
  },
  {
    title: 'tells a reset before the answer with the time it took',
    steps: [client('POST /pay HTTP/1.1\r\nContent-Length: 0\r\n\r\n'), reset('server', 12.5)],
    calls: ['POST /pay transport_error tcp.reset_before_response'],
    reasons: ['cart reset the connection after 12.5 ms without answering POST /pay'],
  },
  {
    title: 'takes a client that leaves at a round age for a timeout',
    steps: [client(GET('/slow')), end('client', 1_012), end('server', 1_013)],
    calls: ['GET /slow timeout tcp.client_abort'],
    reasons: ['checkout gave up after 1.012s'],
  },
  {
    title: 'takes a client that leaves at any other age for a cancellation',
    steps: [client(GET('/slow')), reset('client', 412)],
    calls: ['GET /slow cancelled tcp.client_abort'],
    reasons: ['checkout gave up after 0.412s'],
  },
  {
    title: 'lets a client that only ended its side wait for its answer',
    steps: [client(GET('/half')), end('client', 1), server(OK('late'), 40), end('server', 41)],
    calls: ['GET /half 200 ok'],
  },
  {
    title: 'takes a client that ends its side long after its request for one that gave up',
    steps: [
      client(GET('/slow')),
      end('client', 2_000),
      server(OK('late'), 3_000),
      end('server', 3_001),
    ],
    calls: ['GET /slow 200 timeout tcp.client_abort'],
    reasons: ['checkout gave up after 2s'],
  },
  {
    title: 'knows by a reset that a client which had ended did not wait for its answer',
    steps: [
      client(GET('/slow')),
      end('client', 80),
      server(OK('late'), 3_000),
      reset('client', 3_001),
    ],
    calls: ['GET /slow 200 cancelled tcp.client_abort'],
    reasons: ['checkout gave up after 0.08s'],
  },
  {
    title: 'tells an upgrade as answered and follows the tunnel as plain TCP',
    steps: [
      client('GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: smoke\r\n\r\n'),
      server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: smoke\r\n\r\n\u0001hello'),
      client('\u0002GET / HTTP/1.1\r\n\r\n'),
      end('client'),
      end('server'),
    ],
    calls: ['GET /chat 101 ok', 'connect ok'],
  },
  {
    title: 'goes on when an upgrade is refused',
    steps: [
      client('GET /chat HTTP/1.1\r\nUpgrade: h2c\r\n\r\n' + GET('/next')),
      server(OK('plain')),
      server(OK('next')),
    ],
    calls: ['GET /chat 200 ok', 'GET /next 200 ok'],
  },
  {
    title: 'passes a CONNECT tunnel through, early bytes included',
    steps: [
      client('CONNECT db:5432 HTTP/1.1\r\n\r\n\u0016\u0003early'),
      server('HTTP/1.1 200 Connection established\r\n\r\n'),
      server('\u0016\u0003'),
      end('server'),
      end('client'),
    ],
    calls: ['CONNECT db:5432 200 ok', 'connect ok'],
  },
  {
    title: 'says that plain HTTP was spoken to a TLS port',
    steps: [
      client(GET('/')),
      server(new Uint8Array([0x15, 3, 1, 0, 2, 2, 70])),
      end('server'),
      end('client'),
    ],
    calls: ['GET / transport_error tls.plain_mismatch', 'connect unknown tcp.unanswered'],
  },
  {
    title: 'gives up on an answer that is not HTTP',
    steps: [client(GET('/')), server('hello\r\n'), end('server'), end('client')],
    calls: ['GET / unknown http.malformed', 'connect unknown tcp.unanswered'],
  },
  {
    title: 'cuts the query, the fragment, the scheme and the host from the operation',
    steps: [
      client('GET http://u:p@cart:80/items/7?token=abc#x HTTP/1.1\r\n\r\n'),
      server(OK()),
      client('OPTIONS * HTTP/1.1\r\n\r\n'),
      server(OK()),
    ],
    calls: ['GET /items/7 200 ok', 'OPTIONS * 200 ok'],
  },
  {
    title: 'tells a request without an answer as open when the recording ends',
    steps: [client(GET('/slow')), client('', 1_500)],
    calls: ['GET /slow unknown no_response'],
    reasons: ['no response from cart within 1.5s, when the recording ended'],
  },
  {
    title: 'classes the statuses that say more than their hundred',
    steps: [
      '408 Request Timeout',
      '504 Gateway Timeout',
      '429 Too Many Requests',
      '302 Found',
      '999 x',
    ].flatMap((line) => [
      client(GET('/s')),
      server(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`),
    ]),
    calls: [
      'GET /s 408 timeout 408',
      'GET /s 504 timeout 504',
      'GET /s 429 client_error 429',
      'GET /s 302 ok',
      'GET /s 999 unknown 999',
    ],
    reasons: [
      '408 Request Timeout from cart GET /s',
      '504 Gateway Timeout from cart GET /s',
      '429 Too Many Requests (rate_limited) from cart GET /s',
      null,
      '999 x from cart GET /s',
    ],
  },
];

describe('the HTTP/1 decoder', () => {
  it.each(CASES)('$title', ({ steps, calls, reasons }) => {
    const decoded = callsOf(steps);
    expect(decoded.map((call) => brief(call))).toEqual(calls);
    const told = decoded.map((call) => call.reason);
    expect(told).toEqual(reasons ?? told);
  });

  it.each(CASES)('byte by byte: $title', ({ steps }) => {
    expect(callsOf(inPieces(steps, 1))).toEqual(callsOf(steps));
  });

  it('times a call from the first byte of the request to the last of the answer', () => {
    const [call] = callsOf([
      client('GET /t HTTP/1.1\r\n', 10),
      client('\r\n', 20),
      server('HTTP/1.1 100 Continue\r\n\r\n', 25),
      server('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na', 30),
      server('b', 45),
    ]);
    expect(call).toMatchObject({
      startedAtUs: START_US + 10_000,
      firstByteAtUs: START_US + 30_000,
      endedAtUs: START_US + 45_000,
    });
  });

  it('leaves the end of an open call empty', () => {
    expect(callsOf([client(GET('/slow'))])[0]).toMatchObject({
      firstByteAtUs: null,
      endedAtUs: null,
    });
  });

  it('shows what is open without ending it', () => {
    const { calls, decoder } = recorder();
    play(decoder, [client(GET('/slow'), 5)]);
    const open = decoder.openCalls(START_US + 1_005_000);
    expect(open.map((call) => brief(call))).toEqual(['GET /slow unknown no_response']);
    expect(calls).toEqual([]);
    play(decoder, [server(OK(), 2_000)]);
    expect(calls.map((call) => brief(call))).toEqual(['GET /slow 200 ok']);
    expect(calls[0]?.index).toBe(open[0]?.index);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });

  it('shows a call whose client has left as given up, though the server never noticed', () => {
    const { decoder } = recorder();
    play(decoder, [client(GET('/slow'), 0), end('client', 1_000)]);
    expect(decoder.openCalls(START_US + 9_000_000).map((call) => brief(call))).toEqual([
      'GET /slow timeout tcp.client_abort',
    ]);
  });

  it('reads every kind of correlation header', () => {
    const call = callsOf([
      client(
        'GET / HTTP/1.1\r\nTraceparent: 00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
          'X-Correlation-ID: c-1\r\nX-Request-ID: r-1\r\n' +
          'Baggage: a=b, offshoot-test=pays%20by%20card%2C%20twice;ttl=1,c=d\r\n\r\n',
      ),
      server(OK()),
    ])[0];
    expect(call?.correlation).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      requestId: 'r-1',
      testCase: 'pays by card, twice',
    });
  });

  it.each([
    [
      'b3: 463ac35c9f6413ad-a2fb4a1d1a96d312-1-0020000000000001',
      '463ac35c9f6413ad',
      'a2fb4a1d1a96d312',
      '0020000000000001',
    ],
    [
      'X-B3-TraceId: 463ac35c\r\nX-B3-SpanId: a2fb\r\nX-B3-ParentSpanId: 0020',
      '463ac35c',
      'a2fb',
      '0020',
    ],
    ['b3: 463ac35c9f6413ad-a2fb4a1d1a96d312-1', '463ac35c9f6413ad', 'a2fb4a1d1a96d312', undefined],
    ['X-B3-TraceId: 463ac35c\r\nX-B3-SpanId: no', '463ac35c', undefined, undefined],
    ['X-B3-SpanId: a2fb', undefined, undefined, undefined],
    ['sw8: 1--c2VnbWVudA==-3', undefined, undefined, undefined],
    [`sw8: 1-${'A'.repeat(200)}-c2VnbWVudA==-3`, undefined, undefined, undefined],
    ['uber-trace-id: 5b6ea05a3b1f4d2e:aa11:bb22:1', '5b6ea05a3b1f4d2e', 'aa11', 'bb22'],
    ['uber-trace-id: 5b6e%3Aaa11%3A0%3A1', '5b6e', 'aa11', undefined],
    [
      `sw8: 1-${btoa('trace.1')}-${btoa('segment.2')}-3-x-x-x-x`,
      'trace.1',
      'segment.2-3',
      undefined,
    ],
  ])('reads %s', (header, traceId, spanId, parentSpanId) => {
    const call = callsOf([client(`GET / HTTP/1.1\r\n${header}\r\n\r\n`), server(OK())])[0];
    expect(call?.correlation.traceId).toBe(traceId);
    expect(call?.correlation.spanId).toBe(spanId);
    expect(call?.correlation.parentSpanId).toBe(parentSpanId);
  });

  it.each(['color=blue', 'offshoot-test=', 'offshoot-tests=x'])(
    'reads no test case from "baggage: %s"',
    (baggage) => {
      const [call] = callsOf([
        client(`GET / HTTP/1.1\r\nbaggage: ${baggage}\r\n\r\n`),
        server(OK()),
      ]);
      expect(call?.correlation).toEqual({});
    },
  );

  it('ignores nonsense in correlation headers', () => {
    const call = callsOf([
      client(
        'GET / HTTP/1.1\r\ntraceparent: 00-zz-yy-01\r\nb3: 0\r\nuber-trace-id: :::\r\nsw8: 1-!-!-x\r\n' +
          'x-request-id: \u0001\r\nbaggage: offshoot-test=%zz%,offshoot-test\r\n\r\n',
      ),
      server(OK()),
    ])[0];
    expect(call?.correlation).toEqual({ testCase: '%zz%' });
  });

  it.each([
    ['application/json', '{"message":"card declined","code":7}', 'card declined'],
    ['application/problem+json; charset=utf-8', '{"title":"x","detail":"no stock"}', 'no stock'],
    ['application/json', '{"error":{"message":"deep"}}', 'deep'],
    ['application/json', '{"error":"boom","password":"hunter22"}', 'boom'],
    [
      'application/json',
      '{"errors":["a"],"password":"hunter22"}',
      '{"errors":["a"],"password":"***"}',
    ],
    ['application/json', `{"trace":"${'x'.repeat(300)}","message":"late`, 'late'],
    [
      'text/html',
      '<html><style>p{}</style><title>502 Bad</title><h1>Bad\n gateway</h1></html>',
      '502 Bad Bad gateway',
    ],
    ['text/plain', 'token=abc123 for ann@example.org', 'token=*** for ***'],
  ])('takes the message out of a body of %s', (type, body, text) => {
    const call = callsOf([client(GET('/e')), server(STATUS('500 Oops', type, body))])[0];
    expect(call?.reason).toBe(`500 Oops from cart GET /e: ${text}`);
  });

  it('keeps no more than 256 bytes of an error body', () => {
    const [call] = callsOf([
      client(GET('/e')),
      server(STATUS('500 Oops', 'text/plain', 'ä '.repeat(9_000))),
    ]);
    const text = call?.reason?.slice('500 Oops from cart GET /e: '.length) ?? '';
    expect(bytesOf(text).length).toBeLessThanOrEqual(256);
    expect(text.endsWith('…')).toBe(true);
  });

  it('says that a body was compressed instead of showing it', () => {
    const [call] = callsOf([
      client(GET('/e')),
      server(
        'HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc',
      ),
    ]);
    expect(call?.reason).toBe('500 Oops from cart GET /e: (body compressed with gzip)');
  });

  it('does not show binary bodies', () => {
    const [call] = callsOf([
      client(GET('/e')),
      server(STATUS('500 Oops', 'application/pdf', 'abc')),
    ]);
    expect(call?.reason).toBe('500 Oops from cart GET /e');
  });

  it('takes secrets out of the path', () => {
    const [call] = callsOf([
      client(GET('/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2ln/ann@example.org/9')),
      server(OK()),
    ]);
    expect(call?.operation).toBe('GET /reset/***/***/9');
  });
});

describe('the limits of the HTTP/1 decoder', () => {
  const LIMIT = 'unknown http.limit';

  it('turns opaque at a header over 64 KiB', () => {
    const line = `X: ${'y'.repeat(8_000)}\r\n`;
    const head = `GET /big HTTP/1.1\r\n${line.repeat(Math.ceil(HEAD_BYTES_MAX / line.length))}\r\n`;
    for (const size of [head.length, 700]) {
      const calls = callsOf(
        inPieces([client(head), server(OK()), end('client'), end('server')], size),
      );
      expect(calls.map((call) => brief(call))[0]).toContain(LIMIT);
      expect(calls.map((call) => brief(call))[1]).toBe('connect ok');
      expect(calls).toHaveLength(2);
    }
  });

  it('turns opaque at a line over 16 KiB', () => {
    const steps = [client(`GET /${'y'.repeat(20_000)} HTTP/1.1\r\n\r\n`), server(OK())];
    expect(callsOf(steps).map((call) => brief(call))[0]).toContain(LIMIT);
    expect(callsOf(inPieces(steps, 999)).map((call) => brief(call))[0]).toContain(LIMIT);
  });

  it('turns opaque at more than 1,000 requests without an answer', () => {
    const calls = callsOf([client(GET('/p').repeat(PIPELINE_MAX + 5)), server(OK())]);
    expect(calls.filter((call) => brief(call).includes(LIMIT))).toHaveLength(PIPELINE_MAX + 1);
    expect(calls.at(-1)?.protocol).toBe('tcp');
    expect(
      callsOf([client(GET('/p').repeat(PIPELINE_MAX)), server(OK().repeat(PIPELINE_MAX))]),
    ).toHaveLength(PIPELINE_MAX);
  });

  it.each([
    'Content-Length: 5\r\nContent-Length: 6',
    'Content-Length: x',
    'Transfer-Encoding: gzip',
  ])('turns opaque at a request with %s', (header) => {
    const calls = callsOf([client(`POST /x HTTP/1.1\r\n${header}\r\n\r\n`)]);
    expect(brief(calls[0] ?? raise())).toBe('POST /x unknown http.malformed');
  });
});

describe('loss in an HTTP/1 connection', () => {
  it('does no harm inside a body of known length', () => {
    const calls = callsOf([
      client('POST /up HTTP/1.1\r\nContent-Length: 100\r\n\r\n0123456789'),
      client(GET('/next'), 1, 90),
      server('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabcde', 2),
      server('xyz', 3, 42),
      server(OK('n'), 4),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['POST /up 200 ok low', 'GET /next 200 ok']);
  });

  it('makes the call whose answer was lost unknown, and pairs again from the next request on', () => {
    const calls = callsOf([
      client(GET('/a'), 0),
      server('st of a body', 1, 40),
      client(GET('/b'), 2),
      server(OK('b'), 3),
      client(GET('/c'), 4),
      server(OK('c'), 5),
    ]);
    expect(calls.map((call) => brief(call))).toEqual([
      'GET /a unknown bytes_lost low',
      'GET /b 200 ok low',
      'GET /c 200 ok',
    ]);
  });

  it('does not give the answer of a lost request to the one after it', () => {
    const calls = callsOf([
      client(GET('/a'), 0),
      server(OK('a'), 1),
      client(GET('/c'), 2, 40),
      server(OK('b') + STATUS('500 Oops', 'text/plain', ''), 3),
    ]);
    expect(calls.map((call) => call.outcome)).toEqual(['ok', 'unknown', 'unknown']);
    expect(calls.every((call) => call.operation !== 'GET /c' || call.outcome === 'unknown')).toBe(
      true,
    );
  });

  it('keeps an answer whose status was seen before the loss', () => {
    const calls = callsOf([
      client(GET('/a'), 0),
      server('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab', 1),
      server('0\r\n\r\n', 2, 900),
      client(GET('/b'), 3),
      server(OK('b'), 4),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['GET /a 200 ok low', 'GET /b 200 ok low']);
  });
});

function raise(): never {
  throw new Error('expected a call');
}
