import { describe, expect, it } from 'vitest';
import { brief, callsOf, client, end, server } from '../../support/conversations.ts';
import { joinedBytes } from '../../support/http2-frames.ts';
import {
  record,
  HELLO,
  TLS13,
  TLS12,
  CCS,
  SECRET,
  FINISHED_12,
  alert,
} from '../../support/tls-records.ts';

describe('a TLS connection with losses', () => {
  it('says nothing of a handshake of which bytes were lost', () => {
    const lost = [
      client(HELLO),
      server(TLS12.subarray(3), 1, 3),
      end('server', 4),
      end('client', 4),
    ];
    expect(callsOf(lost).map((call) => brief(call))).toEqual([
      'TLS cart.shop.svc unknown bytes_lost low',
    ]);
    const lostByClient = [
      client(HELLO),
      server(TLS12),
      client('x', 1, 9),
      end('client'),
      end('server'),
    ];
    expect(callsOf(lostByClient)[0]?.errorType).toBe('bytes_lost');
  });

  it('may have said something in bytes that were lost', () => {
    const calls = callsOf([
      client(HELLO),
      server(joinedBytes(TLS13, CCS, SECRET(900))),
      client(joinedBytes(CCS, SECRET(53))),
      server(SECRET(250)),
      client('', 4, 99),
      end('client', 5),
      end('server', 6),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['TLS cart.shop.svc unknown bytes_lost low']);
  });

  const asked = [
    client(joinedBytes(CCS, FINISHED_12), 3),
    server(joinedBytes(CCS, FINISHED_12), 4),
  ];
  const left = [client(SECRET(40), 5), end('client', 6), end('server', 7)];
  const cut = (whole: Uint8Array, at: number): readonly Uint8Array[] => [
    whole.subarray(0, at),
    whole.subarray(at),
  ];

  it('is read from packets that were cut', () => {
    const [begun = CCS, rest = CCS] = cut(HELLO, 90);
    const flight = joinedBytes(TLS12, record(22, new Uint8Array(800)), record(22, [14, 0, 0, 0]));
    const [first = CCS, second = CCS] = cut(flight, 200);
    const start = [
      client(begun),
      client('', 1, rest.length),
      server(first, 2),
      server('', 2, second.length),
    ];
    expect(callsOf([...start, ...asked, ...left]).map((call) => brief(call))).toEqual([
      'TLS cart.shop.svc ok low',
    ]);
    expect(
      callsOf([...start, client(alert(2, 48), 3), end('client', 3), end('server', 4)]).map((call) =>
        brief(call),
      ),
    ).toEqual(['TLS cart.shop.svc transport_error tls.alert low']);
  });

  it('is named after its server when its name was cut', () => {
    const at = HELLO.length - 4;
    expect(
      callsOf([
        client(HELLO.subarray(0, at)),
        client('', 1, 4),
        server(TLS12),
        ...asked,
        ...left,
      ]).map((call) => brief(call)),
    ).toEqual(['TLS cart ok low']);
  });

  it.each([
    ['was lost', [server(CCS, 1, TLS12.length)]],
    ['was cut', [server(TLS13.subarray(0, TLS13.length - 4)), server('', 1, 4)]],
    ['was cut at once', [server(TLS13.subarray(0, 7)), server('', 1, TLS13.length - 7)]],
    ['is none', [server(record(22, [2, 0]))]],
    ['says nothing', [server(record(22, [2]))]],
    ['is another message', [server(record(22, [11, 0, 0, 0]))]],
    ['is followed by what is no record', [server(joinedBytes(TLS12, 'what is this'))]],
  ])('is not judged when what the server chose %s', (_, said) => {
    const calls = callsOf([
      client(HELLO),
      ...said,
      client(joinedBytes(CCS, SECRET(53)), 3),
      end('client', 3),
      end('server', 4),
    ]);
    expect(calls[0]?.errorType).toBe('bytes_lost');
  });

  it('is used by what a client says before it is answered', () => {
    const calls = callsOf([
      client(joinedBytes(HELLO, CCS, SECRET(300))),
      server(joinedBytes(TLS13, CCS, SECRET(80))),
      client(SECRET(53)),
      server(SECRET(250)),
      end('client', 5),
      end('server', 6),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['TLS cart.shop.svc ok']);
  });

  it('steps over a loss inside what is encrypted', () => {
    const calls = callsOf([
      client(HELLO),
      server(TLS12),
      client(CCS),
      server(joinedBytes(CCS, SECRET(100).subarray(0, 50))),
      server(SECRET(100).subarray(60), 4, 10),
      end('client', 5),
      end('server', 6),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['TLS cart.shop.svc ok low']);
  });
});
