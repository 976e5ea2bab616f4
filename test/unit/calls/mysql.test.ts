import { describe, expect, it } from 'vitest';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import type { ConnectionContext, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { MYSQL_DETECTOR } from '../../../src/domain/calls/protocols/mysql/mysql-detect.ts';
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
  ATTRIBUTES,
  column,
  command,
  COMPRESS,
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
  TLS,
  tlsWish,
} from '../../support/samples/mysql.ts';
import { bytes, int32LE } from '../../support/samples/sample.ts';

const make = (context: ConnectionContext): Decoder => MYSQL_DETECTOR.create(context);
const SIGNED_IN = [server(greeting()), client(signIn('shop', NO_EOF)), server(ok(2))];

function told(...steps: readonly Step[]): readonly string[] {
  const calls = callsOf(steps, make);
  const isWhole = steps.every((step) => step.kind !== 'bytes' || step.lost === 0);
  expect(isWhole ? callsOf(inPieces(steps, 1), make) : calls).toEqual(calls);
  return calls.map((call) => brief(call));
}

/** The same after somebody has signed in. */
function asked(...steps: readonly Step[]): readonly string[] {
  return told(...SIGNED_IN, ...steps).slice(1);
}

function reasonOf(sql: string, answer: Uint8Array): string | null | undefined {
  return callsOf([...SIGNED_IN, client(query(sql)), server(answer)], make)[1]?.reason;
}

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
