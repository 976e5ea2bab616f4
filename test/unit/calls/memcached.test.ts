import { describe, expect, it } from 'vitest';
import type { ConnectionContext, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { MEMCACHED_DETECTOR } from '../../../src/domain/calls/protocols/memcached/memcached-detect.ts';
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
  answer,
  ask,
  binary,
  MEMCACHED_BINARY_SAMPLE,
  MEMCACHED_SAMPLE,
} from '../../support/samples/memcached.ts';
import { bytes } from '../../support/samples/sample.ts';

const make = (context: ConnectionContext): Decoder => MEMCACHED_DETECTOR.create(context);

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, make).map((call) => brief(call));
}

describe('lines of Memcached', () => {
  it('are paired first in, first out, however they are cut', () => {
    expect(told(...MEMCACHED_SAMPLE.steps)).toEqual(MEMCACHED_SAMPLE.calls);
    expect(told(...inPieces(MEMCACHED_SAMPLE.steps, 1))).toEqual(MEMCACHED_SAMPLE.calls);
  });

  it.each([
    ['delete a', 'DELETED', 'ok'],
    ['add a 0 0 1\r\nx', 'NOT_STORED', 'ok'],
    ['cas a 0 0 1 7\r\nx', 'EXISTS', 'ok'],
    ['touch a 1', 'TOUCHED', 'ok'],
    ['incr a 1', '18446744073709551615', 'ok'],
    ['version', 'VERSION 1.6.18', 'ok'],
    ['mg a', 'EN', 'ok'],
    ['me a', 'ME a exp=-1', 'ok'],
    ['stats', 'STAT pid 1\r\nSTAT x y\r\nEND', 'ok'],
    ['lru_crawler metadump all', 'key=a exp=-1\r\nEND', 'ok'],
    ['slabs reassign 1 2', 'BUSY currently processing reassign request', 'ok'],
    ['get a', 'SERVER_ERROR out of memory writing get response', 'server_error SERVER_ERROR'],
    ['get a', 'ERROR', 'client_error ERROR'],
    ['get a', 'ERROR Too many open connections', 'server_error ERROR'],
    ['set a 0 0 x', 'CLIENT_ERROR bad command line format', 'client_error CLIENT_ERROR'],
    ['ms a S1', 'CLIENT_ERROR bad data chunk', 'client_error CLIENT_ERROR'],
    ['', 'ERROR', 'client_error ERROR'],
  ])('%s: %s', (line, said, expected) => {
    const [name = ''] = line.split(' ');
    expect(told(client(`${line}\r\n`), server(`${said}\r\n`))).toEqual([
      `${name === '' ? 'unknown' : name} ${expected}`,
    ]);
  });

  it('say why', () => {
    const [call] = callsOf([client('get a\r\n'), server('SERVER_ERROR no memory\r\n')], make);
    expect(call?.reason).toBe('Memcached: SERVER_ERROR no memory');
  });

  it('may want no answer', () => {
    expect(
      told(
        client('set a 0 0 1 noreply\r\nx\r\ndelete a noreply\r\nget a\r\nquit\r\n'),
        server('END\r\n'),
        end('server'),
      ),
    ).toEqual(['set ok low', 'delete ok low', 'get ok']);
  });

  it('may refuse a connection before anything is asked', () => {
    expect(told(server('ERROR Too many open connections\r\n'), end('server'))).toEqual([
      'connect server_error ERROR',
    ]);
  });

  it('are no answers any more after a watch', () => {
    expect(told(client('watch\r\n'), server('OK\r\n'), server('ts=1 gid=1 anything\r\n'))).toEqual([
      'watch ok',
    ]);
    expect(told(client('watch\r\n'), server('ERROR\r\n'))).toEqual(['watch client_error ERROR']);
  });

  it('that nobody asked for answer nothing', () => {
    expect(told(client('get a\r\n'), server('END\r\nEND\r\n'))).toEqual(['get ok']);
  });

  it('may end in the middle of an answer', () => {
    const steps = [client('get a b\r\n'), server('VALUE a 0 1\r\nx\r\n')];
    expect(told(...steps, end('server'))).toEqual(['get transport_error tcp.truncated']);
    expect(told(...steps, reset('client', 1_000))).toEqual(['get timeout tcp.client_abort']);
    expect(told(client('get a\r\n'), server('EN'), reset('server'))).toEqual([
      'get transport_error tcp.reset',
    ]);
  });

  it('that are none of this protocol are passed over', () => {
    expect(
      told(
        client('\u0001\u0002\r\n'),
        client('rest\r\n'),
        client('get a\r\n'),
        server('what is this\r\n'),
        server('no line'),
        client('get b\r\n'),
        server('END\r\n'),
        client('get c\r\n'),
        server('VALUE c 0 1\r\nx\r\nEND\r\n'),
        client('get d\r\n'),
        server('VALUE d 0 1\r\nx\r\nEND\r\n'),
      ).at(-1),
    ).toBe('get ok low');
    expect(
      told(client('get a\r\n'), server('?', 0, 9), client('get b\r\n'), server('EN\r\n')),
    ).toEqual(['get unknown bytes_lost low', 'get ok low']);
  });
});

describe('quiet commands of Memcached', () => {
  const QUIET = client('mg a v q\r\nms b 1 q\r\nx\r\nmd c q\r\n');

  it('have gone well when nothing was said before what was asked after them', () => {
    expect(told(QUIET, client('mn\r\n'), server('VA 1\r\nx\r\nMN\r\n'))).toEqual([
      'mg ok',
      'ms ok',
      'md ok',
      'mn ok',
    ]);
    expect(
      told(client('mg a q\r\n'), client('get b\r\n'), client('mn\r\n'), server('MN\r\n'))[0],
    ).toBe('mg ok');
  });

  it('fail when the only one is answered by an error, and are unknown when there are more', () => {
    const failed = server('SERVER_ERROR out of memory\r\n');
    expect(told(client('ms b 1 q\r\nx\r\nmn\r\n'), failed, server('MN\r\n'))).toEqual([
      'ms server_error SERVER_ERROR',
      'mn ok',
    ]);
    expect(told(QUIET, failed, client('mn\r\n'), server('MN\r\n'))).toEqual([
      'mg unknown memcached.quiet',
      'ms unknown memcached.quiet',
      'md unknown memcached.quiet',
      'mn ok',
    ]);
  });

  it('before another command make it unknown whose an answer is', () => {
    expect(told(client('mg a q\r\nget b\r\n'), server('END\r\n'))).toEqual([
      'mg unknown bytes_lost low',
      'get unknown bytes_lost low',
    ]);
    expect(told(client('get b\r\n'), client('mg a q\r\n'), server('END\r\n'))[0]).toBe('get ok');
  });

  it('are not followed beyond a number', () => {
    const many = 'mg a q\r\n'.repeat(4_097);
    expect(told(client(many))[0]).toBe('mg unknown memcached.limit');
  });

  it('are unknown after losses', () => {
    expect(
      told(client('x', 0, 9), client('mg a q\r\n'), QUIET, client('mn\r\n'), server('MN\r\n')),
    ).toContain('mg unknown bytes_lost low');
    expect(told(QUIET, client('', 0, 9))[0]).toBe('mg unknown bytes_lost low');
  });
});

describe('the binary protocol of Memcached', () => {
  it('is paired by kind and number, however it is cut', () => {
    const { steps, calls } = MEMCACHED_BINARY_SAMPLE;
    expect(told(...steps)).toEqual(calls);
    expect(told(...inPieces(steps, 1))).toEqual(calls);
  });

  it.each([
    [0x01, 'ok'],
    [0x02, 'client_error KEY_EXISTS'],
    [0x20, 'client_error AUTHENTICATION_ERROR'],
    [0x21, 'ok'],
    [0x81, 'client_error UNKNOWN_COMMAND'],
    [0x82, 'server_error OUT_OF_MEMORY'],
    [0x86, 'server_error TEMPORARY_FAILURE'],
    [0x99, 'client_error status_153'],
  ])('status %i', (status, expected) => {
    expect(told(client(ask(0)), server(answer(0, 0, status)))).toEqual([
      `get ${status} ${expected}`,
    ]);
  });

  it('says why', () => {
    const [call] = callsOf([client(ask(0)), server(answer(0, 0, 4, 'Invalid arguments'))], make);
    expect(call?.reason).toBe('Memcached INVALID_ARGUMENTS (4): Invalid arguments');
  });

  it('does not answer a quit, nor a quiet one that has nothing to say', () => {
    expect(
      told(client(bytes(ask(0x07), ask(0x09, 1), ask(0x0a, 2))), server(answer(0x0a, 2))),
    ).toEqual(['get ok', 'noop 0 ok']);
  });

  it('leaves unknown what is answered out of order, or after a loss', () => {
    expect(told(client(ask(0, 1)), server(answer(0, 2)))).toEqual(['get unknown bytes_lost low']);
    expect(
      told(
        client(ask(0x09, 1), 0, 9),
        server(answer(0, 8)),
        client(ask(0, 2)),
        server(answer(1, 7)),
        client(ask(0, 3)),
        server(answer(0, 3)),
      ),
    ).toEqual(['get unknown bytes_lost low', 'get unknown bytes_lost low', 'get 0 ok low']);
    const long = answer(0, 1, 0, 'x'.repeat(900));
    expect(
      told(client(ask(0, 1)), server(long.subarray(0, 600)), server(long.subarray(700), 0, 100)),
    ).toEqual(['get 0 ok low']);
  });

  it.each([
    binary(0x81, 0x20, 0, { key: 'k' }),
    binary(0x80, 0x1f),
    binary(0x80, 0x77),
    bytes(ask(0).subarray(0, 5), 1, ask(0).subarray(6)),
    binary(0x80, 0, 0, { key: 'k'.repeat(251) }),
    bytes(ask(0).subarray(0, 8), 0, 0, 0, 0, ask(0).subarray(12)),
    bytes(ask(0).subarray(0, 8), 0x7f, 0, 0, 0, ask(0).subarray(12)),
  ])('passes over what is none: %#', (noise) => {
    expect(told(client(ask(0, 1)), client(noise), server(answer(0, 1)))[0]).toBe('get 0 ok low');
    expect(told(client(ask(0, 1)), client(noise), client(ask(2, 2)))).toHaveLength(2);
  });
});

describe('a connection to Memcached', () => {
  it('that says nothing has no calls', () => {
    const { calls, decoder } = recorder(make);
    expect(decoder.openCalls(START_US)).toEqual([]);
    decoder.onClientEnd(START_US);
    decoder.onServerEnd(START_US);
    decoder.onReset('client', START_US);
    decoder.onCaptureEnd(START_US);
    expect(calls).toEqual([]);
  });

  it('tells what is open', () => {
    const { decoder } = recorder(make);
    decoder.onClientBytes(bytesOf('get a\r\n'), START_US);
    decoder.onClientEnd(START_US);
    expect(decoder.openCalls(START_US + 1_000).map((call) => brief(call))).toEqual([
      'get cancelled tcp.client_abort',
    ]);
  });
});

describe('recognising Memcached', () => {
  it.each([
    ['get a\r\n', '', 'yes'],
    ['set a 0 0 1\r\nx\r\n', '', 'yes'],
    ['mg a v\r\n', '', 'yes'],
    ['version\r\n', '', 'maybe'],
    ['version\r\n', 'VERSION 1.6\r\n', 'yes'],
    ['version\r\n', '+OK\r\n', 'no'],
    ['stats items\r\n', 'STAT items:1 1\r\n', 'yes'],
    ['set a', '', 'maybe'],
    ['', '', 'maybe'],
    ['', 'VALUE a 0 5\r\nhello\r\n', 'yes'],
    ['', 'ERROR Too many open connections\r\n', 'yes'],
    ['', 'END\r\n', 'no'],
    ['GET / HTTP/1.1\r\n', '', 'no'],
    ['GET / HT', '', 'no'],
    ['hello there\r\n', '', 'no'],
  ])('%j and %j: %s', (asked, said, expected) => {
    expect(MEMCACHED_DETECTOR.detect(bytesOf(asked), bytesOf(said))).toBe(expected);
  });

  it.each([
    [ask(0), bytes(), 'yes'],
    [ask(0).subarray(0, 20), bytes(), 'maybe'],
    [bytes(), answer(0), 'yes'],
    [binary(0x80, 0x7f), bytes(), 'no'],
    [bytes(), binary(0x81, 0x7f), 'no'],
    [bytesOf('x'), answer(0), 'no'],
  ])('%# in the binary protocol', (asked, said, expected) => {
    expect(MEMCACHED_DETECTOR.detect(asked, said)).toBe(expected);
  });
});
