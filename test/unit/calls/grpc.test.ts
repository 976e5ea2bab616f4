import { describe, expect, it } from 'vitest';
import { statusOf, timeoutUsOf } from '../../../src/domain/calls/protocols/grpc/status.ts';
import {
  brief,
  callsOf,
  client,
  end,
  inPieces,
  server,
  START_US,
  type Step,
} from '../../support/conversations.ts';
import {
  data,
  END_STREAM,
  frame,
  get,
  grpc,
  grpcAnswer,
  headers,
  indexed,
  joinedBytes,
  PREFACE,
  rst,
  SETTINGS,
} from '../../support/http2-frames.ts';

const PATH = '/shop.Cart/Add';

function asked(more: Record<string, string> = {}): Step {
  return client(joinedBytes(PREFACE, SETTINGS, grpc(1, PATH, more)));
}

function answered(trailers: Record<string, string>): readonly Step[] {
  return [asked(), server(grpcAnswer(1, trailers), 10)];
}

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly call: string;
  readonly reason: string | null;
}

const CASES: readonly Case[] = [
  {
    title: 'is ok by its trailers',
    steps: answered({ 'grpc-status': '0' }),
    call: '/shop.Cart/Add 0 ok',
    reason: null,
  },
  {
    title: 'fails by its trailers, in words that were percent-encoded',
    steps: answered({ 'grpc-status': '13', 'grpc-message': 'no t%C3%A9l%25 %zz' }),
    call: '/shop.Cart/Add 13 server_error INTERNAL',
    reason: '13 INTERNAL from cart /shop.Cart/Add: no tél% %zz',
  },
  {
    title: 'fails by trailers without anything before',
    steps: [
      asked(),
      server(
        headers(
          1,
          { ':status': '200', 'content-type': 'application/grpc', 'grpc-status': '12' },
          END_STREAM,
        ),
      ),
    ],
    call: '/shop.Cart/Add 12 server_error UNIMPLEMENTED',
    reason:
      '12 UNIMPLEMENTED (method /shop.Cart/Add not implemented: version skew?) from cart /shop.Cart/Add',
  },
  {
    title: 'names its deadline when the server says that it has passed',
    steps: [asked({ 'grpc-timeout': '200m' }), server(grpcAnswer(1, { 'grpc-status': '4' }))],
    call: '/shop.Cart/Add 4 timeout DEADLINE_EXCEEDED',
    reason: '4 DEADLINE_EXCEEDED (deadline 200m) from cart /shop.Cart/Add',
  },
  {
    title: 'is timed out without a deadline too, if the server says so',
    steps: answered({ 'grpc-status': '4', 'grpc-message': 'slow db' }),
    call: '/shop.Cart/Add 4 timeout DEADLINE_EXCEEDED',
    reason: '4 DEADLINE_EXCEEDED from cart /shop.Cart/Add: slow db',
  },
  {
    title: 'is a failure of the server when the code is not known',
    steps: answered({ 'grpc-status': '99' }),
    call: '/shop.Cart/Add 99 server_error 99',
    reason: '99 99 from cart /shop.Cart/Add',
  },
  {
    title: 'hides secrets in its message',
    steps: answered({ 'grpc-status': '16', 'grpc-message': 'password=hunter2 is wrong' }),
    call: '/shop.Cart/Add 16 client_error UNAUTHENTICATED',
    reason: '16 UNAUTHENTICATED from cart /shop.Cart/Add: password=*** is wrong',
  },
  {
    title: 'fails when the stream ends without a status',
    steps: [
      asked(),
      server(joinedBytes(headers(1, { ':status': '200' }), data(1, 'xxxxx', END_STREAM))),
    ],
    call: '/shop.Cart/Add transport_error grpc.no_status',
    reason: 'stream ended without status by cart, /shop.Cart/Add',
  },
  {
    title: 'fails by the status of a proxy that speaks no gRPC',
    steps: [
      asked(),
      server(headers(1, { ':status': '503', 'content-type': 'text/plain' })),
      server(data(1, 'no healthy upstream', END_STREAM)),
    ],
    call: '/shop.Cart/Add server_error 503',
    reason: '503 from cart POST /shop.Cart/Add: no healthy upstream',
  },
  {
    title: 'is reset by the server',
    steps: [asked(), server(rst(1, 7), 5)],
    call: '/shop.Cart/Add transport_error http2.REFUSED_STREAM',
    reason: 'cart reset the stream (REFUSED_STREAM) without answering /shop.Cart/Add',
  },
  {
    title: 'is timed out when its client gives up at the deadline',
    steps: [asked({ 'grpc-timeout': '250m' }), client(rst(1, 8), 250)],
    call: '/shop.Cart/Add timeout tcp.client_abort',
    reason: 'checkout gave up after 0.25s (deadline 250m)',
  },
  {
    title: 'is cancelled when its client gives up before',
    steps: [asked({ 'grpc-timeout': '5S' }), client(rst(1, 8), 40)],
    call: '/shop.Cart/Add cancelled tcp.client_abort',
    reason: 'checkout gave up after 0.04s',
  },
  {
    title: 'is open while it streams',
    steps: [
      asked(),
      server(headers(1, { ':status': '200', 'content-type': 'application/grpc' })),
      server(data(1, 'message'), 500),
    ],
    call: '/shop.Cart/Add unknown tcp.open',
    reason: 'still open when the recording ended',
  },
  {
    title: 'is cut when the server goes away in the middle of a stream',
    steps: [
      asked(),
      server(headers(1, { ':status': '200', 'content-type': 'application/grpc' })),
      server(data(1, 'message'), 500),
      end('server', 501),
    ],
    call: '/shop.Cart/Add transport_error tcp.truncated',
    reason: 'response cut at 7 bytes, before its end',
  },
  {
    title: 'is known by its trailers alone',
    steps: [
      client(joinedBytes(PREFACE, SETTINGS, get(1, PATH))),
      server(joinedBytes(headers(1, { ':status': '200' }), headers(1, { 'grpc-status': '5' }, 1))),
    ],
    call: 'GET /shop.Cart/Add 5 client_error NOT_FOUND',
    reason: '5 NOT_FOUND from cart GET /shop.Cart/Add',
  },
];

describe('a gRPC call', () => {
  it.each(CASES)('$title', ({ steps, call, reason }) => {
    const calls = callsOf(steps);
    expect(calls.map((each) => brief(each))).toEqual([call]);
    expect(calls[0]).toMatchObject({ reason, protocol: 'grpc', startedAtUs: START_US });
    expect(callsOf(inPieces(steps, 1))).toEqual(calls);
  });

  it.each([
    [1, 'cancelled'],
    [2, 'server_error'],
    [3, 'client_error'],
    [6, 'client_error'],
    [7, 'client_error'],
    [8, 'server_error'],
    [9, 'client_error'],
    [10, 'server_error'],
    [11, 'client_error'],
    [14, 'server_error'],
    [15, 'server_error'],
  ])('has status %i as %s', (status, outcome) => {
    expect(callsOf(answered({ 'grpc-status': String(status) }))[0]).toMatchObject({
      status,
      outcome,
    });
  });

  it('is never ok when its status refers to what was not seen', () => {
    const late = (trailers: Uint8Array): readonly string[] =>
      callsOf([
        client(joinedBytes(grpc(7, PATH), SETTINGS), 1, Infinity),
        server(joinedBytes(SETTINGS, headers(7, { ':status': '200' })), 1, Infinity),
        server(frame(1, 5, 7, trailers), 2),
      ]).map((call) => `${brief(call)}: ${call.reason}`);
    expect(late(indexed(70))[0]).toMatch(/^\/shop.Cart\/Add unknown http.status_unseen low/u);
    const message = headers(7, { 'grpc-message': 'out of stock' }).subarray(9);
    expect(late(joinedBytes(indexed(70), message))).toEqual([
      '/shop.Cart/Add server_error UNKNOWN low: error of a status that was not seen, from cart /shop.Cart/Add: out of stock',
    ]);
  });

  it('might be what has an unknown content type: 200 does not make it ok', () => {
    const [call] = callsOf([
      client(joinedBytes(PREFACE, SETTINGS)),
      client(
        frame(
          1,
          5,
          1,
          joinedBytes(headers(1, { ':method': 'POST', ':path': PATH }).subarray(9), indexed(90)),
        ),
      ),
      server(joinedBytes(SETTINGS, headers(1, { ':status': '200' }), data(1, 'x', END_STREAM))),
    ]);
    expect(call && brief(call)).toBe('POST /shop.Cart/Add 200 unknown http.status_unseen low');
  });
});

describe('the texts of gRPC', () => {
  it.each([
    ['1H', 3_600e6],
    ['2M', 120e6],
    ['3S', 3e6],
    ['40m', 40_000],
    ['5u', 5],
    ['6000n', 6],
    ['123456789S', null],
    ['5x', null],
    ['', null],
  ])('reads the timeout %j', (text, us) => {
    expect(timeoutUsOf(text)).toBe(us);
  });

  it('reads no status from what is none', () => {
    expect(statusOf('-1')).toBeNull();
    expect(statusOf('14')).toBe(14);
  });
});
