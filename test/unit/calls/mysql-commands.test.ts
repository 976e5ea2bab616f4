import { describe, expect, it } from 'vitest';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import {
  brief,
  callsOf,
  client,
  end,
  play,
  recorder,
  reset,
  server,
  START_US,
} from '../../support/conversations.ts';
import {
  ATTRIBUTES,
  column,
  command,
  eof,
  error,
  execute,
  greeting,
  int16LE,
  MYSQL_SAMPLE,
  NO_EOF,
  ok,
  okEnd,
  oldRows,
  packet,
  prepared,
  query,
  rows,
  signIn,
} from '../../support/samples/mysql.ts';
import { bytes, int32LE } from '../../support/samples/sample.ts';
import { make, SIGNED_IN, told, asked, reasonOf } from '../../support/mysql-talk.ts';

describe('commands of MySQL', () => {
  it('are told with their answers', () => {
    expect(told(...MYSQL_SAMPLE.steps)).toEqual(MYSQL_SAMPLE.calls);
  });

  it.each([
    [1146, '42S02', 'client_error'],
    [1048, '23000', 'client_error'],
    [1364, 'HY000', 'client_error'],
    [1644, '45000', 'client_error'],
    [1205, 'HY000', 'timeout'],
    [1969, '70100', 'timeout'],
    [3024, 'HY000', 'timeout'],
    [1317, '70100', 'cancelled'],
    [1213, '40001', 'server_error'],
    [1203, '42000', 'server_error'],
    [1290, 'HY000', 'server_error'],
    [2013, 'HY000', 'server_error'],
  ])('that end with %i (%s) are %s', (code, state, outcome) => {
    expect(asked(client(query('COMMIT')), server(error(code, state, 'x')))).toEqual([
      `COMMIT ${code} ${outcome} ${code}`,
    ]);
  });

  it('fail with the text of the server and of the statement, without values', () => {
    const sql = "SELECT * FROM a WHERE b = \"secret\" AND c = 'it''s' AND `d` = \"";
    expect(reasonOf(sql, error(1146, '42S02', "Table 'shop.a' doesn't exist"))).toBe(
      "MySQL 1146 (42S02): Table 'shop.a' doesn't exist, in: SELECT * FROM a WHERE b = ? AND c = ? AND `d` = ?",
    );
  });

  it.each([
    ["Duplicate entry 'bob' for key 'name'", "Duplicate entry '?' for key 'name'"],
    [
      "Incorrect integer value: 'bob' for column 'n'",
      "Incorrect integer value: '?' for column 'n'",
    ],
    ["Truncated incorrect DOUBLE value: 'bob'", "Truncated incorrect DOUBLE value: '?'"],
    ["syntax to use near 'bob' at line 1", "syntax to use near '?' at line 1"],
  ])('do not repeat values: %s', (text, shown) => {
    expect(reasonOf('DO 1', error(1366, '22007', text))).toBe(
      `MySQL 1366 (22007): ${shown}, in: DO 1`,
    );
  });

  it('may have several results, of which any may fail', () => {
    expect(
      asked(
        client(query('SELECT 1; SELECT 2; DO 3')),
        server(bytes(rows(10), rows(10, 5), ok(9))),
        client(query('SELECT 1; SELECT 2')),
        server(bytes(rows(10), error(1146, '42S02', 'no', 5))),
        client(query('SELECT 1; DO 2')),
        server(bytes(ok(1, 10), rows(2, 2))),
      ),
    ).toEqual(['SELECT ok', 'SELECT 1146 client_error 1146', 'SELECT ok']);
  });

  it('may fail in the middle of their rows', () => {
    expect(
      asked(
        client(query('SELECT 1 FROM a')),
        server(
          bytes(packet(1, 1), column(2), packet(3, 1, 'x'), error(1317, '70100', 'killed', 4)),
        ),
      ),
    ).toEqual(['SELECT a 1317 cancelled 1317']);
  });

  it.each([
    ['with EOFs', oldRows()],
    ['with EOFs and no rows', bytes(packet(1, 1), column(2), eof(3), eof(4))],
    ['of a cursor', bytes(packet(1, 1), column(2), eof(3, 0x42))],
    [
      'with a sign before that nothing is defined',
      bytes(packet(1, 0, 5), packet(2, 1, 'x'), okEnd(3)),
    ],
    [
      'with a sign behind that nothing is defined',
      bytes(packet(1, 5, 0), packet(2, 1, 'x'), okEnd(3)),
    ],
    ['with a sign that all is', bytes(packet(1, 1, 2), column(2), column(3), okEnd(4))],
    ['of one column with a sign', bytes(packet(1, 1, 1), column(2), okEnd(3))],
    [
      'of many columns',
      bytes(
        packet(1, 0xfc, 1, 1),
        ...Array.from({ length: 257 }, (_, at) => column(at + 2)),
        okEnd(259),
      ),
    ],
    ['nothing but an old end', packet(1, 0xfe)],
    ['an end as of old', eof(1)],
    ['many rows changed', packet(1, 0, 0xfd, 1, 0, 0, 0xfe, int32LE(1), int32LE(1), 2, 0, 0, 0)],
    ['progress and then an OK', bytes(error(0xffff, 'HY000', 'x'), ok(2))],
  ])('may have a result %s', (_, answer) => {
    expect(asked(client(query('SELECT 1')), server(answer))).toEqual(['SELECT ok']);
  });

  it.each([
    ['no columns', packet(1, 0xfc, 0, 0)],
    ['more than a number of columns', packet(1, 5, 1, 1)],
    ['too large a number', packet(1, 0xfd, 1, 0, 0, 9, 9)],
    ['nothing', packet(1)],
    ['a number out of order', packet(2, 1)],
    ['a row out of order', bytes(packet(1, 1), column(2), packet(7, 1, 'x'))],
    ['a cut error', packet(1, 0xff)],
    ['a cut preparation', packet(1, 0, 1)],
  ])('are unknown when they are answered by %s', (_, answer) => {
    expect(asked(client(command(0x16, 'SELECT 1')), server(answer))).toEqual([
      'PREPARE SELECT unknown bytes_lost low',
    ]);
  });

  it('send files that the server asks for', () => {
    expect(
      asked(
        client(query('LOAD DATA LOCAL INFILE "x" INTO TABLE a')),
        server(packet(1, 0xfb, 'x')),
        client(bytes(packet(2, '1,2\n'), packet(0, 3, 'SELECT 1'), packet(4))),
        server(ok(5)),
        client(query('LOAD DATA LOCAL INFILE "x" INTO TABLE a')),
        server(packet(1, 0xfb, 'x')),
        client(packet(2)),
        server(error(1148, '42000', 'not allowed', 3)),
        client(query('LOAD DATA LOCAL INFILE "x" INTO TABLE a')),
        server(packet(1, 0xfb, 'x')),
        server(packet(2, 1)),
      ),
    ).toEqual(['LOAD ok', 'LOAD 1148 client_error 1148', 'LOAD unknown bytes_lost low']);
  });

  it('may be longer than a packet', () => {
    const full = bytes(
      0xff,
      0xff,
      0xff,
      0,
      3,
      `INSERT INTO a VALUES ('${'x'.repeat(0xff_ffff - 24)}`,
    );
    const call = callsOf(
      [
        ...SIGNED_IN,
        client(full.subarray(0, 10_000_000)),
        client(full.subarray(10_000_000)),
        client(packet(1, "x')")),
        server(
          bytes(packet(2, 1), column(3), bytes(0xff, 0xff, 0xff, 4, new Uint8Array(0xff_ffff))),
        ),
        server(bytes(packet(5, 'rest'), okEnd(6))),
      ],
      make,
    );
    expect(call.map((each) => brief(each))).toEqual(['CONNECT shop ok', 'INSERT a ok']);
  });

  it('are none when they are empty, not the first of their number, or only data', () => {
    const long = bytes(0xff, 0xff, 0xff, 0, 0x18, new Uint8Array(0xff_fffe));
    const calls = callsOf(
      [...SIGNED_IN, client(bytes(packet(0), packet(3, 3, 'DO 1'), long, packet(1, 'x')))],
      make,
    );
    expect(calls).toHaveLength(1);
  });

  it('that are too long are told with the word of the server, though not all was sent', () => {
    const begin = bytes(0xff, 0xff, 0x7f, 0, 3, `INSERT INTO a VALUES ('${'x'.repeat(9_000)}`);
    expect(
      callsOf(
        [
          ...SIGNED_IN,
          client(begin),
          server(error(1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes", 9)),
          end('server'),
        ],
        make,
      ).map((each) => brief(each)),
    ).toEqual(['CONNECT shop ok', 'INSERT a 1153 client_error 1153']);
  });

  it('are prepared once, and known by the number that the server gives', () => {
    expect(
      told(
        server(greeting()),
        client(signIn('shop')),
        server(ok(2)),
        client(command(0x16, 'SELECT * FROM a WHERE b = ?')),
        server(bytes(prepared(7, 1, 1), column(2), eof(3), column(4), eof(5))),
        client(execute(7)),
        server(oldRows()),
        client(command(0x18, int32LE(7), 0, 0, 'long')),
        client(command(0xfa, int32LE(7), 0, 0)),
        server(ok()),
        client(command(0x1c, int32LE(7), int32LE(1))),
        server(bytes(packet(1, 0, 0, 'x'), eof(2))),
        client(command(0x1c, int32LE(7), int32LE(1))),
        server(eof(1)),
        client(bytes(command(0x19, int32LE(7)), execute(7))),
        server(error(1243, 'HY000', 'Unknown prepared statement handler')),
        client(command(0x16, 'DO 1')),
        server(prepared(8, 0, 0)),
        client(command(0x16, 'DO ?')),
        server(packet(1, 0, int32LE(9), int16LE(0), int16LE(1), 0, 0, 0, 0)),
        client(bytes(command(0x1f), execute(9))),
        server(bytes(ok(), error(1243, 'HY000', 'x'))),
      ).slice(1),
    ).toEqual([
      'PREPARE SELECT a ok',
      'SELECT a ok',
      'SELECT a ok',
      'FETCH ok',
      'FETCH ok',
      'unknown 1243 client_error 1243',
      'PREPARE DO ok',
      'PREPARE DO ok',
      'RESET ok',
      'unknown 1243 client_error 1243',
    ]);
  });

  it('may be executed before it is known which number was given', () => {
    expect(
      asked(
        client(bytes(command(0x16, 'SELECT 1 FROM a'), execute(0xffff_ffff))),
        server(bytes(prepared(1, 1, 0), column(2), rows())),
      ),
    ).toEqual(['PREPARE SELECT a ok', 'SELECT a ok']);
  });

  it('are remembered up to a number', () => {
    const many = Array.from({ length: 1_001 }, (_, at) => [
      client(command(0x16, 'DO 1')),
      server(prepared(at, 0, 0)),
    ]).flat();
    const calls = callsOf([...SIGNED_IN, ...many, client(execute(1)), server(ok())], make);
    expect(calls.map((call) => brief(call)).at(-1)).toBe('unknown ok');
  });

  it.each([
    [command(0x02, 'other'), ok(), 'USE other ok'],
    [command(0x02, 'not a name'), ok(), 'USE ok'],
    [command(0x0e), ok(), 'PING ok'],
    [command(0x09), packet(1, 'Uptime: 5'), 'STATISTICS ok'],
    [command(0x04, 'a', 0), bytes(column(1), eof(2)), 'FIELD_LIST ok'],
    [command(0x7f), error(1047, '08S01', 'Unknown command'), 'unknown 1047 client_error 1047'],
  ])('%# have names', (request, answer, expected) => {
    expect(asked(client(request), server(answer))).toEqual([expected]);
  });

  it('may carry attributes', () => {
    const values = [
      1,
      int16LE(1),
      1,
      'a',
      int16LE(254),
      1,
      'b',
      int16LE(10),
      1,
      'c',
      int16LE(3),
      1,
      'd',
    ];
    const given = [7, 2, 'xy', 4, 1, 2, 3, 4];
    const attributes = bytes(4, 1, 0b1000, ...values, ...given);
    const text = 'SELECT 1 FROM a';
    const steps = [
      server(greeting(NO_EOF | ATTRIBUTES)),
      client(signIn('shop', NO_EOF | ATTRIBUTES)),
      server(ok(2)),
      client(packet(0, 3, attributes, text)),
      server(rows()),
      client(packet(0, 3, 0, 1, text)),
      server(rows()),
      client(packet(0, 3, 1, 1, 0, 0, text)),
      server(rows()),
    ];
    expect(told(...steps)).toEqual(['CONNECT shop ok', 'SELECT a ok', 'SELECT a ok', 'SQL ok']);
  });

  it('may be sent before the answers to those before', () => {
    expect(
      asked(
        client(bytes(query('SELECT 1 FROM a'), query('SELECT 1 FROM b'), query('SELECT 1 FROM c'))),
        server(bytes(rows(), error(1146, '42S02', 'no'), rows())),
      ),
    ).toEqual(['SELECT a ok', 'SELECT b 1146 client_error 1146', 'SELECT c ok']);
  });

  it('are not followed beyond a number', () => {
    const many = bytes(...Array.from({ length: OPEN_MAX + 1 }, () => command(0x0e)));
    const calls = callsOf([...SIGNED_IN, client(many), server(ok())], make);
    expect(calls.filter((call) => call.errorType === 'mysql.limit')).toHaveLength(OPEN_MAX);
  });

  it.each([
    [end('server'), 'SELECT a transport_error tcp.truncated'],
    [reset('server'), 'SELECT a transport_error tcp.reset'],
    [end('client', 2_000), 'SELECT a timeout tcp.client_abort'],
  ])('%# may never be answered to the end', (last, expected) => {
    const part = bytes(packet(1, 1), column(2), packet(3, 1, 'x'));
    expect(asked(client(query('SELECT 1 FROM a')), server(part), last)).toEqual([expected]);
    expect(asked(client(query('DO 1')), server(part.subarray(0, 3)), end('server'))).toEqual([
      'DO transport_error tcp.truncated',
    ]);
  });

  it('are open until they are answered', () => {
    const { decoder } = recorder(make);
    play(decoder, [...SIGNED_IN, client(query('DO 1')), server(ok().subarray(0, 6))]);
    expect(decoder.openCalls(START_US).map((call) => brief(call))).toEqual(['DO unknown tcp.open']);
  });

  it('are not answered by what the server says on its own', () => {
    expect(asked(server(error(1927, '70100', 'Connection was killed')), end('server'))).toEqual([]);
    expect(
      asked(server(error(1927, '70100', 'x'), 5), client(query('DO 1'), 4), server(ok(), 6)),
    ).toEqual(['DO unknown bytes_lost low']);
  });
});
