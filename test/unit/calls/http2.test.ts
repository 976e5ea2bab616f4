import { describe, expect, it } from 'vitest';
import { STREAMS_MAX } from '../../../src/domain/calls/protocols/http2/streams.ts';
import { BLOCK_BYTES_MAX } from '../../../src/domain/calls/protocols/http2/header-blocks.ts';
import { FRAME_BYTES_MAX } from '../../../src/domain/calls/protocols/http2/frame-reader.ts';
import {
  brief,
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
import {
  data,
  END_HEADERS,
  END_STREAM,
  fields,
  frame,
  get,
  goaway,
  headers,
  indexed,
  inserted,
  joinedBytes,
  plain,
  PREFACE,
  rst,
  SETTINGS,
  uint32,
} from '../../support/http2-frames.ts';

const HELLO = joinedBytes(PREFACE, SETTINGS);
const OK = (stream: number): Uint8Array => headers(stream, { ':status': '200' }, END_STREAM);

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly calls: readonly string[];
  readonly reasons?: readonly (string | null)[];
}

const WHOLE: readonly Case[] = [
  {
    title: 'pairs by stream, whatever the order of the answers',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a?x=1'), get(3, '/b'), get(5, '/c'))),
      server(
        joinedBytes(SETTINGS, OK(3), headers(1, { ':status': '503' }), data(1, 'x', END_STREAM)),
      ),
      server(headers(5, { ':status': '404' }, END_STREAM)),
    ],
    calls: ['GET /a 503 server_error 503', 'GET /b 200 ok', 'GET /c 404 client_error 404'],
    reasons: ['503 from cart GET /a', null, '404 from cart GET /c'],
  },
  {
    title: 'tells the text of an error, from data with padding',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(headers(1, { ':status': '500', 'content-type': 'Application/JSON' })),
      server(frame(0, 8, 1, joinedBytes([3], '{"message":"no ', [0, 0, 0]))),
      server(frame(0, 9, 1, joinedBytes([1], 'stock"}', [0]))),
    ],
    calls: ['GET /a 500 server_error 500'],
    reasons: ['500 from cart GET /a: no stock'],
  },
  {
    title: 'says that an error is compressed',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(
        headers(1, { ':status': '500', 'content-type': 'text/plain', 'content-encoding': 'br' }),
      ),
      server(data(1, 'zzz', END_STREAM)),
    ],
    calls: ['GET /a 500 server_error 500'],
    reasons: ['500 from cart GET /a: (body compressed with br)'],
  },
  {
    title: 'puts header blocks together from padded, prioritised and continued frames',
    steps: [
      client(HELLO),
      client(
        joinedBytes(
          frame(
            1,
            0x29,
            1,
            joinedBytes([2], uint32(0), [16], fields({ ':method': 'PUT' }), [0, 0]),
          ),
          frame(9, 0, 1, fields({ ':path': '/x' })),
          frame(9, END_HEADERS, 1, fields({ 'x-request-id': 'r1' })),
        ),
      ),
      server(OK(1)),
    ],
    calls: ['PUT /x 200 ok'],
  },
  {
    title: 'does not take interim answers for answers, and reads trailers',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(joinedBytes(headers(1, { ':status': '103' }), headers(1, { ':status': '204' }))),
      server(headers(1, { 'x-checksum': '1' }, END_STREAM)),
    ],
    calls: ['GET /a 204 ok'],
  },
  {
    title: 'follows the compression table over requests, and past promised streams and trailers',
    steps: [
      client(joinedBytes(HELLO, frame(1, 5, 1, joinedBytes(indexed(2), inserted(4, '/deep'))))),
      server(frame(5, END_HEADERS, 1, joinedBytes(uint32(2), inserted(':status', '502')))),
      server(frame(1, 5, 1, indexed(62))),
      client(frame(1, 4, 3, joinedBytes(indexed(2), indexed(62)))),
      client(headers(3, { 'x-trailer': '1' }, END_STREAM)),
      server(joinedBytes(OK(2), OK(3))),
    ],
    calls: ['GET /deep 502 server_error 502', 'GET /deep 200 ok'],
  },
  {
    title: 'ends streams by the codes of their resets',
    steps: [
      client(
        joinedBytes(HELLO, get(1, '/a'), get(3, '/b'), get(5, '/c'), get(7, '/d'), get(9, '/e')),
      ),
      server(rst(1, 7)),
      server(joinedBytes(headers(3, { ':status': '200' }), rst(3, 2))),
      client(rst(5, 8), 40),
      client(rst(7, 8), 2_000),
      server(joinedBytes(headers(9, { ':status': '500' }), rst(9, 99)), 2_000),
      client(joinedBytes(rst(5, 8), rst(3, 8)), 2_000),
      server(joinedBytes(rst(3, 8), data(3, 'late', END_STREAM), OK(3)), 2_001),
    ],
    calls: [
      'GET /a transport_error http2.REFUSED_STREAM',
      'GET /b 200 transport_error http2.INTERNAL_ERROR',
      'GET /c cancelled tcp.client_abort',
      'GET /d timeout tcp.client_abort',
      'GET /e 500 server_error 500',
    ],
    reasons: [
      'cart reset the stream (REFUSED_STREAM) without answering GET /a',
      'cart reset the stream (INTERNAL_ERROR) in the middle of its answer to GET /b',
      'checkout gave up after 0.04s',
      'checkout gave up after 2s',
      '500 from cart GET /e',
    ],
  },
  {
    title: 'names codes it does not know by number',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), server(rst(1, 77))],
    calls: ['GET /a transport_error http2.77'],
  },
  {
    title: 'fails what a server that goes away will not look at',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'), get(5, '/c'))),
      server(goaway(1, 11, 'too many pings')),
      server(OK(1)),
    ],
    calls: [
      'GET /a 200 ok',
      'GET /b transport_error http2.goaway_ENHANCE_YOUR_CALM',
      'GET /c transport_error http2.goaway_ENHANCE_YOUR_CALM',
    ],
    reasons: [
      null,
      'cart went away (ENHANCE_YOUR_CALM) before GET /b: too many pings',
      'cart went away (ENHANCE_YOUR_CALM) before GET /c: too many pings',
    ],
  },
  {
    title: 'says nothing more than it knows of a server that goes away in peace',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), goaway(0, 0))),
      server(goaway(1, 0)),
      server(frame(6, 0, 0, new Uint8Array(8))),
      end('server', 3),
    ],
    calls: ['GET /a transport_error tcp.closed_before_response'],
  },
  {
    title: 'tells open streams when the server closes',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'))),
      server(joinedBytes(headers(3, { ':status': '200' }), data(3, '12345'))),
      end('server', 3),
      end('client', 4),
    ],
    calls: [
      'GET /a transport_error tcp.closed_before_response',
      'GET /b 200 transport_error tcp.truncated',
    ],
    reasons: [
      'cart closed the connection without answering',
      'response cut at 5 bytes, before its end',
    ],
  },
  {
    title: 'tells open streams when the server resets the connection',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'))),
      server(joinedBytes(headers(3, { ':status': '200' }), data(3, '12345'))),
      reset('server', 3),
    ],
    calls: [
      'GET /a transport_error tcp.reset_before_response',
      'GET /b 200 transport_error tcp.reset',
    ],
  },
  {
    title: 'blames a client that has left, however the connection ends',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), end('client', 50), reset('server', 60)],
    calls: ['GET /a cancelled tcp.client_abort'],
    reasons: ['checkout gave up after 0.05s'],
  },
  {
    title: 'blames a client that resets',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), reset('client', 5_000)],
    calls: ['GET /a timeout tcp.client_abort'],
  },
  {
    title: 'counts the end of a client from its first sign',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), end('client', 1_000), reset('client', 5_500)],
    calls: ['GET /a timeout tcp.client_abort'],
    reasons: ['checkout gave up after 1s'],
  },
  {
    title: 'leaves open what is open at the end of the recording',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'), get(5, '/c'))),
      server(
        joinedBytes(headers(3, { ':status': '200' }), data(3, '1'), headers(5, { ':x': 'y' })),
        9,
      ),
    ],
    calls: ['GET /a unknown no_response', 'GET /b 200 ok', 'GET /c unknown tcp.open'],
  },
  {
    title: 'leaves a request whose client has left as given up',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), end('client', 10), client('', 500)],
    calls: ['GET /a cancelled tcp.client_abort'],
  },
  {
    title: 'names a tunnel by its authority, and nothing by nothing',
    steps: [
      client(HELLO),
      client(headers(1, { ':method': 'CONNECT', ':authority': 'db:5432' })),
      client(headers(3, { ':method': 'GET' })),
      client(headers(5, { ':path': '/x' })),
      client(headers(7, { ':method': 'GET', ':authority': 'path-not-seen:80' })),
      client(headers(6, { ':method': 'GET', ':path': '/not-a-clients-number' })),
    ],
    calls: [
      'CONNECT db:5432 unknown no_response',
      'unknown unknown no_response',
      'unknown unknown no_response',
      'unknown unknown no_response',
    ],
  },
  {
    title: 'is not sure of an answer without a status',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'))),
      server(headers(1, { server: 'x' }, END_STREAM)),
      server(headers(3, { ':status': '2x0' }, END_STREAM)),
    ],
    calls: ['GET /a unknown http.status_unseen', 'GET /b unknown http.status_unseen'],
  },
  {
    title: 'ignores frames of unknown types and continuations of nothing',
    steps: [
      client(joinedBytes(HELLO, frame(200, 255, 99, 'grease'), frame(9, 4, 1, 'x'), get(1, '/a'))),
      server(joinedBytes(frame(0xfa, 0, 0), frame(9, 4, 7, 'x'), SETTINGS, OK(1))),
    ],
    calls: ['GET /a 200 ok'],
  },
  {
    title: 'reads answers that come before the end of a request',
    steps: [
      client(joinedBytes(HELLO, headers(1, { ':method': 'POST', ':path': '/up' }), data(1, 'abc'))),
      server(headers(1, { ':status': '413' }, END_STREAM)),
      client(data(1, 'def', END_STREAM)),
    ],
    calls: ['POST /up 413 client_error 413'],
  },
];

describe('HTTP/2', () => {
  it.each(WHOLE)('$title', ({ steps, calls, reasons }) => {
    const told = callsOf(steps);
    expect(told.map((call) => brief(call))).toEqual(calls);
    expect(told.map((call) => call.reason)).toEqual(reasons ?? told.map((call) => call.reason));
    expect(callsOf(inPieces(steps, 1))).toEqual(told);
    expect(callsOf(inPieces(steps, 7))).toEqual(told);
  });

  it('times a call from the first byte of the request to the last of the answer', () => {
    const request = get(1, '/a', { 'x-request-id': 'r7' });
    const [call] = callsOf([
      client(HELLO, 1),
      client(request.subarray(0, 5), 2),
      client(request.subarray(5), 3),
      server(headers(1, { ':status': '200' }), 10),
      server(data(1, 'x', END_STREAM), 20),
    ]);
    expect(call).toMatchObject({
      protocol: 'http',
      startedAtUs: START_US + 2_000,
      firstByteAtUs: START_US + 10_000,
      endedAtUs: START_US + 20_000,
      correlation: { requestId: 'r7' },
      confidence: 'high',
    });
  });

  it('turns opaque at bytes that are no frame', () => {
    const steps = [client(joinedBytes(HELLO, get(1, '/a'))), server(SETTINGS)];
    const calls = ['GET /a unknown http.malformed', 'connect ok'];
    const byServer = [
      ...steps,
      server(frame(8, 0, 1, 'long!')),
      client('x'),
      end('client'),
      end('server'),
    ];
    expect(callsOf(byServer).map((call) => brief(call))).toEqual(calls);
    const byClient = [...steps, end('server'), client(frame(1, 4, 0, 'x')), end('client')];
    expect(callsOf(byClient).map((call) => brief(call))).toEqual([
      'GET /a transport_error tcp.closed_before_response',
      'connect transport_error tcp.closed_before_response',
    ]);
    const afterEnd = [...steps, end('client', 3), server(frame(0, 0, 0), 5), end('server', 6)];
    expect(callsOf(afterEnd).map((call) => call.errorType)).toEqual([
      'http.malformed',
      'tcp.unanswered',
    ]);
  });

  it('tells no more once it is over', () => {
    const { calls, decoder } = recorder();
    play(decoder, [client(joinedBytes(HELLO, get(1, '/a'))), reset('server', 5)]);
    play(decoder, [
      client(get(3, '/b')),
      server(OK(1)),
      end('client'),
      end('server'),
      reset('client'),
    ]);
    decoder.onCaptureEnd(START_US);
    expect(calls).toHaveLength(1);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });

  it('shows what is open', () => {
    const { decoder } = recorder();
    play(decoder, [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'))),
      server(headers(3, { ':status': '200' }), 4),
    ]);
    expect(decoder.openCalls(START_US + 9_000).map((call) => brief(call))).toEqual([
      'GET /a unknown no_response',
      'GET /b 200 ok',
    ]);
    play(decoder, [end('client', 5), end('client', 6), end('server', 7), end('server', 8)]);
    expect(decoder.openCalls(START_US + 9_000)).toEqual([]);
  });

  it('takes the first of repeated fields, and remembers only so many ended streams', () => {
    const twice = frame(1, 5, 1, joinedBytes(indexed(2), indexed(4), plain(':path', '/second')));
    const { calls, decoder } = recorder();
    play(decoder, [client(joinedBytes(HELLO, twice)), server(OK(1))]);
    for (let stream = 3; stream < 160; stream += 2) {
      play(decoder, [client(get(stream, '/')), server(OK(stream)), server(OK(stream))]);
    }
    expect(calls).toHaveLength(80);
    expect(calls.every((call) => brief(call) === 'GET / 200 ok')).toBe(true);
  });

  it('follows so many streams at once, and so large headers', () => {
    const { calls, decoder } = recorder();
    play(decoder, [client(HELLO)]);
    for (let each = 0; each <= STREAMS_MAX; each += 1)
      play(decoder, [client(get(2 * each + 1, '/'))]);
    expect(calls.map((call) => brief(call))).toEqual(['GET / unknown http.limit']);
    const half = 'x'.repeat(BLOCK_BYTES_MAX / 2);
    const large = callsOf([
      client(
        joinedBytes(HELLO, frame(1, 1, 1, fields({ ':method': 'GET', ':path': '/l', a: half }))),
      ),
      client(
        joinedBytes(frame(9, 0, 1, plain('b', half)), frame(9, END_HEADERS, 1, plain('c', 'd'))),
      ),
      client(joinedBytes(frame(1, 5, 3, 'x'.repeat(FRAME_BYTES_MAX + 1)), get(5, '/s'))),
      server(joinedBytes(OK(1), OK(3), OK(5))),
    ]);
    expect(large.map((call) => brief(call))).toEqual([
      'unknown 200 unknown http.status_unseen low',
      'unknown 200 unknown http.status_unseen low',
      'GET /s 200 ok',
    ]);
  });
});

const LOSSES: readonly Case[] = [
  {
    title: 'steps over a loss inside data',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(
        joinedBytes(headers(1, { ':status': '200' }), data(1, 'x'.repeat(100)).subarray(0, 50)),
      ),
      server(joinedBytes('xxx', data(1, 'y', END_STREAM)), 1, 56),
    ],
    calls: ['GET /a 200 ok'],
  },
  {
    title: 'steps over a loss to the end of data',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(
        joinedBytes(
          headers(1, { ':status': '200' }),
          data(1, 'abcdef', END_STREAM).subarray(0, 12),
        ),
      ),
      server('', 5, 3),
    ],
    calls: ['GET /a 200 ok'],
  },
  {
    title: 'knows the end of an answer whose header was lost, not its status',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(joinedBytes(SETTINGS, OK(1).subarray(0, 12))),
      server(OK(1).subarray(15), 1, 3),
    ],
    calls: ['GET /a unknown http.status_unseen low'],
  },
  {
    title: 'finds the next frame after a loss, and knows what came before by what is told later',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'), get(5, '/c'))),
      server(data(1, 'x'.repeat(100)).subarray(0, 30)),
      server(
        joinedBytes('rest of it', OK(3), headers(5, { ':status': '500' }, END_STREAM)),
        5,
        1_000,
      ),
      end('server', 9),
    ],
    calls: [
      'GET /a unknown bytes_lost low',
      'GET /b 200 ok low',
      'GET /c 500 server_error 500 low',
    ],
  },
  {
    title: 'finds frames that come in pieces after a loss',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server('text that is none of ours', 5, 1_000),
      server(joinedBytes('and', OK(1).subarray(0, 4)), 5),
      server(joinedBytes(OK(1).subarray(4), SETTINGS), 6),
    ],
    calls: ['GET /a 200 ok low'],
  },
  {
    title: 'looks again when what it found was no frame',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(joinedBytes(SETTINGS, 'text, no frame'), 5, 1_000),
      server(joinedBytes('more text', OK(1), SETTINGS), 6),
    ],
    calls: ['GET /a 200 ok low'],
  },
  {
    title: 'does not read a block whose beginning was lost',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(joinedBytes(frame(9, 4, 1, indexed(8)), SETTINGS), 5, 100),
    ],
    calls: ['GET /a unknown bytes_lost low'],
  },
  {
    title: 'loses a block that goes on in a frame that was lost',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(joinedBytes(frame(1, 1, 1, indexed(8)), frame(9, 4, 1, indexed(20)).subarray(0, 9))),
      server(SETTINGS, 5, 1),
    ],
    calls: ['GET /a unknown http.status_unseen low'],
  },
  {
    title: 'loses the continuation of nothing',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(frame(9, 4, 1, indexed(20)).subarray(0, 9)),
      server(joinedBytes(SETTINGS, frame(5, 4, 1, uint32(2)).subarray(0, 9)), 5, 1),
      server(OK(1), 5, 4),
    ],
    calls: ['GET /a 200 ok'],
  },
  {
    title: 'tells answers to requests that were lost as such',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'))),
      server(OK(1)),
      client(joinedBytes(get(5, '/c'), SETTINGS), 2, 500),
      server(joinedBytes(headers(3, { ':status': '500' }, END_STREAM), OK(5), OK(1), OK(4)), 3),
      server(headers(9, { ':status': '200' }), 4),
      server(headers(11, { x: 'y' }), 4),
      end('server', 5),
    ],
    calls: [
      'GET /a 200 ok',
      'GET /c 200 ok',
      'unknown 500 unknown http.unpaired low',
      'unknown 200 unknown http.unpaired low',
      'unknown unknown http.unpaired low',
    ],
  },
  {
    title: 'is given up even when bytes were lost, if nothing says more',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), server('', 5, 40), reset('client', 50)],
    calls: ['GET /a unknown bytes_lost low'],
  },
  {
    title: 'knows less of a reset after a loss',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), server('', 5, 40), reset('server', 50)],
    calls: ['GET /a unknown bytes_lost low'],
  },
  {
    title: 'knows less of the end of the recording after a loss',
    steps: [client(joinedBytes(HELLO, get(1, '/a'))), server('', 5, 40)],
    calls: ['GET /a unknown bytes_lost low'],
  },
  {
    title: 'does not hold a request for its own answer that is damaged',
    steps: [
      client(joinedBytes(HELLO, frame(1, 5, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))),
      client(frame(1, 0x0d, 3, [9, 1])),
      server(joinedBytes(OK(1), headers(3, { ':status': '200', 'content-type': 'text/html' }, 1))),
    ],
    calls: ['unknown 200 unknown http.status_unseen low', 'unknown 200 ok low'],
  },
];

const REST: readonly Case[] = [
  {
    title: 'begins in the middle of the preface or without it',
    steps: [client('PRI * HTTP/2.0\r\n\r\nSX'), client('x')],
    calls: [],
  },
  {
    title:
      'tells the end of a server that closes in the middle of the answers to a client that has left',
    steps: [
      client(joinedBytes(HELLO, get(1, '/a'), get(3, '/b'))),
      server(headers(1, { ':status': '500' })),
      client(rst(1, 8), 3),
      reset('client', 40),
    ],
    calls: ['GET /a 500 server_error 500', 'GET /b cancelled tcp.client_abort'],
  },
  {
    title: 'steps over other frames that are too long, or damaged',
    steps: [
      client(
        joinedBytes(HELLO, get(1, '/a'), frame(99, 0, 0, new Uint8Array(FRAME_BYTES_MAX + 1))),
      ),
      server(frame(99, 0, 0, new Uint8Array(FRAME_BYTES_MAX + 1))),
      server(OK(1)),
    ],
    calls: ['GET /a 200 ok'],
  },
];

describe('HTTP/2 at its edges', () => {
  it.each(REST)('$title', ({ steps, calls }) => {
    expect(callsOf(steps).map((call) => brief(call))).toEqual(calls);
  });
});

describe('HTTP/2 with bytes missing', () => {
  it.each(LOSSES)('$title', ({ steps, calls }) => {
    expect(callsOf(steps).map((call) => brief(call))).toEqual(calls);
  });

  it('joins a connection late: what was inserted before is unknown, what is plain or new is told', () => {
    const calls = callsOf([
      client(
        joinedBytes(frame(1, 5, 41, joinedBytes(indexed(2), indexed(70))), SETTINGS),
        1,
        Infinity,
      ),
      client(frame(1, 5, 43, joinedBytes(indexed(2), inserted(4, '/new')))),
      client(frame(1, 5, 45, joinedBytes(indexed(2), indexed(62)))),
      server(joinedBytes(OK(41), frame(1, 5, 43, indexed(66))), 2, Infinity),
      server(headers(45, { ':status': '404' }, END_STREAM), 3),
    ]);
    expect(calls.map((call) => brief(call))).toEqual([
      'unknown 200 unknown http.status_unseen low',
      'GET /new unknown bytes_lost low',
      'GET /new 404 client_error 404 low',
    ]);
  });
});
