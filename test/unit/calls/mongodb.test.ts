import { describe, expect, it } from 'vitest';
import {
  createMongodb,
  MONGODB_DETECTOR,
} from '../../../src/domain/calls/protocols/mongodb/mongodb.ts';
import { brief, callsOf, client, end, server, type Step } from '../../support/conversations.ts';
import {
  ask,
  bson,
  message,
  MONGODB_SAMPLE,
  reply,
  type Value,
} from '../../support/samples/mongodb.ts';
import { bytes, int32LE } from '../../support/samples/sample.ts';

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, createMongodb).map((call) => brief(call));
}

const FIND = client(ask(7, { find: 'orders' }), 1);

function answered(document: { readonly [name: string]: Value }): string | undefined {
  return told(FIND, server(reply(7, document), 2))[0];
}

describe('MongoDB requests and answers', () => {
  it('are paired by their number', () => {
    expect(callsOf(MONGODB_SAMPLE.steps).map((call) => brief(call))).toEqual(MONGODB_SAMPLE.calls);
  });

  it.each<readonly [{ readonly [name: string]: Value }, string]>([
    [{ ok: 1 }, 'ok'],
    [{ ok: 0, code: 13, codeName: 'Unauthorized' }, '13 client_error mongodb.Unauthorized'],
    [
      { ok: 0, code: 18, codeName: 'AuthenticationFailed' },
      '18 client_error mongodb.AuthenticationFailed',
    ],
    [
      { ok: 0, code: 10_107, codeName: 'NotWritablePrimary' },
      '10107 server_error mongodb.NotWritablePrimary',
    ],
    [{ ok: 0, errmsg: 'not so' }, 'server_error mongodb.code_unknown'],
    [{ ok: 0, code: 26, codeName: 'not a name' }, '26 client_error mongodb.code_26'],
    [
      { ok: 1, writeConcernError: { code: 64, codeName: 'WriteConcernTimeout' } },
      '64 server_error mongodb.WriteConcernTimeout',
    ],
    [{ ok: 1, writeErrors: [] }, 'unknown mongodb.not_read'],
    [{ n: 2 }, 'unknown mongodb.not_read'],
  ])('%j is told as %s', (document, expected) => {
    expect(answered(document)).toBe(`find orders ${expected}`);
  });

  it('say why they failed, without secrets', () => {
    const document = {
      ok: 0,
      code: 18,
      codeName: 'AuthenticationFailed',
      errmsg: 'password: hunter2',
    };
    const [call] = callsOf([FIND, server(reply(7, document), 2)], createMongodb);
    expect(call?.reason).toBe('MongoDB AuthenticationFailed (18): password: ***');
  });

  it('may hold values of every type', () => {
    const others = bytes(
      [5, ...bytes('a\0'), ...int32LE(3), 0, 1, 2, 3],
      [6, ...bytes('b\0')],
      [7, ...bytes('c\0'), ...new Uint8Array(12)],
      [8, ...bytes('d\0'), 1],
      [9, ...bytes('e\0'), ...new Uint8Array(8)],
      [10, ...bytes('f\0')],
      [11, ...bytes('g\0x\0i\0')],
      [13, ...bytes('h\0'), ...int32LE(2), ...bytes('x\0')],
      [17, ...bytes('j\0'), ...new Uint8Array(8)],
      [18, ...bytes('code\0'), ...int32LE(9), ...int32LE(1)],
      [19, ...bytes('k\0'), ...new Uint8Array(16)],
      [255, ...bytes('l\0')],
      [127, ...bytes('m\0')],
      [2, ...bytes('codeName\0'), ...int32LE(2), ...bytes('N\0')],
      [8, ...bytes('ok\0'), 0],
    );
    const document = bytes(int32LE(others.length + 5), others, 0);
    const answer = message(9, 7, 2013, bytes(int32LE(0), 0, document));
    expect(told(FIND, server(answer, 2))).toEqual([
      'find orders 4294967305 client_error mongodb.N',
    ]);
  });

  it.each([
    ['a type that nobody knows', [99, ...bytes('a\0'), 0]],
    ['a name without an end', [1, 65, 65]],
    ['a number that is cut', [1, ...bytes('a\0'), 0]],
    ['a text longer than all', [2, ...bytes('a\0'), ...int32LE(99), 0]],
    ['a negative length', [3, ...bytes('a\0'), ...int32LE(-9), 0]],
    ['nothing', []],
  ])('are not guessed when there is %s', (_, content) => {
    const answer = message(9, 7, 2013, bytes(int32LE(0), 0, int32LE(50), content));
    expect(told(FIND, server(answer, 2))).toEqual(['find orders unknown mongodb.not_read']);
  });

  it('are not judged by a failure whose code was not seen', () => {
    const failed = reply(7, { ok: 0, code: 50, codeName: 'MaxTimeMSExpired' });
    expect(
      told(FIND, server(failed.subarray(0, 40), 2), server(failed.subarray(60), 3, 20)),
    ).toEqual(['find orders unknown mongodb.not_read low']);
  });

  it('are not read further than anybody needs', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, 5]));
    expect(answered({ ...many, ok: 1 })).toBe('find orders unknown mongodb.not_read');
  });

  it('are unknown when compressed', () => {
    const squeezed = bytes(int32LE(2013), int32LE(99), 1, 'xxxxxxxx');
    expect(
      told(client(message(7, 0, 2012, squeezed)), server(message(9, 7, 2012, squeezed))),
    ).toEqual(['unknown unknown mongodb.not_read']);
    const odd = message(9, 7, 2013, bytes(int32LE(0x100), 0, bson({ ok: 1 })));
    expect(told(FIND, server(odd, 2))).toEqual(['find orders unknown mongodb.not_read']);
  });

  it('are named by command and collection, never by what is looked for', () => {
    const section = bytes(1, int32LE(20), 'documents\0', int32LE(6), 0, 0);
    const behind = bytes(int32LE(0), section, 0, bson({ insert: 'orders' }));
    expect(
      told(
        client(ask(1, { getMore: 5, collection: 'orders' })),
        client(ask(2, { getMore: 5 })),
        client(ask(3, { ping: 1 })),
        client(ask(4, { 'a b': 1 })),
        client(ask(5, { find: 'not a name' })),
        client(message(6, 0, 2013, behind)),
        client(ask(7, {})),
        client(
          message(
            8,
            0,
            2004,
            bytes(int32LE(0), 'a.$cmd\0', int32LE(0), int32LE(1), bson({ $query: { ping: 1 } })),
          ),
        ),
      ).map((call) => call.replace(' unknown no_response', '')),
    ).toEqual([
      'getMore orders',
      'getMore',
      'ping',
      'unknown',
      'find',
      'insert orders',
      'unknown',
      'unknown',
    ]);
  });

  it('are done when sent, if no answer is wanted', () => {
    expect(told(client(ask(1, { insert: 'logs' }, 2)))).toEqual(['insert logs ok low']);
  });
});

describe('a MongoDB connection', () => {
  it('that is closed answers nothing', () => {
    expect(told(FIND, end('server', 2))).toEqual([
      'find orders transport_error tcp.closed_before_response',
    ]);
  });

  it('that was closed answers nothing that is asked later', () => {
    expect(told(end('server', 0), FIND)).toEqual([
      'find orders transport_error tcp.closed_before_response',
    ]);
  });

  it('has no words for an answer whose head has a hole', () => {
    const answer = reply(7, { ok: 1 });
    expect(
      told(
        FIND,
        server(answer.subarray(0, 3), 2),
        server(answer.subarray(3), 2),
        server(answer, 3),
      ),
    ).toEqual(['find orders ok']);
  });

  it('goes on after losses and nonsense', () => {
    expect(
      told(
        FIND,
        client('nonsense that is long enough'),
        server('nonsense that is long enough', 2),
        client(ask(8, { ping: 1 }), 3),
        server(reply(7, { ok: 1 }), 4),
        server(reply(8, { ok: 1 }), 5, 9),
        server(
          message(1, 0, 2004, bytes(int32LE(0), 'odd\0', int32LE(0), int32LE(0), bson({}))),
          6,
        ),
        client(reply(8, { ok: 1 }), 7),
      ),
    ).toEqual(['find orders ok low', 'ping ok low']);
  });

  it('steps over a hole in an answer, and does not guess what was in it', () => {
    const answer = reply(7, { cursor: { firstBatch: ['aaaaaaaaaaaaaaaaaaaaaaaa'] }, ok: 1 });
    expect(
      told(FIND, server(answer.subarray(0, 50), 2), server(answer.subarray(60), 3, 10)),
    ).toEqual(['find orders unknown mongodb.not_read low']);
    const asked = ask(7, { find: 'orders' });
    expect(
      told(
        client(asked.subarray(0, 17)),
        client(asked.subarray(18), 0, 1),
        server(reply(7, { ok: 1 })),
      ),
    ).toEqual(['unknown ok low']);
    expect(
      told(client(asked.subarray(0, 10)), client(asked, 0, 10), server(answer.subarray(0, 3), 2)),
    ).toEqual(['find orders unknown tcp.open low']);
  });
});

describe('recognising MongoDB', () => {
  const detect = (asked: Uint8Array, said: Uint8Array = new Uint8Array(0)): string =>
    MONGODB_DETECTOR.detect(asked, said);

  it('says yes to the head of a request, and of an answer', () => {
    expect(detect(ask(1, { ping: 1 }))).toBe('yes');
    expect(detect(new Uint8Array(0), reply(1, { ok: 1 }))).toBe('yes');
  });

  it('waits for the head', () => {
    expect(detect(new Uint8Array(0))).toBe('maybe');
    expect(detect(ask(1, { ping: 1 }).subarray(0, 15))).toBe('maybe');
  });

  it.each([
    ['text', bytes('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), bytes()],
    ['text that is short', bytes('GET '), bytes()],
    ['an answer of a client', reply(1, { ok: 1 }), bytes()],
    ['a request of a server', bytes(), ask(1, { ping: 1 })],
    ['another number', message(1, 0, 99, bytes('xxxxxxxx')), bytes()],
  ])('says no to %s', (_, asked, said) => {
    expect(detect(asked, said)).toBe('no');
  });
});
