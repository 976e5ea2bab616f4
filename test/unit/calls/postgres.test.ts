import { describe, expect, it } from 'vitest';
import { POSTGRES_DETECTOR } from '../../../src/domain/calls/protocols/postgres/postgres-detect.ts';
import { UNANSWERED_MAX } from '../../../src/domain/calls/protocols/postgres/postgres.ts';
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
import { joinedBytes, uint32 } from '../../support/http2-frames.ts';
import {
  bind,
  BOUND,
  CANCEL,
  DESCRIBE,
  done,
  error,
  EXECUTE,
  parse,
  PARSED,
  pg,
  query,
  READY,
  ROWS,
  SSL,
  START,
  startup,
  SYNC,
  WELCOME,
} from '../../support/postgres-messages.ts';

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly calls: readonly string[];
  readonly reasons?: readonly (string | null)[];
}

const OPENED: readonly Step[] = [client(START), server(WELCOME, 1)];
const BATCH = (sql: string): Uint8Array => joinedBytes(parse(sql), bind(), DESCRIBE, EXECUTE);
const BATCH_ANSWER = joinedBytes(PARSED, BOUND, ROWS);

const SIGN_INS: readonly Case[] = [
  {
    title: 'is ok when the server is ready',
    steps: OPENED,
    calls: ['CONNECT shop ok'],
  },
  {
    title: 'fails by a wrong password',
    steps: [
      client(START),
      server(pg('R', uint32(10), 'SCRAM-SHA-256\0\0')),
      client(pg('p', 'secret')),
      server(error('28P01', 'password authentication failed for user "app"', 'FATAL'), 5),
      end('server', 5),
      end('client', 6),
    ],
    calls: ['CONNECT shop client_error 28P01'],
    reasons: ['Postgres 28P01: password authentication failed for user "app"'],
  },
  {
    title: 'fails by too many connections',
    steps: [
      client(START),
      server(error('53300', 'sorry, too many clients already', 'FATAL')),
      end('server'),
    ],
    calls: ['CONNECT shop server_error 53300'],
    reasons: ['Postgres 53300: sorry, too many clients already'],
  },
  {
    title: 'fails by a database that does not exist, named after the user',
    steps: [
      client(startup('user\0app')),
      server(error('3D000', 'database "app" does not exist', 'FATAL')),
      end('server'),
    ],
    calls: ['CONNECT app client_error 3D000'],
  },
  {
    title: 'goes on in plain text when TLS is refused',
    steps: [client(SSL), server('N'), client(START), server(WELCOME)],
    calls: ['CONNECT shop ok'],
  },
  {
    title: 'fails when the client wants TLS and nothing else',
    steps: [client(SSL), server('N', 3), end('client', 4), end('server', 5)],
    calls: ['CONNECT transport_error tls.plain_mismatch'],
    reasons: ['checkout wants TLS, which cart does not offer'],
  },
  {
    title: 'fails by an error in place of an answer about TLS',
    steps: [
      client(SSL),
      server(error('57P03', 'the database system is starting up')),
      end('server', 5),
    ],
    calls: ['CONNECT server_error 57P03'],
  },
  {
    title: 'is followed as TLS when that is granted',
    steps: [
      client(SSL),
      server('S'),
      client(Uint8Array.of(22, 3, 1, 0, 99, 1)),
      end('server', 5),
      end('client', 6),
    ],
    calls: ['CONNECT ok', 'TLS cart transport_error tls.silent_fail'],
  },
  {
    title: 'is closed by the server without a word',
    steps: [client(START), end('server', 5), end('client', 6)],
    calls: ['CONNECT shop transport_error tcp.closed_before_response'],
  },
  {
    title: 'is nothing when it is a wish to cancel',
    steps: [client(CANCEL), end('server', 5), end('client', 6)],
    calls: [],
  },
  {
    title: 'has no name when it says none',
    steps: [client(startup('options\0x')), server(WELCOME)],
    calls: ['CONNECT  ok'],
  },
];

const QUERIES: readonly Case[] = [
  {
    title: 'tells simple queries one after another, notices apart',
    steps: [
      client(query("select * from orders where id = 'x'")),
      server(joinedBytes(pg('N', 'SNOTICE\0Mhi\0\0'), ROWS, READY)),
      client(query('')),
      server(joinedBytes(pg('I'), READY)),
      client(pg('Q', 'begin')),
      server(joinedBytes(done('BEGIN'), READY)),
      client(joinedBytes(pg('F', uint32(1)))),
      server(joinedBytes(pg('V', uint32(0)), READY)),
    ],
    calls: ['SELECT orders ok', 'SQL ok', 'BEGIN ok', 'CALL ok'],
  },
  {
    title: 'tells an error with its statement, without values',
    steps: [
      client(query("INSERT INTO shop.orders VALUES ('secret', 'it''s')")),
      server(joinedBytes(error('42P01', 'relation "orders" does not exist'), READY)),
      client(query('SELECT 1')),
      server(joinedBytes(ROWS, READY)),
    ],
    calls: ['INSERT shop.orders client_error 42P01', 'SELECT ok'],
    reasons: [
      'Postgres 42P01: relation "orders" does not exist, in: INSERT INTO shop.orders VALUES (?, ?)',
      null,
    ],
  },
  {
    title: 'classes what the server says',
    steps: [
      ['57014', 'canceling statement due to statement timeout'],
      ['57014', 'canceling statement due to user request'],
      ['40P01', 'deadlock detected'],
      ['XX000', 'oops'],
      ['23505', 'duplicate key'],
      ['?', ''],
    ].flatMap(([code = '', message = '']) => [
      client(query('COMMIT')),
      server(joinedBytes(error(code, message), READY)),
    ]),
    calls: [
      'COMMIT timeout 57014',
      'COMMIT cancelled 57014',
      'COMMIT server_error 40P01',
      'COMMIT server_error XX000',
      'COMMIT client_error 23505',
      'COMMIT server_error XX000',
    ],
  },
  {
    title: 'does not need the code of an error that says none',
    steps: [client(query('VACUUM')), server(joinedBytes(pg('E', '\0'), READY))],
    calls: ['VACUUM server_error XX000'],
    reasons: ['Postgres XX000: , in: VACUUM'],
  },
  {
    title: 'puts a statement together from its messages, and remembers prepared ones',
    steps: [
      client(joinedBytes(parse('UPDATE ONLY "stock" SET n = $1', 's1'), pg('D', 'Ss1\0'), SYNC)),
      server(joinedBytes(PARSED, pg('t', [0, 0]), pg('n'), READY)),
      client(joinedBytes(bind('s1'), EXECUTE, SYNC)),
      server(joinedBytes(BOUND, done('UPDATE 1'), READY)),
      client(joinedBytes(bind('s9'), EXECUTE, pg('C', 'P\0'), SYNC)),
      server(joinedBytes(BOUND, pg('s'), pg('3'), READY)),
      client(joinedBytes(EXECUTE, SYNC)),
      server(joinedBytes(done(), READY)),
    ],
    calls: ['UPDATE stock ok', 'UPDATE stock ok', 'EXECUTE ok', 'EXECUTE ok'],
  },
  {
    title: 'gives each statement of a batch its own answer, and says which were skipped',
    steps: [
      client(
        joinedBytes(BATCH('select 1 from a'), BATCH('delete from b'), BATCH('truncate c'), SYNC),
      ),
      server(joinedBytes(BATCH_ANSWER, PARSED, error('23503', 'still referenced'), READY)),
    ],
    calls: ['SELECT a ok', 'DELETE b client_error 23503', 'TRUNCATE c cancelled postgres.skipped'],
  },
  {
    title: 'blames the last statement for an error at the end of a batch',
    steps: [
      client(joinedBytes(BATCH('select 1 from a'), BATCH('select 1 from b'), SYNC)),
      server(joinedBytes(BATCH_ANSWER, BATCH_ANSWER, error('23503', 'deferred'), READY)),
    ],
    calls: ['SELECT a ok', 'SELECT b client_error 23503'],
  },
  {
    title: 'follows batches that are sent before the answer to the one before',
    steps: [
      client(
        joinedBytes(
          BATCH('select 1 from a'),
          SYNC,
          BATCH('select 1 from b'),
          SYNC,
          query('call c()'),
        ),
      ),
      server(joinedBytes(error('42P01', 'no a'), READY, BATCH_ANSWER, READY, done('CALL'), READY)),
    ],
    calls: ['SELECT a client_error 42P01', 'SELECT b ok', 'CALL c ok'],
  },
  {
    title: 'follows copies, in and out',
    steps: [
      client(query('COPY orders FROM STDIN')),
      server(pg('G', [0, 0, 0])),
      client(joinedBytes(pg('d', 'x'.repeat(9_000)), pg('c'))),
      server(joinedBytes(done('COPY 1'), READY)),
      client(query('COPY orders TO STDOUT')),
      server(joinedBytes(pg('H', [0, 0, 0]), pg('d', 'x'), pg('c'), done('COPY 1'), READY)),
      client(joinedBytes(parse('copy b from stdin'), bind(), EXECUTE, SYNC)),
      server(joinedBytes(PARSED, BOUND, pg('G', [0, 0, 0]))),
      client(joinedBytes(SYNC, pg('f', 'no\0'), SYNC)),
      server(joinedBytes(error('57014', 'COPY from stdin failed: no'), READY)),
    ],
    calls: ['COPY orders ok', 'COPY orders ok', 'COPY b cancelled 57014'],
  },
  {
    title: 'keeps an error that ends the connection',
    steps: [
      client(query('SELECT pg_sleep(9)')),
      server(error('57P01', 'terminating connection due to administrator command', 'FATAL')),
      end('server', 4),
      end('client', 5),
    ],
    calls: ['SELECT server_error 57P01'],
  },
  {
    title: 'says nothing of an error that nobody waits for',
    steps: [
      server(error('57P01', 'terminating connection')),
      end('server', 4),
      client(pg('X')),
      end('client', 5),
    ],
    calls: [],
  },
  {
    title: 'tells a query whose server goes away',
    steps: [client(query('SELECT 1')), server(pg('T', [0, 0])), end('server', 4), end('client', 5)],
    calls: ['SELECT transport_error tcp.truncated'],
    reasons: ['response cut at 7 bytes, before its end'],
  },
  {
    title: 'tells a query that is reset',
    steps: [client(query('SELECT 1')), reset('server', 4)],
    calls: ['SELECT transport_error tcp.reset_before_response'],
  },
  {
    title: 'tells a query that its client gives up',
    steps: [client(query('SELECT 1')), reset('client', 5_000)],
    calls: ['SELECT timeout tcp.client_abort'],
  },
  {
    title: 'tells a query that its client has given up before',
    steps: [client(query('SELECT 1')), end('client', 40), reset('client', 5_000)],
    calls: ['SELECT cancelled tcp.client_abort'],
  },
  {
    title: 'tells a query that is open when the recording ends',
    steps: [client(query('SELECT 1'))],
    calls: ['SELECT unknown no_response'],
  },
];

describe('signing in to PostgreSQL', () => {
  it.each(SIGN_INS)('$title', ({ steps, calls, reasons }) => {
    const told = callsOf(steps);
    expect(told.map((call) => brief(call))).toEqual(calls);
    expect(told.map((call) => call.reason)).toEqual(reasons ?? told.map((call) => call.reason));
    expect(callsOf(inPieces(steps, 1))).toEqual(told);
  });
});

describe('a statement of PostgreSQL', () => {
  it.each(QUERIES)('$title', ({ steps, calls, reasons }) => {
    const told = callsOf([...OPENED, ...steps]);
    expect(told.map((call) => brief(call))).toEqual(['CONNECT shop ok', ...calls]);
    const why = told.slice(1).map((call) => call.reason);
    expect(why).toEqual(reasons ?? why);
    expect(callsOf(inPieces([...OPENED, ...steps], 1))).toEqual(told);
  });

  it('lasts from its first byte to the end of its answer', () => {
    const { calls, decoder } = recorder();
    play(decoder, [...OPENED, client(query('SELECT 1'), 5), server(ROWS, 7)]);
    expect(decoder.openCalls(START_US + 9_000).map((call) => brief(call))).toEqual([
      'SELECT unknown tcp.open',
    ]);
    play(decoder, [server(READY, 9)]);
    expect(calls[1]).toMatchObject({
      protocol: 'postgres',
      startedAtUs: START_US + 5_000,
      firstByteAtUs: START_US + 7_000,
      endedAtUs: START_US + 9_000,
      confidence: 'high',
    });
  });

  it('is not followed beyond so many messages, nor after bytes that are none', () => {
    const many = joinedBytes(...Array.from({ length: 101 }, () => SYNC));
    const steps = Array.from({ length: UNANSWERED_MAX / 100 }, () => client(many));
    const calls = callsOf([...OPENED, client(query('SELECT 1')), ...steps, client('x')]);
    expect(calls.map((call) => brief(call)).slice(0, 3)).toEqual([
      'CONNECT shop ok',
      'SELECT unknown postgres.limit',
      'connect unknown tcp.open',
    ]);
    for (const wrong of [
      client('hello world'),
      server('hello world'),
      client(pg('Q').fill(0, 1)),
    ]) {
      const after = [...OPENED, client(query('SELECT 1')), wrong, end('client'), end('server')];
      expect(callsOf(after)[1]?.errorType).toBe('postgres.malformed');
    }
    expect(callsOf([client(joinedBytes(uint32(10_001), uint32(196_608)))]).length).toBe(1);
  });

  it('remembers so many statements', () => {
    const steps = Array.from({ length: 1_001 }, (_, each) => [
      client(joinedBytes(parse('select 1 from t', `s${each}`), SYNC)),
      server(joinedBytes(PARSED, READY)),
    ]).flat();
    const again = [
      client(joinedBytes(bind('s0'), EXECUTE, SYNC)),
      server(joinedBytes(BOUND, done(), READY)),
    ];
    expect(callsOf([...OPENED, ...steps, ...again]).at(-1)?.operation).toBe('EXECUTE');
  });
});

const ASK = (table: string): Step => client(query(`select 1 from ${table}`));
const ANSWER = server(joinedBytes(ROWS, READY));
const FAILED = joinedBytes(error('42P01', 'no'), READY);

const LOSSES: readonly Case[] = [
  {
    title: 'steps over a loss inside a row',
    steps: [
      ASK('a'),
      server(pg('D', 'x'.repeat(9_000)).subarray(0, 5_000)),
      server(joinedBytes('xx', done(), READY), 1, 4_003),
    ],
    calls: ['SELECT a ok'],
  },
  {
    title: 'trusts the question after the end of an answer that followed a loss',
    steps: [
      ASK('a'),
      server(READY, 1, 50),
      ASK('b'),
      server(FAILED),
      ASK('c'),
      server(FAILED),
      ASK('d'),
      ANSWER,
    ],
    calls: [
      'SELECT a unknown bytes_lost low',
      'SELECT b client_error 42P01 low',
      'SELECT c client_error 42P01 low',
      'SELECT d ok low',
    ],
  },
  {
    title: 'trusts the question after the end of an answer to lost questions',
    steps: [
      ASK('a'),
      client(query('select 1 from b'), 1, 50),
      ANSWER,
      server('', 2),
      client('in the middle of something'),
      ASK('c'),
      ANSWER,
      ASK('d'),
      ANSWER,
      ASK('e'),
      ANSWER,
    ],
    calls: [
      'SELECT a unknown bytes_lost low',
      'SELECT b unknown bytes_lost low',
      'SELECT c unknown bytes_lost low',
      'SELECT d ok low',
      'SELECT e ok low',
    ],
  },
  {
    title: 'tells nothing of two questions at once after a loss',
    steps: [
      ASK('a'),
      server(READY, 1, 50),
      client(joinedBytes(query('select 1 from b'), query('select 1 from c'))),
      server(error('42P01', 'no')),
      server(READY),
      server(joinedBytes(ROWS, READY)),
      ASK('d'),
      ANSWER,
    ],
    calls: [
      'SELECT a unknown bytes_lost low',
      'SELECT b unknown bytes_lost low',
      'SELECT c unknown bytes_lost low',
      'SELECT d ok low',
    ],
  },
  {
    title: 'tells nothing of the rest of a question after a loss',
    steps: [
      client(joinedBytes(EXECUTE, SYNC), 1, 50),
      server(READY),
      client('in the middle', 1, 50),
      server(READY),
      client(joinedBytes(EXECUTE, SYNC)),
      server(joinedBytes(done(), READY)),
      client(joinedBytes(parse('select 1 from b'), bind(), EXECUTE, SYNC)),
      server(joinedBytes(PARSED, BOUND, done(), READY)),
    ],
    calls: ['EXECUTE unknown bytes_lost low', 'EXECUTE unknown bytes_lost low', 'SELECT b ok low'],
  },
  {
    title: 'trusts nothing after a loss on a connection that is pipelined',
    steps: [
      client(joinedBytes(query('select 1 from a'), query('select 1 from b'))),
      server(joinedBytes(ROWS, READY)),
      server(READY, 1, 50),
      ASK('c'),
      ANSWER,
      end('client'),
      end('server'),
    ],
    calls: ['SELECT a ok', 'SELECT b unknown bytes_lost low', 'connect ok'],
  },
  {
    title: 'looks again when what it found was no message',
    steps: [
      ASK('a'),
      server(joinedBytes(READY, '????????'), 1, 50),
      ASK('b'),
      server(joinedBytes('xx', READY)),
      ASK('c'),
      server(FAILED),
      ASK('d'),
      server(FAILED),
    ],
    calls: [
      'SELECT a unknown bytes_lost low',
      'SELECT b unknown bytes_lost low',
      'SELECT c client_error 42P01 low',
      'SELECT d client_error 42P01 low',
    ],
  },
  {
    title: 'knows nothing of a question whose server goes away after a loss',
    steps: [ASK('a'), server('', 1, 50), ASK('b'), server(error('57P01', 'bye')), end('server')],
    calls: ['SELECT a unknown bytes_lost low', 'SELECT b unknown bytes_lost low'],
  },
];

describe('recognising PostgreSQL', () => {
  it.each([
    [START, '', 'yes'],
    [SSL, '', 'yes'],
    [START.subarray(0, 1), '', 'maybe'],
    ['', '', 'maybe'],
    [new Uint8Array(8), '', 'no'],
    ['Q', '', 'no'],
    ['\u0000x', '', 'no'],
    [query('select 1'), '', 'yes'],
    ['', READY, 'yes'],
    ['', 'short', 'no'],
    ['', joinedBytes('xx', READY), 'no'],
    ['', 'not an answer', 'no'],
  ])('by %j and %j: %s', (from, answer, detection) => {
    expect(POSTGRES_DETECTOR.detect(joinedBytes(from), joinedBytes(answer))).toBe(detection);
  });
});

describe('PostgreSQL with bytes missing', () => {
  it.each(LOSSES)('$title', ({ steps, calls }) => {
    expect(callsOf([...OPENED, ...steps]).map((call) => brief(call))).toEqual([
      'CONNECT shop ok',
      ...calls,
    ]);
  });

  it.each([
    ['a question', [client(query('select 1 from a'), 1, Infinity), ANSWER]],
    ['an answer', [server(joinedBytes(ROWS, READY), 1, Infinity)]],
  ])('joins a connection late by %s', (_, first) => {
    const calls = callsOf([...first, ASK('b'), ANSWER, ASK('c'), server(FAILED), ASK('d'), ANSWER]);
    expect(calls.map((call) => brief(call)).slice(-3)).toEqual([
      'SELECT b ok low',
      'SELECT c client_error 42P01 low',
      'SELECT d ok low',
    ]);
    expect(calls.slice(0, -3).every((call) => call.outcome === 'unknown')).toBe(true);
  });

  it('loses a sign-in of which bytes are missing', () => {
    const calls = callsOf([
      client(START),
      server(WELCOME.subarray(12), 1, 12),
      ASK('a'),
      ANSWER,
      ASK('b'),
      ANSWER,
    ]);
    expect(calls.map((call) => brief(call))).toEqual([
      'CONNECT shop unknown bytes_lost low',
      'SELECT a ok low',
      'SELECT b ok low',
    ]);
    expect(
      callsOf([client(SSL), server('', 1, 1), client(START), server(WELCOME)])[0]?.errorType,
    ).toBe('bytes_lost');
  });
});
