import { describe, expect, it } from 'vitest';
import { brief, callsOf, client, end, server, type Step } from '../../support/conversations.ts';
import {
  column,
  command,
  eof,
  error,
  execute,
  greeting,
  ok,
  okEnd,
  oldRows,
  packet,
  prepared,
  query,
  rows,
  signIn,
} from '../../support/samples/mysql.ts';
import { bytes } from '../../support/samples/sample.ts';
import { make, SIGNED_IN, told } from '../../support/mysql-talk.ts';

const ASK = (table: string): Step => client(query(`SELECT 1 FROM ${table}`));

describe('losses in MySQL', () => {
  it('inside of rows and texts change nothing', () => {
    const long = packet(3, 0xfc, 0xff, 0xff, 'x'.repeat(9_000));
    expect(
      callsOf(
        [
          ...SIGNED_IN,
          ASK('a'),
          server(bytes(packet(1, 1), column(2), long.subarray(0, 40))),
          server(long.subarray(100), 0, 60),
          server(okEnd(4)),
          ASK('b'),
          server(bytes(packet(1, 1), column(2), long.subarray(0, 4_000))),
          server(long.subarray(4_100), 0, 100),
          server(okEnd(4)),
        ],
        make,
      ).map((call) => brief(call)),
    ).toEqual(['CONNECT shop ok', 'SELECT a ok low', 'SELECT b ok low']);
  });

  it.each([
    ['a head', [server(packet(1, 1).subarray(0, 3)), server(column(2), 0, 9)]],
    ['the kind of an answer', [server(ok().subarray(0, 4)), server('', 0, 7)]],
    ['its state', [server(ok().subarray(0, 6)), server('', 0, 5)]],
    ['the number of an error', [server(error(1, '42000', 'x').subarray(0, 6)), server('', 0, 8)]],
    ['the end', [server(rows().subarray(0, -11)), server('', 0, 11)]],
    [
      'the state of an end as of old',
      [server(bytes(packet(1, 1), column(2), eof(3)).subarray(0, -2)), server('', 0, 2)],
    ],
    ['the number of columns', [server(packet(1, 0xfc, 9, 9).subarray(0, 5)), server('', 0, 2)]],
  ])('of %s hide an answer', (_, steps) => {
    const calls = callsOf([...SIGNED_IN, ASK('a'), ...steps, ASK('b'), server(rows())], make);
    expect(calls.map((call) => brief(call))[1]).toMatch(
      /^SELECT a unknown (?:bytes_lost|tcp\.open) low$/u,
    );
  });

  it('of answers are over with the next question', () => {
    expect(
      told(
        ...SIGNED_IN,
        ASK('a'),
        server('??', 1, 50),
        server('more that is no answer'),
        ASK('b'),
        server(error(1146, '42S02', 'no')),
        ASK('c'),
        server(rows()),
      ).slice(1),
    ).toEqual([
      'SELECT a unknown bytes_lost low',
      'SELECT b 1146 client_error 1146 low',
      'SELECT c ok',
    ]);
  });

  it('of questions are over with the second that is answered', () => {
    expect(
      told(
        ...SIGNED_IN,
        client('??', 0, 50),
        server(rows()),
        ASK('a'),
        server(rows()),
        ASK('b'),
        server(oldRows()),
        ASK('c'),
        server(rows()),
      ).slice(1),
    ).toEqual(['SELECT a unknown bytes_lost low', 'SELECT b ok low', 'SELECT c ok']);
  });

  it('make a question less sure that has a hole', () => {
    const sql = query('SELECT * FROM orders');
    expect(
      callsOf(
        [
          ...SIGNED_IN,
          client(sql.subarray(0, 20)),
          server(rows()),
          client('', 0, sql.length - 20),
          server(rows()),
        ],
        make,
      ).map((call) => brief(call))[1],
    ).toBe('SELECT o unknown bytes_lost low');
  });

  it('at the beginning leave what comes later', () => {
    const late = [ASK('b'), server(rows()), ASK('c'), server(rows())];
    const calls = ['SELECT b unknown bytes_lost low', 'SELECT c ok low'];
    const sooner = ['SELECT b ok low', 'SELECT c ok'];
    expect(
      told(client(query('SELECT 1 FROM a'), 0, Infinity), server(rows()), ...late).slice(1),
    ).toEqual(sooner);
    expect(told(server('??', 0, 9), server(rows()), ...late)).toEqual(calls);
    expect(told(server(greeting()), client('?', 0, 9), server(ok(2)), ...late)).toEqual(calls);
    expect(told(server(greeting()), server(ok(2)), ...late)).toEqual(calls);
    const unseen = callsOf([client(query('DO 1')), server(ok()), ...late], make);
    expect(unseen.map((call) => brief(call))).toEqual([
      'DO unknown bytes_lost low',
      'SELECT b ok low',
      'SELECT c ok',
    ]);
  });

  it.each([
    [query('-- x'), true],
    [query('(SELECT 1)'), true],
    [packet(0, 3, 0, 1, 'SELECT 1'), true],
    [command(0x0e), true],
    [execute(4), true],
    [query('x'.repeat(9_000)).subarray(0, 4_200), true],
    [command(0x0e, 1), false],
    [command(0x17, 1), false],
    [command(0x7f), false],
    [command(3, 0, 2), false],
    [query('?'), false],
    [packet(1, 0x0e), false],
    [packet(0), false],
    [query('SELECT 1').subarray(0, 9), false],
  ])('of questions are over with a piece that begins one: %#', (piece, isOne) => {
    const calls = told(...SIGNED_IN, client(piece, 0, 9), end('server'));
    expect(calls).toHaveLength(isOne ? 2 : 1);
  });

  it.each([
    [error(1064, '42000', 'x'), true],
    [error(1064, '', 'what'), false],
    [ok(), true],
    [packet(1, 0, 'short'), false],
    [eof(1), true],
    [okEnd(1), true],
    [packet(1, 0xfe, 'other'), false],
    [packet(1, 5), true],
    [packet(1, 5, 1), true],
    [packet(1, 5, 0), true],
    [packet(1, 1, 5), true],
    [packet(1, 5, 5), false],
    [packet(2, 5), false],
  ])('of answers are over with a piece that begins one: %#', (piece, isOne) => {
    const steps = [...SIGNED_IN, server('?', 0, 9), ASK('a'), server(piece), end('server')];
    const [, call] = told(...steps);
    expect(call?.includes('bytes_lost')).toBe(!isOne);
  });

  it('while signing in leave open how it ended', () => {
    expect(
      told(server(greeting()), client(signIn('shop')), client('', 0, 5), server(ok(2))),
    ).toEqual(['CONNECT shop ok low']);
    expect(
      told(server(greeting()), client(signIn('shop')), server('', 0, 5), ASK('a'), server(rows())),
    ).toEqual(['CONNECT shop unknown bytes_lost low', 'SELECT a ok low']);
  });

  it('before the end of definitions was known to come do not confuse it with an answer', () => {
    expect(
      told(
        client(command(0x16, 'SELECT ?'), 0, Infinity),
        server(rows()),
        client(command(0x16, 'SELECT ?')),
        server(bytes(prepared(1, 0, 1), column(2), eof(3))),
        client(bytes(command(0x16, 'SELECT ?'), query('DO 1'))),
        server(bytes(prepared(2, 0, 1), column(2), eof(3), ok())),
        client(command(0x16, 'SELECT ?')),
        server(bytes(prepared(1, 0, 1), column(2), eof(3))),
      ),
    ).toEqual([
      'PREPARE SELECT unknown bytes_lost low',
      'PREPARE SELECT ok low',
      'PREPARE SELECT ok',
      'DO ok',
      'PREPARE SELECT ok',
    ]);
  });
});
