import { describe, expect, it } from 'vitest';
import { TLS_DETECTOR } from '../../../src/domain/calls/protocols/tls/tls.ts';
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
import { joinedBytes } from '../../support/http2-frames.ts';
import {
  record,
  extension,
  hello,
  NAMED,
  HELLO,
  TLS13,
  TLS12,
  CCS,
  SECRET,
  FINISHED_12,
  alert,
} from '../../support/tls-records.ts';

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly call: string;
  readonly reason: string | null;
}

const ALERTED = 'TLS cart.shop.svc transport_error tls.alert';
const UNUSED = 'TLS cart.shop.svc unknown tls.unused';
const DONE = 'the TLS handshake was done, and then';
const PERHAPS = 'a certificate may have been refused';
const SILENT = 'TLS cart.shop.svc transport_error tls.silent_fail';

const CASES: readonly Case[] = [
  {
    title: 'is ok after a handshake of TLS 1.3 and bytes both ways',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(53), SECRET(200))),
      server(SECRET(400)),
      client(SECRET(19)),
      end('client', 5),
      end('server', 6),
    ],
    call: 'TLS cart.shop.svc ok',
    reason: null,
  },
  {
    title: 'is ok after a handshake of TLS 1.2',
    steps: [
      client(HELLO),
      server(TLS12),
      client(joinedBytes(CCS, FINISHED_12)),
      server(joinedBytes(CCS, FINISHED_12, SECRET(300), record(21, new Uint8Array(26)))),
      end('server', 5),
      end('client', 6),
    ],
    call: 'TLS cart.shop.svc ok',
    reason: null,
  },
  {
    title: 'is not known to be given up when a client resets it that has heard something',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(53), SECRET(200))),
      server(SECRET(400)),
      client(SECRET(19)),
      reset('client', 5),
    ],
    call: 'TLS cart.shop.svc unknown tls.encrypted',
    reason: 'checkout reset the connection; whether it still waited is encrypted',
  },
  {
    title: 'is not known to be ok when a client of TLS 1.3 leaves after the handshake',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(53))),
      server(joinedBytes(SECRET(250), SECRET(250))),
      client(SECRET(19)),
      end('client', 5),
      end('server', 6),
    ],
    call: UNUSED,
    reason: `${DONE} checkout closed the connection without sending anything: ${PERHAPS}`,
  },
  {
    title: 'is not known to be ok when a client of TLS 1.2 leaves after the handshake',
    steps: [
      client(HELLO),
      server(TLS12),
      client(joinedBytes(CCS, FINISHED_12)),
      server(joinedBytes(CCS, FINISHED_12)),
      client(record(21, new Uint8Array(26))),
      end('client', 5),
      end('server', 6),
    ],
    call: UNUSED,
    reason: `${DONE} checkout closed the connection without sending anything: ${PERHAPS}`,
  },
  {
    title: 'is not known to be ok when the server leaves after the handshake',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(69))),
      server(joinedBytes(SECRET(250), SECRET(19))),
      end('server', 5),
      end('client', 6),
    ],
    call: UNUSED,
    reason: `${DONE} cart closed the connection before checkout sent anything: ${PERHAPS}`,
  },
  {
    title: 'is ok when the handshake of the client may hold what it says',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(700))),
      server(SECRET(250)),
      end('client', 5),
      end('server', 6),
    ],
    call: 'TLS cart.shop.svc ok',
    reason: null,
  },
  {
    title: 'fails by what the client says of the certificate',
    steps: [
      client(HELLO),
      server(TLS12),
      client(alert(2, 48), 3),
      end('client', 3),
      end('server', 4),
    ],
    call: ALERTED,
    reason: 'TLS handshake failed: unknown_ca, says checkout',
  },
  {
    title: 'fails by what the server says of the version',
    steps: [client(HELLO), server(alert(2, 70), 3), end('server', 3), end('client', 4)],
    call: ALERTED,
    reason: 'TLS handshake failed: protocol_version, says cart',
  },
  {
    title: 'fails by an alert that has no name',
    steps: [client(HELLO), server(alert(2, 200)), server(alert(2, 40)), reset('server', 4)],
    call: ALERTED,
    reason: 'TLS handshake failed: alert 200, says cart',
  },
  {
    title: 'does not take warnings and farewells for failures',
    steps: [
      client(HELLO),
      server(joinedBytes(alert(1, 112), TLS12)),
      client(CCS),
      server(CCS),
      client(joinedBytes(SECRET(30), alert(1, 0), alert(1, 90))),
      end('client', 3),
      end('server', 4),
    ],
    call: 'TLS cart.shop.svc ok',
    reason: null,
  },
  {
    title: 'fails when the client goes away from the certificate without a word',
    steps: [client(HELLO), server(TLS12), end('client', 3), end('server', 4)],
    call: SILENT,
    reason: 'TLS handshake to cart.shop.svc aborted by checkout',
  },
  {
    title: 'fails when the client goes away by an encrypted alert',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, SECRET(900))),
      client(SECRET(19), 3),
      reset('client', 3),
    ],
    call: SILENT,
    reason: 'TLS handshake to cart.shop.svc aborted by checkout',
  },
  ...(
    [
      [
        end('server', 4),
        'transport_error tcp.closed_before_response',
        'cart closed the connection without answering',
      ],
      [
        reset('server', 4),
        'transport_error tcp.reset_before_response',
        'cart reset the connection after 4 ms without answering what it was asked',
      ],
      [end('client', 3_000), 'timeout tcp.client_abort', 'checkout gave up after 3s'],
      [
        end('client', 4),
        'unknown tcp.unanswered',
        'checkout closed the connection without an answer from cart',
      ],
    ] as const
  ).map(([gone, ending, reason]) => ({
    title: `is not answered when, asked in TLS 1.3, it ends by ${ending}`,
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(53), SECRET(300))),
      gone,
    ],
    call: `TLS cart.shop.svc ${ending}`,
    reason,
  })),
  {
    title: 'fails when the server refuses the certificate of the client, encrypted',
    steps: [
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(53), SECRET(300))),
      server(SECRET(19)),
      end('server', 4),
      end('client', 4),
    ],
    call: SILENT,
    reason: 'TLS handshake to cart.shop.svc aborted by cart',
  },
  {
    title: 'fails when the server closes at once',
    steps: [client(HELLO), end('server', 4), end('client', 4)],
    call: SILENT,
    reason: 'TLS handshake to cart.shop.svc aborted by cart',
  },
  {
    title: 'fails when the server resets at once',
    steps: [client(HELLO), reset('server', 4)],
    call: SILENT,
    reason: 'TLS handshake to cart.shop.svc aborted by cart',
  },
  {
    title: 'fails on a port that speaks plain text',
    steps: [
      client(HELLO),
      server('HTTP/1.1 400 Bad Request\r\n\r\n'),
      end('server', 4),
      end('client', 4),
    ],
    call: 'TLS cart.shop.svc transport_error tls.plain_mismatch',
    reason: 'checkout spoke TLS to a port of cart that answers in plain text',
  },
  {
    title: 'is given up by a client that waited for the server',
    steps: [client(HELLO), end('client', 5_000), end('server', 5_001)],
    call: 'TLS cart.shop.svc timeout tcp.client_abort',
    reason: 'checkout gave up after 5s',
  },
  {
    title: 'is open while nobody ends it',
    steps: [client(HELLO), server(TLS13)],
    call: 'TLS cart.shop.svc unknown tcp.open',
    reason: 'still open when the recording ended',
  },
];

describe('a TLS connection', () => {
  it.each(CASES)('$title', ({ steps, call, reason }) => {
    const calls = callsOf(steps);
    expect(calls.map((each) => brief(each))).toEqual([call]);
    expect(calls[0]).toMatchObject({ reason, protocol: 'tls', startedAtUs: START_US });
    expect(callsOf(inPieces(steps, 3))).toEqual(calls);
  });

  it.each([
    ['no name', hello()],
    ['a name that is none', NAMED('a b')],
    ['an empty name', hello(extension(0, []))],
  ])('is named after the server it reaches with %s', (_, first) => {
    expect(callsOf([client(first)])[0]?.operation).toBe('TLS cart');
    expect(callsOf([client(first), end('server')])[0]?.reason).toBe(
      'TLS handshake to cart aborted by cart',
    );
  });

  it('has failed when the first side left, not when the other noticed', () => {
    const endsAfter = (ms: number): number | null | undefined =>
      callsOf([
        client(HELLO),
        server(joinedBytes(TLS13, SECRET(900))),
        client(SECRET(19)),
        end('client', 3),
        end('server', ms),
      ])[0]?.endedAtUs;
    expect(endsAfter(500)).toBe(endsAfter(4));
  });

  it('has no end as long as nobody left after an alert', () => {
    const [call] = callsOf([client(HELLO), server(alert(2, 40))]);
    expect(call?.endedAtUs).toBe(null);
  });

  it('is shown while it is open', () => {
    const { decoder } = recorder();
    play(decoder, [client(HELLO)]);
    expect(decoder.openCalls(START_US).map((call) => brief(call))).toEqual([
      'TLS cart.shop.svc unknown tcp.open',
    ]);
  });
});

describe('recognising TLS', () => {
  it.each([
    [HELLO, 'yes'],
    [HELLO.subarray(0, 5), 'maybe'],
    [new Uint8Array(0), 'maybe'],
    [TLS12, 'no'],
    [Uint8Array.of(22, 4), 'no'],
    [Uint8Array.of(22, 3, 9), 'no'],
    [Uint8Array.of(22, 3, 1, 255, 255), 'no'],
    [Uint8Array.of(80), 'no'],
  ])('of %j says %s', (bytes, detection) => {
    expect(TLS_DETECTOR.detect(bytes, new Uint8Array(0))).toBe(detection);
  });

  it('does not take servers that speak first for TLS', () => {
    expect(TLS_DETECTOR.detect(new Uint8Array(0), HELLO)).toBe('no');
  });
});
