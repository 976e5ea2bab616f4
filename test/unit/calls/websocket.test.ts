import { describe, expect, it } from 'vitest';
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
  END_STREAM,
  get,
  headers,
  joinedBytes,
  PREFACE,
  SETTINGS,
} from '../../support/http2-frames.ts';

const UPGRADE = (protocol: string): readonly Step[] => [
  client(`GET /chat?x=1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`),
  server(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${protocol}\r\n\r\n`, 1),
];
const OPENED = UPGRADE('WebSocket');
const MASK = [1, 2, 3, 4];

function said(text: string, opcode = 1): Uint8Array {
  const { length } = text;
  const head = length < 126 ? [length] : [126, length >> 8, length & 255];
  return joinedBytes([0x80 | opcode], head, text);
}

function masked(content: Uint8Array, opcode = 1): Uint8Array {
  const bytes = content.map((byte, at) => byte ^ (MASK[at % 4] ?? 0));
  return joinedBytes([0x80 | opcode, 0x80 | content.length], MASK, bytes);
}

function closing(code: number, text = ''): Uint8Array {
  return joinedBytes([code >> 8, code & 255], text);
}

function closedBy(side: 'client' | 'server', code: number, text = ''): Step {
  return side === 'client'
    ? client(masked(closing(code, text), 8), 5)
    : server(joinedBytes([0x88, 2 + text.length], closing(code, text)), 5);
}

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly call: string;
  readonly reason: string | null;
}

const CASES: readonly Case[] = [
  {
    title: 'is ok when it was closed normally',
    steps: [
      client(masked(new Uint8Array(100))),
      server(said('y'.repeat(300))),
      closedBy('server', 1000),
      closedBy('client', 1011),
      end('server', 9),
      end('client', 9),
    ],
    call: 'GET /chat 1000 ok',
    reason: null,
  },
  {
    title: 'is ok when it was closed without a code',
    steps: [server(Uint8Array.of(0x88, 0)), reset('client', 9)],
    call: 'GET /chat ok',
    reason: null,
  },
  {
    title: 'fails by what the server says of itself',
    steps: [closedBy('server', 1011, 'password=hunter2')],
    call: 'GET /chat 1011 server_error websocket.1011',
    reason: 'cart closed the WebSocket with 1011: password=***',
  },
  {
    title: 'fails by what the server says of the client',
    steps: [closedBy('server', 1008, 'no')],
    call: 'GET /chat 1008 client_error websocket.1008',
    reason: 'cart closed the WebSocket with 1008: no',
  },
  {
    title: 'fails by what the client says of the server',
    steps: [closedBy('client', 1002)],
    call: 'GET /chat 1002 server_error websocket.1002',
    reason: 'checkout closed the WebSocket with 1002',
  },
  {
    title: 'is cancelled by a client that has a fault of its own',
    steps: [closedBy('client', 1011)],
    call: 'GET /chat 1011 cancelled websocket.1011',
    reason: 'checkout closed the WebSocket with 1011',
  },
  {
    title: 'cannot judge the codes of applications',
    steps: [closedBy('server', 4001, 'bye')],
    call: 'GET /chat 4001 unknown websocket.4001',
    reason: 'cart closed the WebSocket with 4001: bye',
  },
  {
    title: 'fails when the server closes the connection under it',
    steps: [server(said('x'), 3), end('server', 9), end('client', 9)],
    call: 'GET /chat transport_error websocket.1006',
    reason: 'cart closed the WebSocket without saying why',
  },
  {
    title: 'fails when the server resets the connection',
    steps: [server(said('x'), 3), reset('server', 9)],
    call: 'GET /chat transport_error tcp.reset',
    reason: 'cart reset the connection after 3 bytes from it',
  },
  {
    title: 'is cancelled when the client goes away',
    steps: [client(masked(closing(1)), 3), end('client', 41)],
    call: 'GET /chat cancelled tcp.client_abort',
    reason: 'checkout gave up after 0.04s',
  },
  {
    title: 'is cancelled when the client resets the connection',
    steps: [reset('client', 41)],
    call: 'GET /chat cancelled tcp.client_abort',
    reason: 'checkout gave up after 0.04s',
  },
  {
    title: 'is open at the end of the recording',
    steps: [server(said('x'), 3)],
    call: 'GET /chat unknown tcp.open',
    reason: 'still open when the recording ended',
  },
];

describe('a WebSocket', () => {
  it.each(CASES)('$title', ({ steps, call, reason }) => {
    const calls = callsOf([...OPENED, ...steps]);
    expect(calls.map((each) => brief(each))).toEqual(['GET /chat 101 ok', call]);
    expect(calls[1]).toMatchObject({
      reason,
      protocol: 'websocket',
      startedAtUs: START_US + 1_000,
    });
    expect(callsOf(inPieces([...OPENED, ...steps], 1))).toEqual(calls);
  });

  it('steps over a loss inside a message, and says nothing after any other', () => {
    const inside = [
      server(said('abcdef').subarray(0, 4)),
      server('f', 3, 3),
      closedBy('server', 1000),
    ];
    expect(callsOf([...OPENED, ...inside]).map((call) => brief(call))[1]).toBe('GET /chat 1000 ok');
    const outside: readonly (readonly Step[])[] = [
      [client('', 3, 9), server(said('x'), 5), end('server', 9)],
      [server(said('abcdef').subarray(0, 4)), server('f', 3, 40), closedBy('server', 1000)],
      [server(Uint8Array.of(0x88, 5, 3)), server('', 3, 1), closedBy('server', 1000)],
      [server(Uint8Array.of(0x88, 126, 1, 1)), closedBy('server', 1000)],
      [server(Uint8Array.of(0x82, 127, 0, 1, 0, 0, 0, 0, 0, 0)), server('', 1, Infinity)],
    ];
    for (const steps of outside) {
      expect(callsOf([...OPENED, ...steps]).map((call) => brief(call))[1]).toBe(
        'GET /chat unknown bytes_lost low',
      );
    }
  });

  it('is shown while it is open, and told once', () => {
    const { calls, decoder } = recorder();
    play(decoder, [...OPENED, server('')]);
    expect(decoder.openCalls(START_US).map((call) => brief(call))).toEqual([
      'GET /chat unknown tcp.open',
    ]);
    play(decoder, [client('', 3, 9)]);
    expect(decoder.openCalls(START_US)[0]?.errorType).toBe('bytes_lost');
    play(decoder, [closedBy('server', 1000), closedBy('server', 1000), end('server', 4)]);
    expect(decoder.openCalls(START_US)).toEqual([]);
    play(decoder, [end('client', 4), client('x'), server('y'), reset('server', 5)]);
    decoder.onCaptureEnd(START_US);
    expect(calls).toHaveLength(2);
  });
});

describe('other protocols after HTTP/1', () => {
  it('reads HTTP/2, which brings the answer to what asked for it', () => {
    const calls = callsOf([
      ...UPGRADE('h2c'),
      client(joinedBytes(PREFACE, SETTINGS, get(3, '/next'))),
      server(joinedBytes(SETTINGS, headers(1, { ':status': '500' }), data(1, 'x', END_STREAM)), 7),
      server(headers(3, { ':status': '200' }, END_STREAM), 8),
    ]);
    expect(calls.map((call) => brief(call))).toEqual([
      'GET /chat 500 server_error 500',
      'GET /next 200 ok',
    ]);
    expect(calls[0]).toMatchObject({ startedAtUs: START_US, endedAtUs: START_US + 7_000 });
  });

  it('only counts the bytes of all others', () => {
    const calls = callsOf([
      ...UPGRADE('smoke'),
      client('a'),
      server('b'),
      end('client'),
      end('server'),
    ]);
    expect(calls.map((call) => `${call.protocol} ${brief(call)}`)).toEqual([
      'http GET /chat 101 ok',
      'tcp connect ok',
    ]);
  });
});
