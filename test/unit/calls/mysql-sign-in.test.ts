import { describe, expect, it } from 'vitest';
import { MYSQL_DETECTOR } from '../../../src/domain/calls/protocols/mysql/mysql-detect.ts';
import { callsOf, client, end, reset, server, START_US } from '../../support/conversations.ts';
import {
  column,
  command,
  COMPRESS,
  error,
  execute,
  greeting,
  int16LE,
  NO_EOF,
  ok,
  packet,
  prepared,
  query,
  rows,
  signIn,
  TLS,
  tlsWish,
} from '../../support/samples/mysql.ts';
import { bytes, int32LE } from '../../support/samples/sample.ts';
import { make, told, asked } from '../../support/mysql-talk.ts';

describe('signing in to MySQL', () => {
  it('lasts from the connection to the word of the server', () => {
    const [call] = callsOf(
      [server(greeting(), 5), client(signIn('shop'), 6), server(ok(2), 9)],
      make,
    );
    expect(call).toMatchObject({
      protocol: 'mysql',
      operation: 'CONNECT shop',
      outcome: 'ok',
      startedAtUs: START_US,
      firstByteAtUs: START_US + 9_000,
    });
  });

  it('may take questions and answers', () => {
    expect(
      told(
        server(greeting()),
        client(signIn(null, 0x20_0000)),
        server(packet(2, 0xfe, 'caching_sha2_password', 0, 'salt')),
        client(packet(3, 'secret')),
        server(packet(4, 1, 4)),
        client(packet(5, 2)),
        server(packet(6, 1, '-----BEGIN PUBLIC KEY-----')),
        client(packet(7, 'encrypted')),
        server(ok(8)),
      ),
    ).toEqual(['CONNECT ok']);
  });

  it.each([
    [1045, '28000', 'CONNECT shop 1045 client_error 1045'],
    [1049, '42000', 'CONNECT shop 1049 client_error 1049'],
  ])('fails by %i', (code, state, expected) => {
    expect(
      told(
        server(greeting()),
        client(signIn('shop')),
        server(error(code, state, 'no', 2)),
        end('server'),
      ),
    ).toEqual([expected]);
  });

  it('may be refused before anybody has said who he is', () => {
    const [call] = callsOf([server(error(1040, '', 'Too many connections', 0)), end('server')]);
    expect(call).toMatchObject({
      operation: 'CONNECT',
      outcome: 'server_error',
      status: 1040,
      reason: 'MySQL 1040: Too many connections',
    });
    expect(told(server(greeting()), server(error(1159, '08S01', 'slow', 1)))).toEqual([
      'CONNECT 1159 server_error 1159',
    ]);
  });

  it('is not known to have gone well when it is encrypted', () => {
    const hello = Uint8Array.of(22, 3, 1, 0, 2, 1, 0);
    expect(
      told(
        server(greeting()),
        client(bytes(tlsWish(), hello)),
        server(Uint8Array.of(21, 3, 3, 0, 2, 2, 40)),
        end('server'),
        end('client'),
      ),
    ).toEqual(['CONNECT unknown mysql.encrypted', 'TLS cart transport_error tls.alert']);
  });

  it('tells no request of a compressed connection, and how it ends', () => {
    const begun = [
      server(greeting(NO_EOF | COMPRESS)),
      client(signIn('shop', COMPRESS)),
      server(bytes(ok(2), 'rest')),
    ];
    expect(told(...begun, client('x'), server('y'), end('client'), end('server'))).toEqual([
      'CONNECT shop ok',
      'connect unknown mysql.compressed',
    ]);
    expect(told(...begun, client('x'), reset('server'))[1]).toBe(
      'connect transport_error tcp.reset',
    );
    expect(
      told(
        server(greeting(COMPRESS)),
        client(signIn('shop', COMPRESS)),
        server(error(1045, '28000', 'no', 2)),
      ),
    ).toEqual(['CONNECT shop 1045 client_error 1045']);
  });

  it.each([
    [end('client'), 'checkout closed the connection without signing in'],
    [end('server'), 'cart closed the connection before checkout signed in'],
    [reset('client'), 'checkout closed the connection without signing in'],
  ])('that nobody does is not known to be a failure: %#', (step, reason) => {
    const [call] = callsOf([server(greeting()), step], make);
    expect(call).toMatchObject({ outcome: 'unknown', errorType: 'tcp.unanswered', reason });
  });

  it('says that the server offers no TLS when the client leaves for it', () => {
    const [call] = callsOf([server(greeting(0)), end('client')], make);
    expect(call?.reason).toBe(
      'checkout closed the connection without signing in (cart offers no TLS)',
    );
  });

  it('is open when the recording ends before', () => {
    expect(told(server(greeting()))).toEqual(['CONNECT unknown tcp.open']);
    expect(told(server(greeting()), client(signIn('shop')))).toEqual([
      'CONNECT shop unknown no_response',
    ]);
  });

  it('may be that of old clients', () => {
    const old = (capabilities: number, ...rest: readonly (string | number)[]): Uint8Array =>
      packet(1, int16LE(capabilities), 0, 0, 0, ...rest);
    expect(told(server(greeting()), client(old(8, 'me', 0, 'key', 0, 'shop', 0)))).toEqual([
      'CONNECT shop unknown no_response',
    ]);
    expect(told(server(greeting()), client(old(0x800))).slice(0, 1)).toEqual([
      'CONNECT unknown mysql.encrypted',
    ]);
    const noSecret = packet(1, int32LE(0x208), new Uint8Array(28), 'me', 0, 'key', 0, 'db', 0);
    expect(told(server(greeting()), client(noSecret))).toEqual(['CONNECT db unknown no_response']);
  });

  it('that makes no sense is not known to have gone well', () => {
    expect(told(server(greeting()), client(signIn('shop')), server(packet(2, 7)))).toEqual([
      'CONNECT shop unknown bytes_lost low',
    ]);
    expect(told(server(packet(0, 9, 'x')))).toEqual([]);
  });

  it('happens again when the user changes', () => {
    expect(
      asked(
        client(command(0x16, 'SELECT 1 FROM a')),
        server(bytes(prepared(1, 1, 0), column(2))),
        client(command(0x11, 'me', 0)),
        server(packet(1, 0xfe, 'plugin', 0)),
        client(packet(2, 'key')),
        server(ok(3)),
        client(execute(1)),
        server(error(1243, 'HY000', 'Unknown prepared statement handler')),
      ),
    ).toEqual(['PREPARE SELECT a ok', 'CHANGE_USER ok', 'unknown 1243 client_error 1243']);
  });
});

describe('recognising MySQL', () => {
  const nothing = bytes();
  const detect = (asked_: Uint8Array, said: Uint8Array = nothing): string =>
    MYSQL_DETECTOR.detect(asked_, said);

  it('waits for all of a greeting', () => {
    const whole = greeting();
    const seen = Array.from(whole, (_, length) => detect(nothing, whole.subarray(0, length)));
    const known = seen.indexOf('yes');
    expect(known).toBeGreaterThan(30);
    expect(new Set(seen.slice(0, known))).toEqual(new Set(['maybe']));
    expect(new Set(seen.slice(known))).toEqual(new Set(['yes']));
    expect(detect(query('SELECT 1'), bytes(0x48, 0x54, 0x54, 0x50))).toBe('yes');
    expect(detect(signIn('shop'), greeting(TLS, '5.7.44-log'))).toBe('yes');
  });

  it.each([
    [error(1040, '', 'Too many connections', 0), 'yes'],
    [error(1040, '', 'Too many connections', 0).subarray(0, 9), 'maybe'],
    [error(1, '', 'Too many connections', 0), 'no'],
    [error(5_000, '', 'Too many connections', 0), 'no'],
    [error(1040, '', 'Too \0 connections', 0), 'no'],
    [error(1064, '42000', 'syntax'), 'yes'],
    [error(1064, '', 'syntax of it'), 'no'],
    [rows(), 'yes'],
    [ok(), 'no'],
    [packet(0, 10, 'x'.repeat(20)), 'no'],
    [packet(0, 10, '5.7', 0, 'x'.repeat(12), 7, 'and more of it'), 'no'],
    [packet(0, 9, 'x'), 'no'],
    [packet(0, 11, '5.7', 0, 'x'.repeat(50)), 'no'],
    [packet(5, 'something'), 'no'],
    [bytes(0x48, 0x54, 0x54), 'no'],
    [bytes(0x48, 0x54, 0x54, 0x50), 'no'],
  ])('%# tells by what a server says', (said, expected) => {
    expect(detect(nothing, said)).toBe(expected);
  });

  it.each([
    [query('SELECT 1'), 'yes'],
    [query('/* x */ insert into a values (1)'), 'yes'],
    [packet(0, 3, 0, 1, 'SELECT 1'), 'yes'],
    [query(`SELECT '${'x'.repeat(9_000)}'`).subarray(0, 512), 'yes'],
    [command(0x16, 'UPDATE a SET b = ?'), 'yes'],
    [execute(3), 'yes'],
    [command(0x17, int32LE(3), 0, int32LE(2)), 'no'],
    [query('SELECTED'), 'no'],
    [query('hello'), 'no'],
    [command(0x0e), 'no'],
    [command(0x02, 'shop'), 'no'],
    [query('SELECT 1').subarray(0, 9), 'no'],
    [packet(1, 3, 'SELECT 1'), 'no'],
    [bytes(9, 0), 'maybe'],
    [bytes(9, 0, 0), 'maybe'],
    [bytes(9, 0, 9), 'no'],
    [nothing, 'maybe'],
  ])('%# tells by what a client asks', (request, expected) => {
    expect(detect(request)).toBe(expected);
  });
});
