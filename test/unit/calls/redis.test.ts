import { describe, expect, it } from 'vitest';
import { createRedis } from '../../../src/domain/calls/protocols/redis/redis.ts';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import { REDIS_DETECTOR } from '../../../src/domain/calls/protocols/redis/redis-detect.ts';
import {
  brief,
  bytesOf,
  callsOf,
  client,
  end,
  play,
  recorder,
  reset,
  server,
  START_US,
  type Step,
} from '../../support/conversations.ts';
import { command, REDIS_SAMPLE } from '../../support/samples/redis.ts';

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, createRedis).map((call) => brief(call));
}

function reasonOf(answer: string): string | null | undefined {
  return callsOf([client(command('GET', 'a')), server(answer)], createRedis)[0]?.reason;
}

describe('Redis commands and answers', () => {
  it('are paired first in, first out', () => {
    expect(callsOf(REDIS_SAMPLE.steps).map((call) => brief(call))).toEqual(REDIS_SAMPLE.calls);
  });

  it('have the times of their first and last bytes', () => {
    const [call] = callsOf(
      [client(command('GET', 'a'), 1), server('$3\r\na', 4), server('bc\r\n', 6)],
      createRedis,
    );
    expect(call?.startedAtUs).toBe(START_US + 1_000);
    expect(call?.firstByteAtUs).toBe(START_US + 4_000);
    expect(call?.endedAtUs).toBe(START_US + 6_000);
  });

  it.each([
    ['-ERR unknown command', 'client_error ERR'],
    ['-NOAUTH Authentication required.', 'client_error NOAUTH'],
    ['-LOADING Redis is loading the dataset in memory', 'server_error LOADING'],
    ["-READONLY You can't write against a read only replica.", 'server_error READONLY'],
    ['-OOM command not allowed', 'server_error OOM'],
    ['-CLUSTERDOWN The cluster is down', 'server_error CLUSTERDOWN'],
    ['-MOVED 3999 127.0.0.1:6381', 'ok'],
    ['-ASK 3999 127.0.0.1:6381', 'ok'],
    ['-NOSCRIPT No matching script.', 'ok'],
    ['-something of an old server', 'client_error ERR'],
    ['!21\r\nSYNTAX invalid syntax', 'client_error SYNTAX'],
  ])('%s is %s', (answer, expected) => {
    expect(told(client(command('GET', 'a')), server(`${answer}\r\n`))).toEqual([`GET ${expected}`]);
  });

  it('say why, without secrets', () => {
    expect(reasonOf('-ERR wrong password=hunter2hunter2 given\r\n')).toBe(
      'Redis: ERR wrong password=*** given',
    );
    expect(reasonOf(`-ERR ${'word '.repeat(400)}\r\n`)?.length).toBeLessThanOrEqual(264);
  });

  it('are named without keys, in upper case, with the word that says what they do', () => {
    expect(
      told(
        client(
          command('get', 'secret') +
            command('config', 'set', 'x', 'y') +
            command('config', 'a b') +
            command('not a command') +
            command('') +
            '*0\r\n*-1\r\n\r\nping\r\n',
        ),
        server('$-1\r\n+OK\r\n+OK\r\n-ERR x\r\n-ERR y\r\n'),
      ).slice(0, 5),
    ).toEqual([
      'GET ok',
      'CONFIG SET ok',
      'CONFIG ok',
      'unknown client_error ERR',
      'unknown client_error ERR',
    ]);
  });

  it('may be lines', () => {
    expect(
      callsOf([client('PING\r\n'), server('+PONG\r\n'), client('get  a\n'), server('$-1\r\n')]).map(
        (call) => brief(call),
      ),
    ).toEqual(['PING ok', 'GET ok']);
  });

  it('may be in any form of RESP3', () => {
    const answers = [
      '_\r\n',
      '#t\r\n',
      ',3.14\r\n',
      '(123456789012345678901234567890\r\n',
      '=15\r\ntxt:Some string\r\n',
      '~2\r\n+a\r\n+b\r\n',
      '%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n$-1\r\n',
      '|1\r\n+ttl\r\n%1\r\n+a\r\n-ERR not of the value\r\n*2\r\n:1\r\n:2\r\n',
      '|0\r\n*0\r\n',
      '*-1\r\n',
      '*3\r\n*1\r\n*1\r\n-ERR deep inside\r\n:1\r\n:2\r\n',
    ];
    const steps = answers.flatMap((answer) => [client(command('GET', 'a')), server(answer)]);
    expect(told(...steps)).toEqual(answers.map(() => 'GET ok'));
  });
});

describe('a transaction in Redis', () => {
  const BEGUN = [
    client(command('MULTI') + command('SET', 'a', '1') + command('INCR', 'b')),
    server('+OK\r\n+QUEUED\r\n+QUEUED\r\n'),
  ];

  it.each([
    [
      '*2\r\n+OK\r\n-WRONGTYPE no\r\n',
      'SET ok',
      'INCR client_error WRONGTYPE',
      'EXEC client_error WRONGTYPE',
    ],
    ['*-1\r\n', 'SET cancelled redis.not_executed', 'INCR cancelled redis.not_executed', 'EXEC ok'],
    ['_\r\n', 'SET cancelled redis.not_executed', 'INCR cancelled redis.not_executed', 'EXEC ok'],
    [
      '-EXECABORT Transaction discarded because of previous errors.\r\n',
      'SET cancelled redis.not_executed',
      'INCR cancelled redis.not_executed',
      'EXEC client_error EXECABORT',
    ],
  ])('answered %j', (answer, ...calls) => {
    expect(told(...BEGUN, client(command('EXEC')), server(answer))).toEqual(['MULTI ok', ...calls]);
  });

  it('that is discarded did nothing', () => {
    const calls = callsOf([...BEGUN, client(command('DISCARD')), server('+OK\r\n')], createRedis);
    expect(calls.map((call) => call.reason)).toEqual([
      null,
      'the transaction was not executed: it was discarded',
      'the transaction was not executed: it was discarded',
      null,
    ]);
  });

  it('whose answer to EXEC was lost, or made no sense, is not known to have done anything', () => {
    expect(told(...BEGUN, client(command('EXEC')), server('+OK\r\n', 3, 40)).slice(1, 3)).toEqual([
      'SET unknown bytes_lost low',
      'INCR unknown bytes_lost low',
    ]);
    expect(told(...BEGUN, client(command('EXEC')), server('+QUEUED?\r\n')).slice(1, 3)).toEqual([
      'SET cancelled redis.not_executed',
      'INCR cancelled redis.not_executed',
    ]);
  });

  it('that never ends is not done when the connection closes', () => {
    expect(told(...BEGUN, end('server')).slice(1)).toEqual([
      'SET transport_error tcp.closed_before_response',
      'INCR transport_error tcp.closed_before_response',
    ]);
  });

  it('of very many commands keeps only so many', () => {
    const count = 1_002;
    const calls = told(
      client(command('MULTI') + command('INCR', 'a').repeat(count)),
      server(`+OK\r\n${'+QUEUED\r\n'.repeat(count)}`),
      client(command('EXEC')),
      server(`*${count}\r\n${'-ERR no\r\n'.repeat(count)}`),
    );
    expect(calls.filter((call) => call === 'INCR client_error ERR')).toHaveLength(64);
    expect(calls).toHaveLength(count + 2);
  });
});

describe('what Redis tells subscribers', () => {
  it('is no answer', () => {
    expect(
      told(
        client(command('SUBSCRIBE', 'a', 'b')),
        server(
          '*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n',
        ),
        server('*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n'),
        client(command('PING')),
        server('*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n'),
        server('*0\r\n'),
      ),
    ).toEqual(['SUBSCRIBE ok', 'PING ok']);
  });

  it('is no answer in RESP3 either', () => {
    expect(
      told(
        client(command('SUBSCRIBE', 'a')),
        server('>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n>3\r\n+subscribe\r\n+a\r\n:1\r\n'),
        client(command('GET', 'k')),
        server('>3\r\n+message\r\n+a\r\n+hi\r\n$1\r\nv\r\n'),
        server('>0\r\n'),
      ),
    ).toEqual(['SUBSCRIBE ok', 'GET ok']);
  });

  it('hides the answers after MONITOR and CLIENT REPLY', () => {
    expect(told(client(command('MONITOR')), server('+OK\r\n+1 [0 a] "GET" "k"\r\n'))).toEqual([
      'MONITOR ok',
    ]);
    expect(
      told(client(command('CLIENT', 'REPLY', 'OFF') + command('GET', 'a')), server('+OK\r\n')),
    ).toEqual(['CLIENT REPLY unknown bytes_lost low', 'GET unknown bytes_lost low']);
  });
});

describe('a Redis connection that ends', () => {
  const ASKED = client(command('GET', 'a'), 1);

  it.each<readonly [string, readonly Step[], string]>([
    ['by the server', [end('server', 2)], 'transport_error tcp.closed_before_response'],
    [
      'inside the answer',
      [server('$9\r\nabc', 2), end('server', 3)],
      'transport_error tcp.truncated',
    ],
    ['inside a list', [server('*9\r\n', 2), end('server', 3)], 'transport_error tcp.truncated'],
    ['inside a line', [server('+O', 2), end('server', 3)], 'transport_error tcp.truncated'],
    ['by a reset of the server', [reset('server', 9)], 'transport_error tcp.reset_before_response'],
    [
      'by a reset inside the answer',
      [server('$9\r\n', 2), reset('server', 9)],
      'transport_error tcp.reset',
    ],
    ['by the client at once', [reset('client', 9)], 'cancelled tcp.client_abort'],
    ['by the client at its limit', [reset('client', 1_001)], 'timeout tcp.client_abort'],
    ['with the recording', [], 'unknown no_response'],
    ['with the recording, inside the answer', [server('*9\r\n', 2)], 'unknown tcp.open'],
    ['half', [end('client', 2), server('+OK\r\n', 3), end('server', 4)], 'ok'],
    [
      'half, and the client did not wait',
      [end('client', 2), server('+OK\r\n', 3), reset('client', 4)],
      'cancelled tcp.client_abort',
    ],
    [
      'half, and the server resets',
      [end('client', 2), server('+OK\r\n', 3), reset('server', 4)],
      'ok',
    ],
    [
      'half, long after the request',
      [end('client', 900), server('+OK\r\n', 990), end('client', 991)],
      'cancelled tcp.client_abort',
    ],
  ])('%s', (_, steps, expected) => {
    expect(told(ASKED, ...steps)).toEqual([`GET ${expected}`]);
  });

  it('answers nothing that comes later', () => {
    expect(
      told(ASKED, server('+OK\r\n', 2), end('server', 3), client(command('GET', 'b'), 9)),
    ).toEqual(['GET ok', 'GET transport_error tcp.closed_before_response']);
    const steps = [reset('server', 3), client(command('GET', 'b')), server('+OK\r\n')];
    const ends = [end('client'), end('server'), reset('client')];
    expect(told(...steps, ...ends)).toEqual([]);
  });

  it('can be asked for what is open', () => {
    const { decoder } = recorder(createRedis);
    play(decoder, [ASKED, client(command('SET', 'a', 'b'), 2), server('$5\r\n', 3)]);
    expect(decoder.openCalls(START_US + 5_000).map((call) => brief(call))).toEqual([
      'GET unknown tcp.open',
      'SET unknown no_response',
    ]);
    play(decoder, [end('client', 4), server('hello\r\n', 5)]);
    expect(decoder.openCalls(START_US + 5_000).map((call) => brief(call))).toEqual([
      'GET ok',
      'SET cancelled tcp.client_abort',
    ]);
    decoder.onCaptureEnd(START_US);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });
});

describe('a Redis connection with losses', () => {
  const TURN = (key: string): readonly Step[] => [client(command('GET', key)), server('+OK\r\n')];

  it('goes on inside a long value', () => {
    expect(
      told(
        client('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100\r\nabc'),
        client('xyz\r\n', 1, 94),
        server('$20\r\nab'),
        server(new Uint8Array(0), 2, 20),
        ...TURN('b'),
      ),
    ).toEqual(['SET unknown bytes_lost low', 'GET ok low']);
  });

  it('does not name a command by a part of its name', () => {
    expect(told(client('*1\r\n$6\r\nGE'), client('\r\n', 0, 4), server('+OK\r\n'))).toEqual([
      'unknown unknown bytes_lost low',
    ]);
  });

  it('does not take the answer to a lost command for that of the next', () => {
    expect(
      told(
        ...TURN('a'),
        client(command('GET', 'c'), 0, 30),
        server('-ERR of the lost one\r\n+OK\r\n'),
        ...TURN('d'),
        ...TURN('e'),
        ...TURN('f'),
      ),
    ).toEqual([
      'GET ok',
      'GET unknown bytes_lost low',
      'GET unknown bytes_lost low',
      'GET ok low',
      'GET ok',
    ]);
  });

  it('finds the next answer after lost ones', () => {
    expect(
      told(
        client(command('GET', 'a')),
        server('of a value\r\n', 1, 30),
        client('of a value\r\n', 1, 30),
        ...TURN('b'),
        ...TURN('c'),
        ...TURN('d'),
      ),
    ).toEqual(['GET unknown bytes_lost low', 'GET unknown bytes_lost low', 'GET ok low', 'GET ok']);
  });

  it.each([
    ['a value with no such sign', '?what\r\n'],
    ['a length that is none', '$x\r\n'],
    ['a count that is none', '*x\r\n'],
    ['a depth nobody needs', '*1\r\n'.repeat(40)],
    ['an endless line', '+'.padEnd(1_100_000, 'x')],
  ])('looks for the next message after %s', (_, text) => {
    expect(told(client(command('GET', 'a')), server(text), ...TURN('b'), ...TURN('c'))).toEqual([
      'GET unknown bytes_lost low',
      'GET ok low',
      'GET ok',
    ]);
    const noise = told(...TURN('a'), client(text.replace('+', '$')), ...TURN('b'), ...TURN('c'));
    expect(noise).toEqual(['GET ok', 'GET unknown bytes_lost low', 'GET ok low']);
  });

  it('knows that no answer is an empty line', () => {
    expect(told(client(command('GET', 'a')), server('\r\n'))).toEqual([
      'GET unknown bytes_lost low',
    ]);
  });

  it('does not follow a pipeline without end', () => {
    const calls = told(client(command('GET', 'a').repeat(OPEN_MAX + 1)));
    expect(calls.filter((call) => call === 'GET unknown redis.limit')).toHaveLength(OPEN_MAX);
  });

  it('ignores answers nobody asked for', () => {
    expect(told(server('+OK\r\n'), ...TURN('a'), ...TURN('b'))).toEqual([
      'GET unknown bytes_lost low',
      'GET ok low',
    ]);
  });
});

describe('recognising Redis', () => {
  const detect = (asked: string, answer = ''): string =>
    REDIS_DETECTOR.detect(bytesOf(asked), bytesOf(answer));

  it.each([
    ['*1\r\n$4\r\nPING\r\n', ''],
    ['PING\r\n', '+PONG\r\n'],
    ['auth x\n', '-ERR\r\n'],
    ['', '$5\r\nhello\r\n'],
    ['', '*2\r\n$1\r\na\r\n'],
  ])('says yes to %j and %j', (asked, answer) => {
    expect(detect(asked, answer)).toBe('yes');
  });

  it.each([
    ['', ''],
    ['*', ''],
    ['*12\r\n$4', ''],
    ['PI', ''],
    ['PING\r\n', ''],
    ['PING\r\n', '+PO'],
  ])('waits after %j and %j', (asked, answer) => {
    expect(detect(asked, answer)).toBe('maybe');
  });

  it.each([
    ['PING\r\n', 'PONG\r\n'],
    ['PING\r\n', 'PO'],
    ['HELO you\r\n', ''],
    ['GE', '220 mail'],
    ['\u0016\u0003', ''],
    ['', '+OK POP3 ready\r\n'],
    ['*hello', ''],
  ])('says no to %j and %j', (asked, answer) => {
    expect(detect(asked, answer)).toBe('no');
  });
});
