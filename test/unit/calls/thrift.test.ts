import { describe, expect, it } from 'vitest';
import {
  createThrift,
  THRIFT_DETECTOR,
} from '../../../src/domain/calls/protocols/thrift/thrift.ts';
import {
  brief,
  callsOf,
  client,
  end,
  inPieces,
  reset,
  server,
  type Step,
} from '../../support/conversations.ts';
import { bytes, int16, int32, type Part } from '../../support/samples/sample.ts';
import {
  binary,
  compact,
  COMPACT_THRIFT_SAMPLE,
  exception,
  field,
  framed,
  text,
  THRIFT_SAMPLE,
  thrown,
} from '../../support/samples/thrift.ts';

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, createThrift).map((call) => brief(call));
}

const ASK = client(framed(binary(1, 'getCart', 7)), 1);

function reply(...body: readonly Part[]): Step {
  return server(framed(binary(2, 'getCart', 7, ...body)), 2);
}

describe('Thrift calls and answers', () => {
  it.each([
    ['binary in frames', THRIFT_SAMPLE],
    ['compact without frames', COMPACT_THRIFT_SAMPLE],
  ])('in %s are paired', (_, sample) => {
    expect(callsOf(sample.steps).map((call) => brief(call))).toEqual(sample.calls);
    const cut = callsOf(inPieces(sample.steps, 1), createThrift);
    expect(cut.map((call) => brief(call))).toEqual(sample.calls);
  });

  it('may be binary without frames, and compact in them', () => {
    const asked = client(binary(1, 'a', 1, field(11, 1, text('x'))));
    expect(told(asked, server(binary(2, 'a', 1, field(8, 0, int32(3)))))).toEqual(['a ok']);
    expect(
      told(client(framed(compact(1, 'a', 1))), server(framed(compact(2, 'a', 1, 0x08, 0, 1, 'x')))),
    ).toEqual(['a ok']);
  });

  it.each([
    [0, 'UNKNOWN'],
    [1, 'UNKNOWN_METHOD'],
    [5, 'MISSING_RESULT'],
    [7, 'PROTOCOL_ERROR'],
    [77, 'EXCEPTION_77'],
  ])('with exception %i of Thrift are failures of the server', (code, name) => {
    const answer = server(framed(binary(3, 'getCart', 7, exception(code, 'why'))), 2);
    expect(told(ASK, answer)).toEqual([`getCart ${code} server_error ${name}`]);
  });

  it('say why they failed, without secrets', () => {
    const why = 'password=hunter2';
    const [call] = callsOf(
      [ASK, server(framed(binary(3, 'getCart', 7, exception(6, why))), 2)],
      createThrift,
    );
    expect(call?.reason).toBe('Thrift INTERNAL_ERROR: password=***');
    const minus = server(framed(compact(3, 'getCart', 7, 0x05, 4, 3)), 2);
    expect(told(ASK, minus)).toEqual(['getCart -2 server_error EXCEPTION_-2']);
    const [other] = callsOf([ASK, reply(thrown(2, 'sold out'))], createThrift);
    expect(other?.reason).toBe('Thrift: the method threw its exception 2: sold out');
    const [silent] = callsOf([ASK, reply(field(12, 2, 0))], createThrift);
    expect(silent?.reason).toBe('Thrift: the method threw its exception 2');
  });

  it('say it in whatever order, and no more than is kept of it', () => {
    const long = 'x '.repeat(2_000);
    const body = bytes(
      field(8, 2, int32(6)),
      field(11, 3, text('other')),
      field(11, 1, text(long)),
      field(11, 1, text('again')),
    );
    const answer = framed(binary(3, 'getCart', 7, body));
    const [call] = callsOf([ASK, ...inPieces([server(answer, 2)], 300)], createThrift);
    expect(call?.reason).toMatch(/^Thrift INTERNAL_ERROR: (?:x ){100,128}x?…$/u);
    const untold = framed(binary(3, 'getCart', 7, field(11, 2, text('no number'))));
    expect(told(ASK, server(untold, 2))).toEqual(['getCart server_error UNKNOWN']);
  });

  it('are not taken apart further than anybody nests', () => {
    const deep = Array.from({ length: 70 }, () => field(12, 1));
    expect(told(ASK, reply(field(12, 0), ...deep))).toEqual(['getCart ok']);
    const open = server(binary(2, 'getCart', 7, field(12, 0), ...deep), 2);
    expect(told(ASK, open)[0]).toContain('bytes_lost');
  });

  it.each<readonly [string, readonly Part[]]>([
    ['a type that is none', [field(9, 1)]],
    ['a text of negative length', [field(11, 1, int32(-1))]],
    ['a list of negative length', [field(15, 1, 11, int32(-1))]],
    ['a list of no type', [field(15, 1, 99, int32(1))]],
    ['a map of no type', [field(13, 1, 11, 99, int32(1), text('a'))]],
    ['nothing more', [field(11, 1)]],
  ])('with %s in an exception are not guessed', (_, body) => {
    const answer = server(framed(binary(3, 'getCart', 7, ...body)), 2);
    expect(told(ASK, answer)[0]).toBe('getCart unknown bytes_lost');
  });

  it('may hold values of every type', () => {
    const value = bytes(
      field(3, 1, 1),
      field(6, 2, int16(1)),
      field(16, 3, new Uint8Array(16)),
      field(13, 4, 11, 12, int32(2), text('a'), 0, text('b'), 0),
      field(15, 5, 11, int32(2), text('a'), text('b')),
      field(15, 6, 15, int32(2), bytes(8, int32(1), int32(1)), bytes(12, int32(0))),
      field(13, 7, 8, 10, int32(1), int32(1), new Uint8Array(8)),
      0,
    );
    expect(told(client(binary(1, 'a', 0)), server(binary(2, 'a', 0, field(12, 0, value))))).toEqual(
      ['a ok'],
    );
    const squeezed = bytes(
      bytes(0x13, 1, 0x14, 0x80, 1, 0x16, new Uint8Array(9).fill(0x80), 1),
      bytes(0x1d, new Uint8Array(16), 0x12, 0x05, 0x80, 2, 3),
      bytes(0x19, 0xf3, 16, new Uint8Array(16), 0x19, 0x25, 1, 2),
      bytes(0x1b, 2, 0x8c, 1, 'a', 0, 1, 'b', 0, 0x1b, 1, 0x37, 1, new Uint8Array(8)),
      0,
    );
    expect(told(client(compact(1, 'a', 0)), server(compact(2, 'a', 0, 0x0c, 0, squeezed)))).toEqual(
      ['a ok'],
    );
  });
});

describe('Thrift calls of one number', () => {
  const ask = (name: string): Step => client(binary(1, name, 0));
  const answer = (name: string): Step => server(binary(2, name, 0));

  it('are answered in their order', () => {
    expect(told(ask('a'), ask('b'), answer('a'), answer('b'))).toEqual(['a ok', 'b ok']);
  });

  it('are not paired with answers of another name', () => {
    expect(told(ask('a'), answer('b'), ask('a'), answer('a'))).toEqual([
      'a unknown bytes_lost low',
      'a ok low',
    ]);
    expect(told(answer('b'), ask('a'), answer('a'))).toEqual(['a unknown bytes_lost low']);
  });

  it('are not trusted after losses', () => {
    const lost = client(binary(1, 'a', 0), 2, 30);
    expect(told(ask('a'), answer('a'), lost, answer('a'))).toEqual([
      'a ok',
      'a unknown bytes_lost low',
    ]);
  });

  it('that have one each may be answered in any order', () => {
    expect(
      told(
        client(binary(1, 'a', 1)),
        client(binary(1, 'b', 2)),
        client(binary(1, 'c', 3)),
        server(binary(2, 'c', 3)),
        server(binary(2, 'b', 2)),
        server(binary(2, 'a', 1)),
      ),
    ).toEqual(['a ok', 'b ok', 'c ok']);
  });

  it('leave one open whose number came back with another name', () => {
    expect(
      told(client(binary(1, 'a', 1)), client(binary(1, 'b', 2)), server(binary(2, 'x', 2))),
    ).toEqual(['a unknown bytes_lost low', 'b unknown bytes_lost low']);
    expect(
      told(
        client(binary(1, 'a', 1)),
        client(binary(1, 'b', 2)),
        server(binary(2, 'x', 2)),
        server(binary(2, 'b', 2)),
      )[1],
    ).toBe('b ok');
  });
});

describe('a Thrift connection', () => {
  it('that is closed answers nothing', () => {
    expect(told(ASK, end('server', 2))).toEqual([
      'getCart transport_error tcp.closed_before_response',
    ]);
  });

  it('that is reset inside an answer gave half of it', () => {
    const half = framed(binary(2, 'getCart', 7, thrown(1, 'sold out'))).subarray(0, 30);
    const [call] = callsOf([ASK, server(half, 2), end('server', 3)], createThrift);
    expect(call?.reason).toBe('response cut at 30 bytes, before its end');
    expect(
      told(ASK, server(binary(2, 'getCart', 7).subarray(0, 9), 2), reset('server', 3)),
    ).toEqual(['getCart transport_error tcp.reset']);
  });

  it('has calls in one direction only', () => {
    expect(told(server(framed(binary(1, 'notify', 1))), client(framed(binary(2, 'a', 1))))).toEqual(
      [],
    );
  });

  it('goes on after nonsense', () => {
    expect(
      told(
        client(binary(1, 'a', 0, field(9, 1), 'rest of it')),
        client('nonsense that is long enough'),
        client(''),
        client(binary(1, 'b', 0)),
        server(binary(2, 'b', 0)),
        client(binary(1, 'c', 0)),
        server(binary(2, 'c', 0)),
      ),
    ).toEqual(['b unknown bytes_lost low', 'c ok low']);
    expect(told(ASK, server('nonsense', 2), reply(field(8, 0, int32(1))))).toEqual([
      'getCart unknown bytes_lost low',
    ]);
  });

  it('steps over holes inside frames, and inside texts', () => {
    const answer = framed(binary(2, 'getCart', 7, field(11, 0, text('x'.repeat(50)))));
    expect(
      told(ASK, server(answer.subarray(0, 40), 2), server(answer.subarray(60), 3, 20)),
    ).toEqual(['getCart ok low']);
    expect(
      told(ASK, server(answer.subarray(0, 22), 2), server(answer.subarray(60), 3, 38)),
    ).toEqual(['getCart unknown bytes_lost low']);
    expect(told(ASK, server(answer.subarray(0, 24), 2), server('', 3, answer.length - 24))).toEqual(
      ['getCart unknown bytes_lost low'],
    );
    const open = binary(2, 'getCart', 7, field(11, 0, text('x'.repeat(50))));
    const ask = client(binary(1, 'getCart', 7), 1);
    expect(told(ask, server(open.subarray(0, 36), 2), server(open.subarray(60), 3, 24))).toEqual([
      'getCart ok low',
    ]);
    expect(told(ask, server(open.subarray(0, 36), 2), server(open, 3, 200))).toEqual([
      'getCart unknown bytes_lost low',
    ]);
  });

  it('does not wait for ever for a struct that is longer than its frame', () => {
    const odd = bytes(int32(18), binary(2, 'getCart', 7, field(11, 0, int32(40))).subarray(0, -6));
    const [call] = told(ASK, server(odd.subarray(0, 22), 2), reply());
    expect(call).toContain('getCart');
  });
});

describe('recognising Thrift', () => {
  const long = 'a'.repeat(300);

  it.each<readonly [string, Uint8Array, Uint8Array, string]>([
    ['a call', binary(1, 'a', 1), bytes(), 'yes'],
    ['a call in a frame', framed(binary(1, 'Carts:get', 1)), bytes(), 'yes'],
    ['a compact call', compact(1, 'a', 1), bytes(), 'yes'],
    ['a compact call in a frame', framed(compact(4, 'a', 1)), bytes(), 'yes'],
    ['an answer', bytes(), binary(2, 'a', 1), 'yes'],
    ['an exception', bytes(), framed(compact(3, 'a', 1)), 'yes'],
    ['nothing', bytes(), bytes(), 'maybe'],
    ['half a length', bytes(0, 0), bytes(), 'maybe'],
    ['its first byte', bytes(0x80), bytes(), 'maybe'],
    ['its first bytes', bytes(0x80, 1, 0), bytes(), 'maybe'],
    ['half a name', binary(1, 'getCart', 1).subarray(0, 10), bytes(), 'maybe'],
    ['its first compact byte', bytes(0x82), bytes(), 'maybe'],
    ['half a compact name', compact(1, 'getCart', 1).subarray(0, 6), bytes(), 'maybe'],
    ['an answer of a client', binary(2, 'a', 1), bytes(), 'no'],
    ['a call of a server', bytes(), binary(1, 'a', 1), 'no'],
    ['another version', bytes(0x80, 2, 0, 1), bytes(), 'no'],
    ['an old version', bytes(0x80, 0, 0, 1), bytes(), 'no'],
    ['a fifth kind', bytes(0x80, 1, 0, 5, int32(1), 'a'), bytes(), 'no'],
    ['a third byte', bytes(0x80, 1, 1), bytes(), 'no'],
    ['a name that is too long', binary(1, long, 1), bytes(), 'no'],
    ['no name', binary(1, '', 1), bytes(), 'no'],
    ['a name that is none', binary(1, 'a b', 1), bytes(), 'no'],
    ['another compact version', bytes(0x82, 0x22, 1, 1, 'a'), bytes(), 'no'],
    ['compact without a name', bytes(0x82, 0x21, 1, 0, 0), bytes(), 'no'],
    ['a frame too short for it', bytes(int32(12), binary(1, 'a', 1)), bytes(), 'no'],
    ['a frame of another', framed(bytes('GET / HTTP/1.1')), bytes(), 'no'],
    ['a frame of hundreds of megabytes', bytes(0x10, 9, 9, 9, binary(1, 'a', 1)), bytes(), 'no'],
    ['text', bytes('GE'), bytes(), 'no'],
  ])('by %s', (_, asked, said, expected) => {
    expect(THRIFT_DETECTOR.detect(asked, said)).toBe(expected);
  });
});
