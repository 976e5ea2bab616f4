import { describe, expect, it } from 'vitest';
import { createAmqp } from '../../../src/domain/calls/protocols/amqp/amqp.ts';
import { AMQP_DETECTOR } from '../../../src/domain/calls/protocols/amqp/amqp-detect.ts';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import {
  brief,
  bytesOf,
  callsOf,
  client,
  end,
  inPieces,
  server,
  type Step,
} from '../../support/conversations.ts';
import {
  AMQP_SAMPLE,
  close,
  confirm,
  declare,
  frame,
  method,
  publish,
  short,
} from '../../support/samples/amqp.ts';
import { bytes, int16, int32 } from '../../support/samples/sample.ts';

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, createAmqp).map((call) => brief(call));
}

const CONFIRMS = [client(method(1, [85, 10], 0)), server(method(1, [85, 11]))];

function returned(exchange: string, key: string): Uint8Array {
  return method(1, [60, 50], int16(312), short('NO_ROUTE'), short(exchange), short(key));
}

describe('AMQP methods', () => {
  it('are answered on their channel', () => {
    expect(callsOf(AMQP_SAMPLE.steps, createAmqp).map((call) => brief(call))).toEqual(
      AMQP_SAMPLE.calls,
    );
  });

  it('may come byte by byte', () => {
    expect(callsOf(inPieces(AMQP_SAMPLE.steps, 1), createAmqp).map((call) => brief(call))).toEqual(
      AMQP_SAMPLE.calls,
    );
  });

  it('fail when the broker closes their channel for them', () => {
    const text = "NOT_FOUND - no queue 'orders' in vhost '/'";
    const [call] = callsOf(
      [client(declare('orders')), server(close(1, 404, text, [50, 10]))],
      createAmqp,
    );
    expect(call?.errorType).toBe('NOT_FOUND');
    expect(call?.reason).toBe(`AMQP 404 ${text}`);
  });

  it('fail on all channels when the broker closes the connection', () => {
    expect(
      told(client(bytes(declare('a'), declare('b', 2))), server(close(0, 320, '', [0, 0]))),
    ).toEqual([
      'queue.declare a 320 server_error CONNECTION_FORCED',
      'queue.declare b 320 server_error CONNECTION_FORCED',
    ]);
    expect(told(client(declare('a')), server(close(1, 599, '', [50, 10])))).toEqual([
      'queue.declare a 599 client_error CODE_599',
    ]);
  });

  it('are not blamed when the broker closes their channel for another', () => {
    expect(told(client(declare('a')), server(close(1, 404, 'NOT_FOUND', [60, 40])))).toEqual([
      'queue.declare a unknown amqp.channel_closed',
    ]);
  });

  it('are not blamed after a loss', () => {
    expect(
      told(
        client(declare('a')),
        client(declare('b', 2), 1, 30),
        server(close(1, 404, 'NOT_FOUND', [50, 10]), 2),
      )[0],
    ).toBe('queue.declare a unknown bytes_lost low');
  });

  it('are blamed again once one after the loss was answered', () => {
    const answered = [client(declare('b')), server(method(1, [50, 11], short('b')))];
    expect(
      told(
        client('?????????', 1, 30),
        ...answered,
        client(declare('c')),
        server(close(1, 404, 'NOT_FOUND', [50, 10])),
      ),
    ).toEqual(['queue.declare b ok low', 'queue.declare c 404 client_error NOT_FOUND']);
    expect(
      told(
        client(declare('b')),
        client(declare('c'), 1, 30),
        server(method(1, [50, 11], short('b'))),
        server(close(1, 404, 'NOT_FOUND', [50, 10])),
      ),
    ).toEqual(['queue.declare b ok low', 'queue.declare c unknown bytes_lost low']);
  });

  it('of which bytes are missing are lost', () => {
    const whole = declare('a long name of a queue');
    expect(
      told(
        client(whole.subarray(0, 14)),
        client('', 1, whole.length - 14),
        client(declare('b')),
        server(close(1, 404, 'NOT_FOUND', [50, 10])),
      ),
    ).toEqual(['queue.declare unknown bytes_lost low', 'queue.declare b unknown bytes_lost low']);
    expect(told(client(whole.subarray(0, 9)), client('', 1, whole.length - 9))).toEqual([]);
    const answer = method(1, [50, 11], short('a long name of a queue'));
    expect(
      told(
        client(whole),
        server(answer.subarray(0, 14)),
        server('', 1, answer.length - 14),
        client(declare('b')),
        server(method(1, [50, 11], short('b'))),
      ),
    ).toEqual(['queue.declare unknown bytes_lost low', 'queue.declare b ok low']);
  });

  it('of a channel that is opened again were ended unseen', () => {
    expect(
      told(
        client(bytes(declare('a'), publish('e', 'x'))),
        client(method(1, [20, 10], 0)),
        server(method(1, [50, 11], short('a'))),
        server(method(1, [20, 11], int32(0))),
      ),
    ).toEqual([
      'queue.declare a unknown bytes_lost low',
      'basic.publish e unknown bytes_lost low',
      'channel.open ok',
    ]);
  });

  it('leave out names made for one connection, and what is no name', () => {
    expect(
      told(
        client(
          bytes(
            declare('amq.gen-x'),
            declare(''),
            method(1, [60, 20], int16(0), short('jobs')),
            method(1, [60, 90]),
          ),
        ),
      ).map((call) => call.split(' unknown')[0]),
    ).toEqual(['queue.declare', 'queue.declare', 'basic.consume jobs']);
  });

  it('are not followed beyond a number', () => {
    const calls = told(
      client(declare('a')),
      client(bytes(...Array.from({ length: OPEN_MAX }, () => declare('a')))),
    );
    expect(calls.filter((call) => call === 'queue.declare a unknown amqp.limit')).toHaveLength(
      OPEN_MAX,
    );
  });

  it('are followed on so many channels', () => {
    const opens = Array.from({ length: 2_050 }, (_, at) => method(at + 1, [20, 10], 0));
    expect(told(client(bytes(...opens)), server(method(2_050, [20, 11], int32(0))))).toContain(
      'channel.open ok',
    );
  });
});

describe('AMQP publishes', () => {
  it('are confirmed one by one or together', () => {
    expect(
      told(
        ...CONFIRMS,
        client(bytes(publish('e', '1'), publish('e', '2'), publish('e', '3'))),
        server(bytes(confirm(80, 2, 1), confirm(120, 3))),
      ),
    ).toEqual([
      'confirm.select ok',
      'basic.publish e ok',
      'basic.publish e ok',
      'basic.publish e server_error amqp.nack',
    ]);
  });

  it('that nobody takes come back', () => {
    expect(
      told(
        ...CONFIRMS,
        client(publish('e', 'x')),
        server(bytes(returned('e', 'other'), returned('e', 'x'), confirm(80, 1))),
      ).slice(1),
    ).toEqual(['basic.publish e 312 client_error NO_ROUTE']);
  });

  it('without confirms are done unless something is said', () => {
    const many = Array.from({ length: 66 }, () => publish('e', 'x'));
    expect(
      new Set(
        told(
          client(bytes(...many)),
          client(method(1, [20, 40], int16(200), short(''), int32(0))),
          server(method(1, [20, 41])),
        ),
      ),
    ).toEqual(new Set(['basic.publish e ok low', 'channel.close ok']));
    expect(
      told(
        client(bytes(publish('e', 'x'), publish('gone', 'x'))),
        server(close(1, 404, 'NOT_FOUND', [60, 40])),
      ),
    ).toEqual(['basic.publish e ok low', 'basic.publish gone 404 client_error NOT_FOUND']);
    expect(
      told(...CONFIRMS, client(publish('e', 'x')), server(close(1, 404, 'x', [50, 10]))).slice(1),
    ).toEqual(['basic.publish e unknown amqp.unanswered low']);
    expect(told(client(publish('e', 'x')), ...CONFIRMS)[0]).toBe('basic.publish e ok low');
    expect(told(server(close(1, 404, 'NOT_FOUND', [60, 40])))).toEqual([]);
  });

  it('whose confirms never come are forgotten', () => {
    const many = Array.from({ length: 4_097 }, () => publish('e', 'x'));
    expect(told(...CONFIRMS, client(bytes(...many)))[1]).toBe('basic.publish e unknown amqp.limit');
  });

  it('are not told after losses, until they are counted anew', () => {
    expect(
      told(
        ...CONFIRMS,
        client(publish('e', 'x')),
        client(declare('a')),
        server(confirm(80, 1), 1, 30),
        client(publish('f', 'x'), 2, 30),
        ...CONFIRMS,
        client(publish('g', 'x')),
        server(confirm(80, 1)),
      ).slice(1),
    ).toEqual([
      'basic.publish e unknown bytes_lost low',
      'queue.declare a unknown bytes_lost low',
      'basic.publish f unknown bytes_lost low',
      'confirm.select ok',
      'basic.publish g ok',
    ]);
  });
});

/** A publish as three packets. */
function packets(key: string, body = 'hello', channel = 1): readonly [Step, Step, Step] {
  return [
    client(method(channel, [60, 40], int16(0), short('e'), short(key), 0)),
    client(frame(2, channel, int16(60), int16(0), int32(0), int32(body.length), int16(0))),
    client(frame(3, channel, body)),
  ];
}

/** The same packet, but lost; the next one tells it. */
function without(step: Step, next: Step): Step {
  if (step.kind !== 'bytes' || next.kind !== 'bytes') throw new Error('no bytes');
  return { ...next, lost: step.bytes.length };
}

describe('AMQP publishes of which something was lost', () => {
  const [begun, header, body] = packets('x');
  const [next] = packets('y');
  const OPEN = client(method(1, [20, 10], 0));

  it.each([
    ['header', [begun, without(header, body), next]],
    ['body', [begun, header, without(body, next)]],
  ])('are confirmed though their %s was', (_, steps) => {
    expect(told(...CONFIRMS, ...steps, server(confirm(80, 1))).slice(1)).toEqual([
      'basic.publish e ok low',
      'basic.publish e unknown no_response low',
    ]);
  });

  it('are not trusted where a method may have been lost too', () => {
    const two = client(bytes(declare('a'), declare('b', 2)), 1, 34);
    expect(told(...CONFIRMS, begun, two, server(confirm(80, 1)))[1]).toBe(
      'basic.publish e unknown bytes_lost low',
    );
    expect(
      told(...CONFIRMS, begun, header, body, without(body, next), server(confirm(80, 1)))[1],
    ).toBe('basic.publish e unknown bytes_lost low');
    const cut = client('', 1, 22);
    expect(told(...CONFIRMS, begun, client('\u0002'), cut, server(confirm(80, 1)))[1]).toBe(
      'basic.publish e unknown bytes_lost low',
    );
  });

  it.each([
    ['a method came where a header should', [client(declare('a'))]],
    [
      'their header is torn',
      [client(new Uint8Array([2, 0, 1, 0, 0, 0, 14, 0])), client('', 1, 14)],
    ],
  ])('are not trusted where %s', (_, steps) => {
    expect(told(...CONFIRMS, begun, ...steps, without(body, next), server(confirm(80, 1)))[1]).toBe(
      'basic.publish e unknown bytes_lost low',
    );
  });

  it('are looked for behind content, if that is whole', () => {
    const noise = bytes(frame(3, 1, 'hello'), 'no frame');
    const all = bytes(frame(3, 1, 'hello'), declare('b'));
    const answer = server(method(1, [50, 11], short('b')));
    expect(told(client(noise, 1, 99), client(declare('a')), answer)).toEqual([
      'queue.declare a ok low',
    ]);
    expect(told(client(all, 1, 99), answer)).toEqual(['queue.declare b ok low']);
  });

  it('are trusted on the channel that owes content, not on others', () => {
    const [other] = packets('z', 'hello', 2);
    expect(
      told(
        OPEN,
        client(method(2, [20, 10], 0)),
        other,
        ...packets('z', 'hello', 2).slice(1),
        begun,
        without(header, body),
        client(method(1, [20, 40], int16(200), short(''), int32(0))),
        server(method(1, [20, 41])),
        client(method(2, [20, 40], int16(200), short(''), int32(0))),
        server(method(2, [20, 41])),
      ).filter((call) => call.includes('publish')),
    ).toEqual(['basic.publish e unknown bytes_lost low', 'basic.publish e ok low']);
  });

  it('are counted again by the next confirm', () => {
    expect(
      told(
        ...CONFIRMS,
        client(publish('e', 'a'), 1, 100),
        server(bytes(returned('e', 'a'), confirm(80, 7))),
        client(publish('f', 'b')),
        server(confirm(120, 8)),
      ).slice(1),
    ).toEqual(['basic.publish e unknown bytes_lost low', 'basic.publish f server_error amqp.nack']);
  });

  it('are not counted again where several were open, before a channel is opened', () => {
    expect(
      told(
        ...CONFIRMS,
        client(bytes(publish('e', 'a'), publish('e', 'b')), 1, 100),
        server(confirm(80, 7)),
        client(publish('f', 'b')),
        server(confirm(120, 8)),
        server(close(1, 404, 'NOT_FOUND', [60, 40])),
        OPEN,
        ...CONFIRMS,
        client(publish('g', 'b')),
        server(confirm(120, 1)),
      ).filter((call) => call.includes('publish')),
    ).toEqual([
      'basic.publish e unknown bytes_lost low',
      'basic.publish e unknown bytes_lost low',
      'basic.publish f unknown bytes_lost low',
      'basic.publish g server_error amqp.nack',
    ]);
  });

  it('are counted on while only what the broker says is lost', () => {
    expect(
      told(
        ...CONFIRMS,
        client(publish('e', 'a')),
        server('', 1, 21),
        client(publish('f', 'b')),
        server(confirm(120, 2)),
      ).slice(1),
    ).toEqual([
      'basic.publish e unknown bytes_lost low',
      'basic.publish f server_error amqp.nack low',
    ]);
  });

  it('are lost with the channel that closes meanwhile', () => {
    expect(
      told(client(publish('e', 'a'), 1, 100), server(close(1, 404, 'NOT_FOUND', [60, 40]))),
    ).toEqual(['basic.publish e unknown bytes_lost low']);
  });
});

describe('an AMQP connection', () => {
  it('that is closed answers nothing', () => {
    expect(told(client(declare('a')), end('server'))).toEqual([
      'queue.declare a transport_error tcp.closed_before_response',
    ]);
  });

  it.each([
    ['a type that is none', bytes(9, 0, 0, int32(0), 0xce)],
    ['a frame without an end', bytes(1, 0, 0, int32(1), 0, 0)],
    ['a greeting that is none', bytesOf('AMEN to that')],
  ])('goes on after %s', (_, noise) => {
    expect(told(client(noise), client(declare('a')), server(method(1, [50, 11])))).toEqual([
      'queue.declare a ok low',
    ]);
  });
});

describe('recognising AMQP', () => {
  const detect = (asked: Uint8Array, said: Uint8Array = new Uint8Array(0)): string =>
    AMQP_DETECTOR.detect(asked, said);

  it.each([
    [bytesOf('AMQP\0\0\u0009\u0001'), bytes(), 'yes'],
    [declare('a'), bytes(), 'yes'],
    [bytes(), method(1, [60, 60], short('tag')), 'yes'],
    [bytesOf('AM'), bytes(), 'maybe'],
    [bytes(), bytes(), 'maybe'],
    [bytesOf('AMQP\0\u0001\u0000\u0000'), bytes(), 'no'],
    [frame(1, 1, int16(77), int16(1)), bytes(), 'no'],
    [frame(8, 0), bytes(), 'no'],
    [declare('a').subarray(0, 12), bytes(), 'no'],
    [bytesOf('GET / HTTP'), bytes(), 'no'],
  ])('%# says what it is', (asked, said, expected) => {
    expect(detect(asked, said)).toBe(expected);
  });
});
