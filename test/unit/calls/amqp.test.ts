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
