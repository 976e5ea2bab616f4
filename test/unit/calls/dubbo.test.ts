import { describe, expect, it } from 'vitest';
import { createDubbo, DUBBO_DETECTOR } from '../../../src/domain/calls/protocols/dubbo/dubbo.ts';
import {
  brief,
  callsOf,
  client,
  end,
  inPieces,
  server,
  type Step,
} from '../../support/conversations.ts';
import {
  asked,
  call,
  DUBBO_SAMPLE,
  fastjson2Call,
  frame,
  hessian,
  hessianObject,
  jsonb,
  jsonbText,
  result,
  thrown,
} from '../../support/samples/dubbo.ts';
import { bytes, int16, int32, type Part } from '../../support/samples/sample.ts';

const SERVICE = 'shop.CartService';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, createDubbo).map((each) => brief(each));
}

const ASK = client(call(7, 'getCart'), 1);

function answered(answer: Uint8Array): string | undefined {
  return told(ASK, server(answer, 2))[0]?.replace(`${SERVICE}/getCart `, '');
}

function reasonOf(answer: Uint8Array): string | null | undefined {
  return callsOf([ASK, server(answer, 2)], createDubbo)[0]?.reason;
}

/** The operation of a request whose body goes on so after the method. */
function operationOf(method: string, ...more: readonly Part[]): string | undefined {
  const body = bytes(asked(method), ...more);
  return callsOf([client(frame(0xc2, 0, 1, body))], createDubbo)[0]?.operation;
}

describe('Dubbo requests and answers', () => {
  it('are paired by their number', () => {
    expect(callsOf(DUBBO_SAMPLE.steps).map((each) => brief(each))).toEqual(DUBBO_SAMPLE.calls);
  });

  it('may come byte by byte', () => {
    const calls = callsOf(inPieces(DUBBO_SAMPLE.steps, 1), createDubbo);
    expect(calls.map((each) => brief(each))).toEqual(DUBBO_SAMPLE.calls);
  });

  it.each([
    [30, '30 timeout CLIENT_TIMEOUT'],
    [35, '35 server_error CHANNEL_INACTIVE'],
    [40, '40 client_error BAD_REQUEST'],
    [50, '50 server_error BAD_RESPONSE'],
    [70, '70 server_error SERVICE_ERROR'],
    [80, '80 server_error SERVER_ERROR'],
    [90, '90 client_error CLIENT_ERROR'],
    [100, '100 server_error SERVER_THREADPOOL_EXHAUSTED_ERROR'],
    [105, '105 server_error SERIALIZATION_ERROR'],
    [77, '77 server_error STATUS_77'],
  ])('with status %i fail', (status, expected) => {
    expect(answered(frame(0x02, status, 7, hessian('why')))).toBe(expected);
  });

  it('say why they failed, without secrets', () => {
    expect(reasonOf(frame(0x02, 80, 7, hessian('password=hunter2')))).toBe(
      'Dubbo SERVER_ERROR (80): password=***',
    );
    expect(reasonOf(frame(0x08, 80, 7, bytes('?')))).toBe('Dubbo SERVER_ERROR (80)');
    expect(reasonOf(thrown(7, 'shop.OutOfStock', 'token: abcdefghijkl'))).toBe(
      'Dubbo: OutOfStock: token: ***',
    );
  });

  it.each([
    ['shop.OutOfStock', 'client_error dubbo.OutOfStock'],
    ['shop.Carts$Closed', 'client_error dubbo.Closed'],
    ['java.lang.NullPointerException', 'server_error dubbo.NullPointerException'],
    ['IllegalStateException', 'server_error dubbo.IllegalStateException'],
    ['java.lang.IllegalArgumentException', 'client_error dubbo.IllegalArgumentException'],
    ['org.apache.dubbo.rpc.RpcException', 'server_error dubbo.RpcException'],
    [
      'javax.validation.ConstraintViolationException',
      'client_error dubbo.ConstraintViolationException',
    ],
    ['not a class', 'server_error dubbo.exception'],
  ])('that bring %s are told as %s', (name, expected) => {
    const answer =
      name.length < 32
        ? thrown(7, name, 'x')
        : result(7, 3, bytes('C', 0x30, name.length, name, 0x90, 0x60));
    expect(answered(answer)).toBe(`20 ${expected}`);
  });

  it.each([
    ['nothing', bytes()],
    ['no flag', hessian('value')],
    ['another flag', hessian(9)],
    ['half an exception', bytes(0x93, 'C', 3, 'a.B')],
  ])('with success and %s are not guessed', (_, body) => {
    expect(answered(frame(0x02, 20, 7, body))).toBe('20 unknown dubbo.not_read');
  });

  it('in other serializations are unknown, but for their status', () => {
    const kryo = client(frame(0xc8, 0, 7, bytes('?')), 1);
    expect(told(kryo, server(frame(0x08, 20, 7, bytes('?')), 2))).toEqual([
      'unknown 20 unknown dubbo.not_read',
    ]);
    expect(told(kryo, server(frame(0x08, 60, 7, bytes('?')), 2))).toEqual([
      'unknown 60 server_error SERVICE_NOT_FOUND',
    ]);
  });

  it('bring what links them to others', () => {
    const attachments = hessian({ path: 'x', Traceparent: bytes(0x30, 55, TRACE), left: 3 });
    const body = bytes(asked('total'), hessian('J'), bytes(0xf8, 42), attachments);
    const [first] = callsOf([client(frame(0xc2, 0, 1, body))], createDubbo);
    expect(first?.correlation.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    const json = fastjson2Call('price', ['traceparent', TRACE]);
    const [second] = callsOf([client(frame(0xd7, 0, 1, json))], createDubbo);
    expect(second?.correlation.spanId).toBe('b7ad6b7169203331');
  });

  it('that go through a generic service are named by what is called', () => {
    const types = hessian('Ljava/lang/String;[I');
    const list = bytes(0x78);
    expect(operationOf('$invoke', types, hessian('total'), list, hessian({}))).toBe(
      `${SERVICE}/total`,
    );
    expect(operationOf('$invoke', hessian(''), hessian({}))).toBe('unknown');
    expect(operationOf('not a method', hessian(''), hessian({}))).toBe('unknown');
    const nameless = bytes(hessian('2.0.2'), hessian('no name'), hessian(''), hessian('m'));
    expect(told(client(frame(0xc2, 0, 1, nameless)))[0]).toContain('unknown unknown');
    const numbers = bytes(...[0, 1, 2, 3].map((number) => hessian(number)));
    expect(told(client(frame(0xc2, 0, 1, numbers)))[0]).toContain('unknown unknown');
  });

  it('of the provider to its consumer are nothing here, nor are their answers', () => {
    expect(told(server(call(1, 'notify')), client(result(1, 5)))).toEqual([]);
  });
});

describe('values in Hessian 2', () => {
  const mark = hessianObject('a.B', { x: 1 });

  it.each<readonly [string, readonly Part[]]>([
    ['text', [0x31, 0, 'a'.repeat(256)]],
    ['text in other alphabets', [4, 'é€', 0xf0, 0x9f, 0x98, 0x80]],
    ['long text', [0x53, ...int16(3_000), 'a'.repeat(3_000)]],
    ['text in pieces', [0x52, ...int16(3), 'abc', 0x52, ...int16(1), 'd', 1, 'e']],
    ['bytes', [0x22, 1, 2]],
    ['more bytes', [0x34, 17, new Uint8Array(17)]],
    ['bytes in pieces', [0x41, ...int16(2), 1, 2, 0x41, ...int16(1), 1, 0x42, ...int16(1), 1]],
    ['a long of three bytes', [0x3c, 0, 1]],
    ['a long of one byte', [0xe1]],
    ['a long of two bytes', [0xf8, 42]],
    ['a long of five bytes', [0x59, ...int32(1)]],
    ['a long', ['L', new Uint8Array(8)]],
    ['a number', ['I', ...int32(-5)]],
    ['a number of two bytes', [0xc8, 1]],
    ['a number of three bytes', [0xd4, 0, 1]],
    [
      'doubles',
      [0x78 + 6, 'D', new Uint8Array(8), 0x5b, 0x5c, 0x5d, 1, 0x5e, 0, 1, 0x5f, 0, 0, 0, 1],
    ],
    ['booleans and nothing', [0x7b, 'T', 'F', 'N']],
    ['dates', [0x7a, 0x4a, new Uint8Array(8), 0x4b, ...int32(1)]],
    ['a reference', ['Q', 0x90]],
    ['a map with a type', ['M', 1, 'a', 1, 'k', 0x91, 'Z']],
    ['a map whose keys are numbers', ['H', 0x91, 0x91, 'Z']],
    ['an object', [mark]],
    ['an object of a class that is known', [0x7a, mark, 'O', 0x90, 0x92]],
    ['lists without a length', [0x7a, 'U', 1, 'a', 0x91, 'Z', 'W', 0x91, 'Z']],
    ['lists with one', [0x7a, 'V', 1, 'a', 0x91, 0x91, 'X', 0x92, 0x91, 0x91]],
    ['short lists', [0x7a, 0x71, 1, 'a', 0x91, 0x79, 0x91]],
  ])('%s is stepped over', (_, value) => {
    const body = [hessian('J'), ...value, hessian({ traceparent: bytes(0x30, 55, TRACE) })];
    const request = frame(0xc2, 0, 1, bytes(asked('total'), ...body));
    const [first] = callsOf([client(request)], createDubbo);
    expect(first?.correlation.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  it.each<readonly [string, readonly Part[]]>([
    ['a sign that is none', [0x40]],
    ['a class that was not described', [0x61]],
    ['a class with too many fields', ['C', 1, 'a', 'I', ...int32(9_999), 0x60]],
    ['a list of nobody knows how many', ['X', 'N']],
    ['a text that is cut', [9, 'abc']],
    ['a text in pieces that is cut', [0x52, ...int16(9), 'abc']],
    ['bytes that are cut', [0x41, ...int16(9), 1]],
    ['a map that is cut', ['H', 1, 'a']],
    ['a list that is cut', ['W', 0x91]],
    ['an object that is cut', ['C', 1, 'a', 0x92, 1, 'b', 1, 'c', 0x60]],
    ['a class that is cut', ['C', 1, 'a', 0x95, 1, 'b']],
    ['lists in lists', [new Uint8Array(99).fill(0x79)]],
  ])('with %s hide only what comes behind', (_, value) => {
    expect(operationOf('total', hessian('J'), ...value)).toBe(`${SERVICE}/total`);
  });
});

describe('values of fastjson2', () => {
  const ask = client(frame(0xd7, 0, 7, fastjson2Call('price')), 1);
  const reason = (...value: readonly Part[]): string | null | undefined => {
    const body = bytes(jsonb(0xbd, 3), jsonb(...value));
    return callsOf([ask, server(frame(0x17, 20, 7, body), 2)], createDubbo)[0]?.reason;
  };
  const key = (name: string, number: number): Uint8Array => bytes(0x7f, jsonbText(name), number);

  it('name an exception and its message', () => {
    const text = 'a message of more than forty-eight characters in all';
    expect(
      reason(
        0x92,
        jsonbText('OutOfStock'),
        0,
        0xa6,
        key('detailMessage', 1),
        jsonbText(text),
        0xa5,
      ),
    ).toBe(`Dubbo: OutOfStock: ${text}`);
  });

  it.each<readonly [string, readonly Part[]]>([
    ['numbers', [key('a', 1), 0xff, key('b', 2), 0x38, 99, key('c', 3), 0x44, 1, 1]],
    ['large numbers', [key('a', 1), 0x48, ...int32(1_000_000)]],
    ['nothing and booleans', [key('a', 1), 0xaf, key('b', 2), 0xb1]],
    ['names without a number', [jsonbText('a'), 1]],
  ])('are read behind %s', (_, before) => {
    const message = [key('detailMessage', 4), jsonbText('gone')];
    expect(reason(0x92, jsonbText('X'), 0, 0xa6, ...before, ...message, 0xa5)).toBe(
      'Dubbo: X: gone',
    );
  });

  it.each<readonly [string, readonly Part[]]>([
    ['a list', [key('a', 1), 0xa4, 1]],
    ['a name that is only a number', [0x7f, 5, 1]],
    ['a name that is no name', [0x91, 1]],
    ['a name with a sign that is none', [0x7f, 0x91, 1]],
  ])('are not read behind %s', (_, before) => {
    const message = [key('detailMessage', 4), jsonbText('gone')];
    expect(reason(0x92, jsonbText('X'), 0, 0xa6, ...before, ...message, 0xa5)).toBe('Dubbo: X');
  });

  it('may be of a class alone, or of none', () => {
    expect(reason(0x92, jsonbText('X'), 0, 0xaf)).toBe('Dubbo: X');
    expect(reason(0x92, 0x91, 0, 0xaf)).toBe('Dubbo: an exception was thrown');
    expect(reason(0x91)).toBe('Dubbo: an exception was thrown');
  });

  it('are not read when their length is none', () => {
    const body = bytes(int32(0), 0xbd, 4);
    expect(told(ask, server(frame(0x17, 20, 7, body), 2))).toEqual([
      'shop.CartService/price 20 unknown dubbo.not_read',
    ]);
    const cut = bytes(jsonb(0xbd, 3), jsonb(0x92, 0x79, 'a'));
    expect(told(ask, server(frame(0x17, 20, 7, cut), 2))[0]).toContain('dubbo.');
  });
});

describe('a Dubbo connection', () => {
  it('that is closed answers nothing', () => {
    expect(told(ASK, end('server', 2))).toEqual([
      `${SERVICE}/getCart transport_error tcp.closed_before_response`,
    ]);
  });

  it('goes on after losses and nonsense', () => {
    expect(
      told(
        ASK,
        client('nonsense that is long enough'),
        server('nonsense that is long enough', 2),
        client(call(8, 'total'), 3),
        server(result(7, 5), 4),
        server(result(8, 5), 5, 9),
        client(frame(0xc0, 0, 9, bytes('?')), 6, 40),
        client(frame(0xc2, 20, 9, bytes('?')), 6),
        client(bytes(0xda, 0xbb), 6),
      ),
    ).toEqual([`${SERVICE}/getCart 20 ok low`, `${SERVICE}/total 20 ok low`]);
  });

  it('steps over a hole in an answer, and does not guess what was in it', () => {
    const answer = thrown(7, 'shop.OutOfStock', 'a-1');
    expect(
      told(ASK, server(answer.subarray(0, 20), 2), server(answer.subarray(30), 3, 10)),
    ).toEqual([`${SERVICE}/getCart 20 unknown dubbo.not_read low`]);
  });
});

describe('recognising Dubbo', () => {
  it.each([
    ['a request', call(1, 'total'), bytes(), 'yes'],
    ['an answer', bytes(), result(1, 5), 'yes'],
    ['a heartbeat', frame(0xe2, 0, 1, bytes('N')), bytes(), 'yes'],
    ['nothing', bytes(), bytes(), 'maybe'],
    ['its first byte', bytes(0xda), bytes(), 'maybe'],
    ['half a head', call(1, 'total').subarray(0, 9), bytes(), 'maybe'],
    ['another second byte', bytes(0xda, 0xbc), bytes(), 'no'],
    ['another head', bytes(0xda, 0xbc, new Uint8Array(14)), bytes(), 'no'],
    ['a status that is none', bytes(), frame(0x02, 21, 1, bytes('N')), 'no'],
    ['text', bytes('GET / HTTP/1.1\r\n'), bytes(), 'no'],
  ])('by %s', (_, asking, said, expected) => {
    expect(DUBBO_DETECTOR.detect(asking, said)).toBe(expected);
  });
});
