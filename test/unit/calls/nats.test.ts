import { describe, expect, it } from 'vitest';
import type { ConnectionContext, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import { NATS_DETECTOR } from '../../../src/domain/calls/protocols/nats/nats-detect.ts';
import {
  brief,
  bytesOf,
  callsOf,
  client,
  end,
  inPieces,
  recorder,
  reset,
  server,
  START_US,
  type Step,
} from '../../support/conversations.ts';
import {
  CONNECT,
  headed,
  INFO,
  message,
  NATS_SAMPLE,
  publish,
} from '../../support/samples/nats.ts';

const make = (context: ConnectionContext): Decoder => NATS_DETECTOR.create(context);

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, make).map((call) => brief(call));
}

const VERBOSE = CONNECT.replace('"verbose":false', '"verbose":true');
const request = (subject: string, number: number): string =>
  publish(subject, 'x', `_INBOX.a.${number}`);

describe('requests of NATS', () => {
  it('are answered at the subject that they name, however they are cut', () => {
    expect(told(...NATS_SAMPLE.steps)).toEqual(NATS_SAMPLE.calls);
    expect(told(...inPieces(NATS_SAMPLE.steps, 1))).toEqual(NATS_SAMPLE.calls);
  });

  it.each([
    [headed('_INBOX.a.1', ' 503'), 'request a 503 server_error nats.no_responders'],
    [headed('_INBOX.a.1', ' 503 No service'), 'request a 503 server_error nats.503'],
    [headed('_INBOX.a.1', ' 408 Request Timeout'), 'request a 408 timeout nats.408'],
    [headed('_INBOX.a.1', ' 404 No Messages'), 'request a 404 client_error nats.404'],
    [headed('_INBOX.a.1', ' 400'), 'request a 400 client_error nats.400'],
    [headed('_INBOX.a.1', ' 100 Idle Heartbeat'), 'request a 100 ok'],
    [headed('_INBOX.a.1', '\r\nA: b', 'x'), 'request a ok'],
    [
      headed('_INBOX.a.1', '\r\nNats-Service-Error-Code: 400'),
      'request a 400 client_error nats.400',
    ],
    [headed('_INBOX.a.1', `\r\nA: ${'b'.repeat(300)}`), 'request a unknown nats.not_read'],
    ['HMSG _INBOX.a.1 1 4 4\r\nWHAT\r\n', 'request a unknown nats.not_read'],
    [message('_INBOX.a.1', '{"error":{"code":500}}'), 'request a ok'],
  ])('%# are judged by the headers of the answer', (said, expected) => {
    expect(told(client(request('a', 1)), server(said))).toEqual([expected]);
  });

  it('say why', () => {
    const steps = [client(request('a', 1)), server(headed('_INBOX.a.1', ' 404 No Messages'))];
    expect(callsOf(steps, make)[0]?.reason).toBe('NATS 404: No Messages');
  });

  it('to JetStream are judged by what it says', () => {
    const asked = client(request('$JS.API.STREAM.INFO.x', 1));
    const failed = '{"type":"io","error":{"code":404,"err_code":1,"description":"not found"}}';
    const name = 'request $JS.API.STREAM.INFO.>';
    expect(told(asked, server(message('_INBOX.a.1', failed)))).toEqual([
      `${name} 404 client_error nats.404`,
    ]);
    expect(told(asked, server(message('_INBOX.a.1', '{"error":{"code":503}}')))).toEqual([
      `${name} 503 server_error nats.no_responders`,
    ]);
    expect(told(asked, server(message('_INBOX.a.1', '{"type":"io"}')))).toEqual([`${name} ok`]);
    const cut = message('_INBOX.a.1', failed);
    expect(
      told(asked, server(cut.slice(0, 30)), server(cut.slice(40), 0, 10)).map((call) => call),
    ).toEqual([`${name} unknown nats.not_read low`]);
  });

  it('leave out of their name what looks like a number of something', () => {
    expect(
      told(
        client(
          request('orders.123456.items.a.b', 1) +
            publish('user.0a9b8c7d6e', 'x') +
            publish('_INBOX.x', ''),
        ),
        end('server'),
      ),
    ).toEqual([
      'request orders.*.items.a.> transport_error tcp.closed_before_response',
      'publish user.* unknown nats.unconfirmed low',
    ]);
  });

  it('that others send to this client are none, nor is what it answers', () => {
    expect(
      told(
        server(message('shop.price', 'x', 'reply.to')),
        client(publish('reply.to', 'y')),
        client(publish('reply.to', 'y')),
      ),
    ).toEqual(['publish reply.to unknown nats.unconfirmed low']);
    const many = Array.from({ length: 4_097 }, (_, at) => message('a', '', `r.${at}`)).join('');
    expect(told(server(many), client(publish('r.0', 'y')))).toEqual([
      'publish r.* unknown nats.unconfirmed low',
    ]);
  });

  it('may be unanswered', () => {
    expect(told(client(request('a', 1)))).toEqual(['request a unknown no_response']);
    expect(told(client(request('a', 1)), reset('client', 2_000))).toEqual([
      'request a timeout tcp.client_abort',
    ]);
    expect(
      told(client(request('a', 1) + request('b', 1)), server(message('_INBOX.a.1', ''))),
    ).toEqual(['request a unknown nats.unanswered low', 'request b ok']);
  });

  it('are not followed beyond a number', () => {
    const many = Array.from({ length: OPEN_MAX + 1 }, (_, at) => request('a', at)).join('');
    expect(told(client(many))[0]).toBe('request a unknown nats.limit');
  });

  it('are known after losses by what they name', () => {
    expect(
      told(
        client(request('a', 1)),
        server('', 0, 9),
        client(request('b', 2), 0, 9),
        server(message('_INBOX.a.1', 'x') + message('_INBOX.a.2', 'x')),
      ),
    ).toEqual(['request a ok low', 'request b ok low']);
    expect(told(client(request('a', 1)), server('', 0, 9), end('server'))).toEqual([
      'request a unknown bytes_lost low',
    ]);
  });

  it('are not answered by what is left of a message with headers', () => {
    const cut = headed('_INBOX.a.1', ' 503').slice(1);
    expect(
      told(client(request('a', 1)), server('no line', 0, 9), server(cut), end('server')),
    ).toEqual(['request a unknown bytes_lost low']);
  });

  it('after their server has closed end at once', () => {
    expect(told(end('server'), client(request('a', 1)))).toEqual([
      'request a transport_error tcp.closed_before_response',
    ]);
  });
});

describe('what NATS sends without an answer', () => {
  it('is done unless the server complains', () => {
    expect(
      told(
        client(publish('a', 'x') + publish('b', 'x') + request('c', 1)),
        server('-ERR \'Permissions Violation for Publish to "a"\'\r\n'),
        server('-ERR \'Permissions Violation for Publish to "c"\'\r\n'),
        server('-ERR \'Permissions Violation for Publish to "d"\'\r\n'),
      ),
    ).toEqual([
      'publish a client_error nats.permissions_violation',
      'publish b unknown nats.unconfirmed low',
      'request c client_error nats.permissions_violation',
      'unknown client_error nats.permissions_violation',
    ]);
    expect(
      told(
        client(`${publish('a', 'x')}PUB b 99\r\n`),
        server("-ERR 'Maximum Payload Violation'\r\n"),
      ),
    ).toEqual([
      'publish a unknown nats.unconfirmed low',
      'publish b client_error nats.maximum_payload',
    ]);
  });

  it('is confirmed one by one to those who ask for it', () => {
    expect(
      told(
        client(
          `${VERBOSE}SUB x 1\r\nUNSUB 1\r\n${publish('a', '1')}${request('b', 1)}${publish('_INBOX.z', '')}${publish('c', '')}`,
        ),
        server(
          `+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n${message('_INBOX.a.1', '')}+OK\r\n+OK\r\n+OK\r\n`,
        ),
      ),
    ).toEqual(['CONNECT ok', 'publish a ok', 'request b ok', 'publish c ok']);
  });

  it('is forgotten when nothing of it is confirmed', () => {
    const many = 'SUB x 1\r\n'.repeat(4_097);
    expect(
      told(client(`${VERBOSE}${many}${publish('a', 'x')}`), server('+OK\r\n'.repeat(4_099))),
    ).toEqual(['CONNECT ok', 'publish a unknown nats.unconfirmed low']);
  });

  it('is held back up to a number', () => {
    const { calls, decoder } = recorder(make);
    for (let sent = 0; sent < 66; sent += 1)
      decoder.onClientBytes(bytesOf(publish('a', 'x')), START_US);
    expect(calls).toHaveLength(2);
  });

  it('is told once the server has answered a PING after it', () => {
    const { calls, decoder } = recorder(make);
    decoder.onClientBytes(bytesOf(`${publish('a', 'x')}PING\r\n${publish('b', 'x')}`), START_US);
    decoder.onServerBytes(bytesOf('PONG\r\n'), START_US);
    expect(calls.map((call) => brief(call))).toEqual(['publish a ok low', 'PING ok']);
  });

  it('is unknown when a complaint may have been lost', () => {
    expect(told(client(publish('a', 'x')), server('', 0, 9))).toEqual([
      'publish a unknown bytes_lost low',
    ]);
    expect(
      told(client(`${VERBOSE}${publish('a', 'x')}`), server('', 0, 9), client(publish('b', 'x'))),
    ).toEqual([
      'CONNECT unknown bytes_lost low',
      'publish a unknown bytes_lost low',
      'publish b unknown nats.unconfirmed low',
    ]);
  });
});

describe('signing in to NATS', () => {
  it.each([
    ["-ERR 'Authorization Violation'\r\n", 'CONNECT client_error nats.authorization_violation'],
    ["-ERR 'Authentication Timeout'\r\n", 'CONNECT timeout nats.authentication_timeout'],
    ["-ERR 'maximum connections exceeded'\r\n", 'CONNECT server_error nats.maximum_connections'],
    ["-ERR ''\r\n", 'CONNECT ok', 'unknown client_error nats.error'],
    ["-ERR 'Stale Connection'\r\n", 'CONNECT ok', 'unknown server_error nats.stale_connection'],
    ['+OK\r\n', 'CONNECT ok'],
    [message('a', 'x'), 'CONNECT ok'],
  ])('is answered by %j', (said, ...calls) => {
    expect(told(server(INFO), client(CONNECT), server(said), end('server'))).toEqual(calls);
  });

  it('may be refused before it is tried', () => {
    expect(told(server(`${INFO}-ERR 'maximum connections exceeded'\r\n`))).toEqual([
      'CONNECT server_error nats.maximum_connections',
    ]);
  });

  it('is not known to have gone well when it is encrypted', () => {
    const hello = Uint8Array.of(22, 3, 1, 0, 2, 1, 0);
    expect(
      told(
        server(INFO),
        client(''),
        client(hello),
        server(Uint8Array.of(21, 3, 3, 0, 2, 2, 40)),
        end('client'),
        end('server'),
      ),
    ).toEqual(['CONNECT unknown nats.encrypted', 'TLS cart transport_error tls.alert']);
  });

  it('leaves open what was not answered', () => {
    const { decoder } = recorder(make);
    decoder.onClientBytes(bytesOf(CONNECT), START_US);
    decoder.onClientEnd(START_US);
    expect(decoder.openCalls(START_US)).toHaveLength(1);
  });
});

describe('a connection to NATS', () => {
  it.each([
    ['what no client says', client('WHAT is this\r\n')],
    ['a size that is none', client('PUB a b c\r\n')],
    ['too few words', client('SUB a\r\n')],
    ['no words', client('PUB\r\n')],
    ['one word', client('HPUB a\r\n')],
    ['no letters', client('12 34\r\n')],
    ['no subject', client('UNSUB\r\n')],
    ['what no server says', server('WHAT is this\r\n')],
    ['an error without a text', server('-ERR\r\n')],
    ['a greeting without content', server('INFO\r\n')],
  ])('goes on after %s', (_, noise) => {
    expect(
      told(
        client(request('a', 1)),
        noise,
        noise,
        client(request('b', 2)),
        server(message('_INBOX.a.2', '')),
      ).at(-1),
    ).toBe('request b ok low');
  });

  it('goes on as before after a message with headers', () => {
    expect(
      told(
        client('HPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\n'),
        client(request('b', 2)),
        server(message('_INBOX.a.2', '')),
      ).at(-1),
    ).toBe('request b ok');
  });

  it('blames nobody after a loss for what is not named', () => {
    expect(
      told(
        client('', 0, 9),
        client(publish('a', 'x')),
        client('', 0, 9),
        server("-ERR 'Invalid Subject'\r\n"),
      ),
    ).toEqual([
      'publish a unknown nats.unconfirmed low',
      'unknown client_error nats.invalid_subject low',
    ]);
  });

  it('answers no PING that was not seen', () => {
    expect(
      told(
        server('PONG\r\n'),
        client('PING\r\n'),
        server('PING\r\n'),
        client('PONG\r\n'),
        server('PONG\r\n'),
      ),
    ).toEqual(['PING unknown bytes_lost low']);
  });
});

describe('recognising NATS', () => {
  it.each([
    ['', INFO, 'yes'],
    ['', 'INFO {', 'maybe'],
    ['', 'IN', 'maybe'],
    ['', 'INFO {"x":1}\r\n', 'no'],
    ['', `INFO {${'x'.repeat(600)}`, 'no'],
    ['', 'MSG a 1 5\r\nhello\r\n', 'yes'],
    ['', 'HMSG a 1 b 12 17\r\n', 'yes'],
    ['', '220 mail ready\r\n', 'no'],
    ['', '', 'maybe'],
    [CONNECT, '', 'yes'],
    ['PUB a 5\r\nhello\r\n', '', 'yes'],
    ['SUB a 1\r\n', '+OK\r\n', 'yes'],
    ['PUB a', '', 'maybe'],
    ['hello', '', 'no'],
    ['hello', 'WHAT', 'no'],
    ['GET / HTTP/1.1\r\n', '', 'no'],
  ])('%j and %j: %s', (asked, said, expected) => {
    expect(NATS_DETECTOR.detect(bytesOf(asked), bytesOf(said))).toBe(expected);
  });
});
