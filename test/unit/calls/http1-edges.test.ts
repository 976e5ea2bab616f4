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

/** Rare ways of HTTP/1: bad framing, loss together with ends, limits of tunnels. */

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\n\r\n`;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const TUNNEL = 'CONNECT db:1 HTTP/1.1\r\n\r\n';

function told(steps: readonly Step[]): readonly string[] {
  return callsOf(steps).map((call) => brief(call));
}

describe('a request with a method that nobody has', () => {
  it('is told by the beginning of it', () => {
    const line = `${'A'.repeat(900)} /carts HTTP/1.1\r\n\r\n`;
    const [call] = callsOf([client('GET /a HTTP/1.1\r\n\r\n'), client(line)]).slice(1);
    expect(call?.operation).toBe(`${'A'.repeat(32)} /carts`);
  });
});

describe('bad chunks', () => {
  it.each([
    ['no size', '\r\n'],
    ['letters for a size', 'zz\r\n'],
    ['a size beyond all measure', 'fffffffffffffff\r\n'],
    ['no line end after a chunk', '1\r\naXX'],
    ['two carriage returns after a chunk', '1\r\na\r\r\n'],
    ['an endless extension', `1;${'x'.repeat(20_000)}`],
    ['an endless trailer', `0\r\n${'T: x\r\n'.repeat(12_000)}`],
    ['an endless trailer line', `0\r\n${'x'.repeat(20_000)}`],
  ])('turn the connection opaque: %s', (_, chunks) => {
    const steps = [client(GET('/a')), server(CHUNKED + chunks)];
    expect(told(steps)[0]).toBe('GET /a 200 unknown http.malformed');
    expect(told(inPieces(steps, 7))[0]).toBe('GET /a 200 unknown http.malformed');
  });

  it('may have a space after the size, and end lines with a line feed only', () => {
    expect(
      told([client(GET('/a')), server(`${CHUNKED}3 \nabc\n0\n\n`), client(GET('/b')), server(OK)]),
    ).toEqual(['GET /a 200 ok', 'GET /b 200 ok']);
  });
});

describe('unusual headers', () => {
  it.each([
    ['the same length twice', 'Content-Length: 2\r\nContent-Length: 2', 'ab'],
    ['a list of the same length', 'Content-Length: 2, 2', 'ab'],
    [
      'chunked in a second header',
      'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked',
      '0\r\n\r\n',
    ],
    ['chunked and a length', 'Content-Length: 99\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['lines without a colon', 'content-nonsense\r\nContent-Length: 2', 'ab'],
    [
      'other headers of the same first letters',
      'X-B3-Sampled: 1\r\nTE: x\r\nContent-Length: 2',
      'ab',
    ],
    ['a name cut off by the end', 'Content-Length: 2\r\nx', 'ab'],
  ])('are read: %s', (_, headers, body) => {
    const steps = [
      client(`POST /a HTTP/1.1\r\n${headers}\r\n\r\n${body}${GET('/b')}`),
      server(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${body}${OK}`),
    ];
    expect(told(steps)).toEqual(['POST /a 200 ok', 'GET /b 200 ok']);
  });

  it('of an answer that contradict each other leave its end to the close', () => {
    const contradicting = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab';
    expect(
      told([client(GET('/a')), server(contradicting), end('server', 4), end('client', 5)]),
    ).toEqual(['GET /a 200 ok']);
    const gzip = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab';
    expect(told([client(GET('/a')), server(gzip), end('server'), end('client')])).toEqual([
      'GET /a 200 ok',
    ]);
  });

  it.each([
    ['GET http://cart HTTP/1.1', 'GET /'],
    ['GET http://cart/a/b?c HTTP/1.1', 'GET /a/b'],
    ['GET /a b HTTP/1.1', 'GET /a b'],
    ['GET /a#top HTTP/1.1', 'GET /a'],
    ['GET /mail/ann@x.org HTTP/1.1', 'GET /mail/***'],
    [
      'GET /very/long/but/harmless/path/of/words HTTP/1.1',
      'GET /very/long/but/harmless/path/of/words',
    ],
  ])('of the request: %s is %s', (line, operation) => {
    expect(callsOf([client(`${line}\r\n\r\n`), server(OK)])[0]?.operation).toBe(operation);
  });
});

describe('a request line without a target', () => {
  it('gives its method as the name of the call', () => {
    expect(
      told([client(GET('/a')), server(OK), client('OPTIONS HTTP/1.1\r\n\r\n'), server(OK)]),
    ).toEqual(['GET /a 200 ok', 'OPTIONS 200 ok']);
  });
});

describe('bytes that are no answer', () => {
  it('are blamed on the call that waits longest only', () => {
    expect(told([client(GET('/a') + GET('/b')), server('\u0015\u0003\u0001')])).toEqual([
      'GET /a transport_error tls.plain_mismatch',
      'GET /b unknown bytes_lost',
      'connect unknown tcp.open',
    ]);
  });

  it('do not matter after the end of the server’s side', () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd';
    for (const at of [10, answer.length - 2]) {
      const calls = told([
        client(GET('/a')),
        server(answer.slice(0, at)),
        end('server'),
        server(answer.slice(at)),
        end('client'),
      ]);
      expect(calls).toEqual([expect.stringContaining('tcp.truncated')]);
    }
  });
});

describe('tunnels', () => {
  it('hold no more than 64 KiB while it is not known whether they are one', () => {
    const calls = told([
      client(TUNNEL),
      client(new Uint8Array(40_000)),
      client(new Uint8Array(40_000)),
    ]);
    expect(calls).toEqual(['CONNECT db:1 unknown http.limit', 'connect unknown tcp.open']);
  });

  it('make what was pipelined after the question unknown', () => {
    const upgrade = 'GET /ws HTTP/1.1\r\nContent-Length: 1\r\nUpgrade: x\r\n\r\n1';
    const calls = told([client(upgrade + GET('/b')), server('HTTP/1.1 101 Go\r\n\r\n')]);
    expect(calls).toEqual([
      'GET /ws 101 ok',
      'GET /b unknown http.tunnel',
      'connect unknown tcp.open',
    ]);
  });

  it('asked for too late are no tunnels', () => {
    const early = 'HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n';
    const calls = told([
      client('GET /ws HTTP/1.1\r\nUpgra'),
      server(early),
      client('de: x\r\n\r\n'),
      client(GET('/b')),
      server(OK),
    ]);
    expect(calls).toEqual(['GET /ws 400 client_error 400', 'GET /b 200 ok']);
  });

  it('end like any other conversation', () => {
    const open = [client(TUNNEL), server('HTTP/1.1 200 OK\r\n\r\n'), client('x'), server('y')];
    expect(told([...open, reset('server')])).toEqual([
      'CONNECT db:1 200 ok',
      'connect transport_error tcp.reset',
    ]);
    expect(told([...open, reset('client', 4)])).toEqual([
      'CONNECT db:1 200 ok',
      'connect cancelled tcp.client_abort',
    ]);
    expect(told([client(TUNNEL), end('client'), ...open.slice(1), end('server')])).toEqual([
      'CONNECT db:1 200 ok',
      'connect ok',
    ]);
  });

  it('show as open while they last', () => {
    const { decoder } = recorder();
    play(decoder, [client(TUNNEL), server('HTTP/1.1 200 OK\r\n\r\n')]);
    expect(decoder.openCalls(START_US).map((call) => brief(call))).toEqual([
      'connect unknown tcp.open',
    ]);
    play(decoder, [client('x', 1, 9), server('y', 1, 9), end('client'), end('server')]);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });
});

describe('loss', () => {
  it('inside a chunk does no harm', () => {
    const calls = told([
      client(GET('/a'), 0),
      server(`${CHUNKED}a\r\nabc`, 1),
      server('ij\r\n0\r\n\r\n', 2, 5),
      client(GET('/b'), 3),
      server(OK, 4),
    ]);
    expect(calls).toEqual(['GET /a 200 ok low', 'GET /b 200 ok']);
  });

  it('inside a body that ends with the connection does no harm', () => {
    const calls = told([
      client(GET('/a'), 0),
      server('HTTP/1.1 200 OK\r\n\r\nabc', 1),
      server('def', 2, 500),
      end('server', 3),
      end('client', 4),
    ]);
    expect(calls).toEqual(['GET /a 200 ok low']);
  });

  it('skips pieces in which no line ends', () => {
    const calls = told([
      client(GET('/a'), 0),
      server(OK, 1),
      client('{"tail', 2, 40),
      client(GET('/b'), 3),
      server(OK, 4),
    ]);
    expect(calls).toEqual(['GET /a 200 ok', 'GET /b unknown bytes_lost low']);
  });

  it('of answers after requests were lost leaves both untrusted', () => {
    const calls = told([
      client(GET('/a'), 0),
      server(OK, 1),
      client(GET('/c'), 2, 40),
      server('tail', 3, 40),
      client(GET('/d'), 4),
      server(OK, 5),
    ]);
    expect(calls).toEqual([
      'GET /a 200 ok',
      'GET /c unknown bytes_lost low',
      'GET /d unknown bytes_lost low',
    ]);
  });

  it('that leaves half an answer’s first words behind does not stop the next pair', () => {
    const calls = told([
      client(GET('/a'), 0),
      server('tail of a body HTTP/', 1, 40),
      client(GET('/b'), 2),
      server(OK, 3),
      client(GET('/c'), 4),
      server(OK, 5),
    ]);
    expect(calls).toEqual(['GET /a unknown bytes_lost low', 'GET /b 200 ok low', 'GET /c 200 ok']);
  });

  it('after which a request is misread makes the decoder look for the next one', () => {
    const calls = told([
      client(GET('/a'), 0),
      server(OK, 1),
      client(`tail of a body\r\n${GET('/b')}`, 2, 40),
      server(OK, 3),
      client('\u0000\u0001', 4),
      client(GET('/c'), 5),
      server(OK, 6),
    ]);
    expect(calls[0]).toBe('GET /a 200 ok');
    expect(calls).not.toContainEqual(expect.stringContaining('http.malformed'));
    expect(calls.at(-1)).toBe('GET /c unknown bytes_lost low');
  });
});

describe('a first line that is none', () => {
  it.each(['GET /b HTTP/2.0', 'GET /b HTTX/1.1', 'GET', 'GET /b HTTP/1.1x'])(
    'turns the connection opaque: %s',
    (line) => {
      expect(told([client(GET('/a')), server(OK), client(`${line}\r\n\r\n`)])[1]).toBe(
        'unknown unknown http.malformed',
      );
    },
  );

  it('of an answer does so too', () => {
    expect(told([client(GET('/a')), server('HTTP/1.1 ok\r\n\r\n')])[0]).toBe(
      'GET /a unknown http.malformed',
    );
  });
});

describe('loss together with the end', () => {
  const AMBIGUOUS = [client(GET('/a'), 0), server(OK, 1), client(GET('/c'), 2, 40)];

  it.each<[string, readonly Step[]]>([
    ['a close', [end('server', 3)]],
    ['a reset', [reset('server', 3)]],
    ['an answer', [server(OK, 3)]],
    [
      'a cut answer',
      [server('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na', 3), end('server', 4)],
    ],
    ['the end of the recording', []],
  ])('never blames the call that came after it for %s', (_, ending) => {
    const calls = told([...AMBIGUOUS, ...ending]);
    expect(calls).toEqual(['GET /a 200 ok', 'GET /c unknown bytes_lost low']);
  });

  it('shows a call that cannot be told yet as unknown', () => {
    const { decoder } = recorder();
    play(decoder, AMBIGUOUS);
    expect(decoder.openCalls(START_US).map((call) => brief(call))).toEqual([
      'GET /c unknown bytes_lost low',
    ]);
  });

  it('trusts nothing after a loss on a connection that pipelines', () => {
    const calls = told([
      client(GET('/a') + GET('/b'), 0),
      server(OK + OK, 1),
      client(GET('/d'), 2, 20),
      server(OK, 3),
      client(GET('/e'), 4),
      server(OK, 5),
    ]);
    expect(calls.slice(2)).toEqual([
      'GET /d unknown bytes_lost low',
      'GET /e unknown bytes_lost low',
    ]);
  });

  it('names a request that was cut by it, when its first line was whole', () => {
    const calls = told([
      client('POST /up HTTP/1.1\r\nHost: ca', 0),
      client('ody of it', 1, 400),
      server('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n', 2),
    ]);
    expect(calls).toEqual(['POST /up 500 server_error 500 low']);
  });

  it('reads on after a request whose answer was misread', () => {
    const calls = told([
      client(GET('/a'), 0),
      server('?', 1, 100),
      client(GET('/b'), 2),
      server(`${OK}x`, 3),
      client(GET('/c'), 4),
      server(OK, 5),
      client(GET('/d'), 6),
      server(OK, 7),
    ]);
    expect(calls).toEqual([
      'GET /a unknown bytes_lost low',
      'GET /b 200 ok low',
      'GET /c 200 ok low',
      'GET /d 200 ok',
    ]);
  });

  it('finds the next answer behind words that begin like one', () => {
    for (const size of [1, 3, 1_000]) {
      const steps = inPieces(
        [
          client(GET('/a'), 0),
          server(`Hello HTTP/2 HTTP/1.x HTTP/1.1 2000 ${OK}`, 1, 100),
          client(GET('/b'), 2),
          server(OK, 3),
        ],
        size,
      );
      expect(told(steps)).toEqual(['GET /a unknown bytes_lost low', 'GET /b 200 ok low']);
    }
  });

  it('finds the next request at the beginning of a piece, never inside one, where it may be content', () => {
    const calls = told([
      client('POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\nab', 0),
      server(OK, 1),
      client(`{"x":1}\nget it\n${'y'.repeat(70_000)}\n${GET('/quoted')}`, 2, 500),
      client(GET('/b'), 2),
      server(OK, 3),
      client(GET('/c'), 4),
      server(OK, 5),
    ]);
    expect(calls).toEqual(['POST /a 200 ok', 'GET /b unknown bytes_lost low', 'GET /c 200 ok low']);
  });

  it.each([
    ['qqPOST /q HTTP/1.1\r\n\r\n'],
    ['qqPO', 'ST /q HTTP/1.1\r\n\r\n'],
    ['ET /q HTTP/1.1\r\n\r\n'],
  ])('takes %j for what is left of another message', (...rest) => {
    const calls = told([
      client(GET('/a'), 0),
      server(OK, 1),
      ...rest.map((piece, place) => client(piece, 2, place === 0 ? 500 : 0)),
      client('G', 3),
      client(GET('/b').slice(1), 3),
      server(OK, 4),
    ]);
    expect(calls).toEqual(['GET /a 200 ok', 'GET /b unknown bytes_lost low']);
  });
});

describe('a header that is too large, after a loss,', () => {
  it('is skipped, and what follows it is read', () => {
    const large = `GET /large HTTP/1.1\r\n${'X-Much: much\r\n'.repeat(6_000)}\r\n`;
    const calls = told([
      client(GET('/a'), 0),
      server(OK, 1),
      client(large, 2, 50),
      client(GET('/b'), 3),
      server(OK, 4),
    ]);
    expect(calls).toEqual(['GET /a 200 ok', 'GET /b unknown bytes_lost low']);
  });
});

describe('ends that cross each other', () => {
  it('a client that left is the reason for what the server does next', () => {
    const left = [client(GET('/a')), end('client', 400)];
    const partial = server('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na', 401);
    expect(told([...left, reset('server', 402)])).toEqual(['GET /a cancelled tcp.client_abort']);
    expect(told([...left, partial, end('server', 402)])).toEqual([
      'GET /a 200 cancelled tcp.client_abort',
    ]);
    expect(told([client('GET /a HTTP/1.1\r\n'), end('client', 5), server(OK, 6)])).toEqual([
      'GET /a 200 cancelled tcp.client_abort',
    ]);
  });

  it('a request half sent after the server had closed was never answered', () => {
    const calls = told([
      client(GET('/a')),
      server(OK),
      end('server'),
      client('GET /b HTT'),
      end('client'),
    ]);
    expect(calls[1]).toBe('unknown transport_error tcp.closed_before_response');
    const cut = told([client(GET('/a')), server(OK), end('server'), client('GET /b HTT')]);
    expect(cut[1]).toBe('unknown transport_error tcp.closed_before_response');
  });

  it('an answer that nobody asked for and that is cut is no call', () => {
    expect(told([server('HTTP/1.1 200 O'), end('server')])).toEqual([]);
  });

  it('an answer whose body still comes when the recording ends is open, and failed only by its status', () => {
    const half = (status: string): Step =>
      server(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\na`, 1);
    expect(callsOf([client(GET('/a')), half('200 OK')])[0]).toMatchObject({
      outcome: 'unknown',
      errorType: 'tcp.open',
      status: 200,
      endedAtUs: null,
    });
    expect(callsOf([client(GET('/a')), half('500 Oops')])[0]).toMatchObject({
      outcome: 'server_error',
      errorType: '500',
      endedAtUs: null,
    });
  });

  it('an answer after a half close shows as told while the connection lasts', () => {
    const { decoder } = recorder();
    play(decoder, [client(GET('/a')), end('client', 1), server(OK, 5)]);
    expect(decoder.openCalls(START_US).map((call) => brief(call))).toEqual(['GET /a 200 ok']);
  });

  it('nothing is told after the end', () => {
    const { calls, decoder } = recorder();
    play(decoder, [
      client(GET('/a')),
      reset('server'),
      client(GET('/b')),
      server(OK),
      end('client'),
      end('server'),
      reset('client'),
    ]);
    decoder.onCaptureEnd(START_US);
    expect(calls).toHaveLength(1);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });
});

describe('error bodies', () => {
  const failing = (type: string, body: string): string | null | undefined =>
    callsOf([
      client(GET('/e')),
      server(
        `HTTP/1.1 500\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    ])[0]?.reason;

  it.each([
    ['application/json', '"only a text"', '"only a text"'],
    ['application/json', '{"message":"","error":["x"]}', '{"message":"","error":["x"]}'],
    ['application/json', '{"error":{"code":1}}', '{"error":{"code":1}}'],
    ['application/json', '{"error":"bo', 'bo'],
    ['text/html', '<script>secret()', ''],
  ])('of %s: %s', (type, body, text) => {
    expect(failing(type, body)).toBe(`500 from cart GET /e${text === '' ? '' : `: ${text}`}`);
  });

  it('with a reason phrase that holds a secret show none of it', () => {
    const [call] = callsOf([
      client(GET('/e')),
      server('HTTP/1.1 500 token=abc123\r\nContent-Length: 0\r\n\r\n'),
    ]);
    expect(call?.reason).toBe('500 token=*** from cart GET /e');
  });
});

describe('first lines and lengths that are seldom seen', () => {
  it.each([
    [`GET ${'/a'.repeat(300)} HTTP/1.1`, `GET ${'/a'.repeat(256)}`],
    ['GET http://cart/items#top HTTP/1.1', 'GET /items'],
    ['GET http://cart/aaaa/bbbb/cccc/dddd/eeee HTTP/1.1', 'GET /aaaa/bbbb/cccc/dddd/eeee'],
  ])('%s', (line, operation) => {
    expect(told([client(`${line}\r\n\r\n`), server(OK)])).toEqual([`${operation} 200 ok`]);
  });

  it('of an answer ends in a bare line feed', () => {
    const [call] = callsOf([client(GET('/a')), server('HTTP/1.1 500 Oh\nContent-Length: 0\n\n')]);
    expect(call?.reason).toBe('500 Oh from cart GET /a');
  });

  it.each(['', '1234567890123456'])('a length of "%s" is none', (length) => {
    const calls = told([
      client(`POST /a HTTP/1.1\r\nContent-Length:${length}\r\n\r\n`),
      server(OK),
    ]);
    expect(calls[0]).toBe('POST /a unknown http.malformed');
  });

  it('an answer to half a line has no name', () => {
    expect(told([client('GET /lo', 0), server(OK, 1)])).toEqual(['unknown 200 ok low']);
  });
});

describe('what is no HTTP after a loss', () => {
  it('is stepped over where a request was expected', () => {
    const calls = told([
      client(GET('/a'), 0, 9),
      server(OK, 1),
      client('{"half":"a body"}', 2),
      client(GET('/b'), 3),
      server(OK, 4),
    ]);
    expect(calls.at(-1)).toMatch(/^GET \/b /u);
  });

  it('is stepped over where a line began like a request', () => {
    const calls = told([
      client(GET('/0'), 0),
      server(OK, 1),
      client('GE', 2, 9),
      client('T up and leave\r\n', 2),
      client(GET('/b'), 3),
      server(OK, 4),
    ]);
    expect(calls).toEqual(['GET /0 200 ok', 'GET /b unknown bytes_lost low']);
  });

  it.each([
    `HTTP/1.1 200 ${'x'.repeat(20_000)}`,
    `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(12_000)}`,
  ])('is stepped over where an answer is too large', (large) => {
    const calls = told([
      client(GET('/a'), 0),
      server(large, 1, 9),
      client(GET('/b'), 2),
      server(OK, 3),
    ]);
    expect(calls).toEqual(['GET /a unknown bytes_lost low', 'GET /b 200 ok low']);
  });
});
