import { describe, expect, it } from 'vitest';
import type { ConnectionContext, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { MQTT_DETECTOR } from '../../../src/domain/calls/protocols/mqtt/mqtt-detect.ts';
import { brief, callsOf, client, end, server, type Step } from '../../support/conversations.ts';
import {
  ack,
  because,
  connect,
  connected,
  disconnect,
  granted,
  NONE,
  packet,
  PINGREQ,
  PINGRESP,
  properties,
  PUBACK,
  publish,
  subscribe,
  text,
  unsubscribe,
} from '../../support/samples/mqtt.ts';
import { bytes, int16 } from '../../support/samples/sample.ts';

const make = (context: ConnectionContext): Decoder => MQTT_DETECTOR.create(context);

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, make).map((call) => brief(call));
}

const one = (topic: string, id = 1): Uint8Array => publish(topic, { qos: 1, id });

describe('losses on a connection to an MQTT broker', () => {
  it('leave calls that are known by their numbers', () => {
    expect(
      told(client(one('a')), server('', 1, 9), server(bytes(ack(PUBACK, 1), PINGRESP), 2)),
    ).toEqual(['PUBLISH a ok low']);
    expect(
      told(
        client(one('a')),
        client(one('b', 2), 1, 9),
        server(bytes(ack(PUBACK, 1), ack(PUBACK, 2))),
      ),
    ).toEqual(['PUBLISH a ok low', 'PUBLISH b ok low']);
    expect(told(client(one('a')), server('', 1, 9), end('server'))).toEqual([
      'PUBLISH a unknown bytes_lost low',
    ]);
  });

  it('of both sides leave no number that can be trusted', () => {
    for (const lost of [
      [client('', 1, 9), server('', 2, 9)],
      [server('', 1, 9), client('', 2, 9)],
    ]) {
      expect(
        told(client(one('a')), ...lost, server(bytes(publish('x/y'), ack(PUBACK, 1)), 3)),
      ).toEqual(['PUBLISH a unknown bytes_lost low']);
    }
    expect(
      told(client(one('a')), server('', 1, 9), client(one('b')), server(ack(PUBACK, 1))),
    ).toEqual(['PUBLISH a unknown bytes_lost low', 'PUBLISH b ok low']);
  });

  it('inside of a message leave open whether it was answered', () => {
    const long = publish('a', { qos: 1, content: 'x'.repeat(90) });
    const cut = [client(long.subarray(0, 30)), client(long.subarray(60), 2, 30)];
    expect(told(...cut, server(ack(PUBACK, 1), 3))).toEqual(['PUBLISH a ok low']);
    expect(told(...cut, end('server', 3))).toEqual(['PUBLISH a unknown bytes_lost low']);
  });

  it('inside of an answer leave open what it said', () => {
    const long = ack(PUBACK, 1, 0x87, because('x'.repeat(30)));
    expect(
      told(client(one('a')), server(long.subarray(0, 5)), server(long.subarray(15), 1, 10)),
    ).toEqual(['PUBLISH a unknown mqtt.not_read low']);
  });

  it('before a greeting leave it', () => {
    expect(told(client('', 0, 9), client(connect()), server(connected(5)))).toEqual([
      'CONNECT 5 client_error not_authorized low',
    ]);
  });

  it('that hide the number of a message may hide another', () => {
    const long = one('a'.repeat(60), 2);
    expect(
      told(
        client(one('b')),
        client(long.subarray(0, 10)),
        client(long.subarray(66), 1, 56),
        server('', 2, 9),
        server(publish('x/y'), 3),
        end('server'),
      ),
    ).toEqual(['PUBLISH b unknown bytes_lost low']);
    const filter = subscribe(3, ['a', 'b'.repeat(60)]);
    expect(
      told(client(filter.subarray(0, 14)), client(filter.subarray(30), 1, 16), end('server')),
    ).toEqual(['SUBSCRIBE a unknown bytes_lost low']);
  });

  it.each([
    ['a byte that begins nothing', client(bytes(0x00, 1, 2, 3))],
    ['what only brokers say', client(PINGRESP)],
    ['flags that are none', client(bytes(0x36, 5, 0, 1, 97, 0, 1))],
    ['quality 0 said again', client(bytes(0x38, 3, 0, 1, 97))],
    ['a length in too many bytes', client(bytes(0x30, 0x80, 0x80, 0x80, 0x80, 1))],
    ['a length with a byte too many', client(bytes(0x30, 0x85, 0x00))],
    ['a ping with content', client(bytes(0xc0, 1, 0))],
    ['an answer without a number', client(bytes(0x40, 1, 1))],
    ['a number that is none', client(ack(PUBACK, 0))],
    ['another protocol', client(packet(0x10, text('MQtt'), 4, 2, 0, 60, 0, 0))],
    ['a name longer than its packet', client(bytes(0x30, 5, 0, 9, 97, 98, 99))],
    ['a filter that is none', client(subscribe(1, ['a#b']))],
    ['a request that is far too long', client(bytes(0x82, 0xff, 0xff, 0x7f, 0, 1))],
    ['a filter without its end', client(packet(0x82, int16(1), int16(9), 'ab', 1))],
    ['no filters', client(packet(0xa2, int16(1), NONE, 0, 0))],
  ])('are found out by %s, and over with the next packet', (_, noise) => {
    expect(
      told(
        noise,
        client(new Uint8Array([1])),
        client(bytes(one('b', 2), PINGREQ)),
        server(bytes(ack(PUBACK, 2), PINGRESP)),
      )[0],
    ).toBe('PUBLISH b ok low');
  });
});

describe('recognising MQTT', () => {
  const older = packet(0x10, text('MQIsdp'), 3, 2, int16(60), text('x'));
  it.each([
    ['a greeting', connect(), 'yes'],
    ['one of version 5', connect(5), 'yes'],
    ['one of 3.1', older, 'yes'],
    ['one of another broker', connect(0x84), 'yes'],
    ['its beginning', connect().subarray(0, 5), 'maybe'],
    ['its first byte', connect().subarray(0, 1), 'maybe'],
    ['another name', packet(0x10, text('MQXX'), 4, 2, int16(60), text('abc')), 'no'],
    ['another length', bytes(0x10, 20, 0, 9), 'no'],
    ['a message', publish('shop/cart'), 'yes'],
    ['a long message', publish('shop/cart', { content: 'x'.repeat(900) }).subarray(0, 512), 'yes'],
    ['the beginning of a message', publish('shop/cart').subarray(0, 9), 'no'],
    ['a message and another', bytes(one('a/b'), PINGREQ, publish('c').subarray(0, 4)), 'yes'],
    ['a message and the head of another', bytes(one('a/b'), publish('c').subarray(0, 1)), 'yes'],
    ['a message and noise', bytes(one('a/b'), 'no'), 'no'],
    ['a message and no topic', bytes(one('a/b'), publish('#')), 'no'],
    ['a message without a topic', publish(''), 'no'],
    ['a message with a number for it', publish('', { more: properties(0x23, int16(1)) }), 'yes'],
    ['a message with no number for it', publish('', { more: NONE }), 'no'],
    ['a message without a number', packet(0x32, text('a'), int16(0)), 'no'],
    ['a message with a wildcard', publish('a/#'), 'no'],
    ['a message that is not text', publish('a\u0001'), 'no'],
    ['many messages', bytes(...Array.from({ length: 20 }, () => publish('a/b'))), 'yes'],
    ['a subscription', subscribe(1, ['a/+']), 'yes'],
    ['the beginning of one', subscribe(1, ['a/+']).subarray(0, 6), 'no'],
    ['a wildcard in the middle', subscribe(1, ['a/#/b']), 'no'],
    ['the end of one', unsubscribe(1, ['a/#'], NONE), 'yes'],
    ['an answer', ack(PUBACK, 1), 'no'],
    ['a ping', PINGREQ, 'no'],
    ['an answer and a message', bytes(ack(PUBACK, 1), publish('a')), 'no'],
    ['a message and an answer', bytes(publish('a'), ack(PUBACK, 1, 0x10)), 'yes'],
    ['a message and an answer that is none', bytes(publish('a'), ack(PUBACK, 1, 0x40)), 'no'],
    ['a message and one that cannot be read', bytes(publish('a'), ack(PUBACK, 1, 0, 9)), 'no'],
    ['a request', 'GET / HTTP/1.1\r\n', 'no'],
  ])('by %s of a client: %s', (_, said, expected) => {
    expect(MQTT_DETECTOR.detect(bytes(said), bytes())).toBe(expected);
  });

  it.each([
    ['nothing', bytes(), 'maybe'],
    ['a delivery', publish('a/b'), 'yes'],
    ['answers', bytes(granted(1, 0), ack(PUBACK, 2)), 'no'],
    ['a delivery and answers', bytes(publish('a'), granted(1, 0, 0x80), connected()), 'yes'],
    ['a delivery and codes', bytes(publish('a'), granted(1, NONE, 0x87)), 'yes'],
    ['a delivery and codes that are none', bytes(publish('a'), granted(1, 0x55)), 'no'],
    ['a delivery and a refusal', bytes(publish('a'), connected(5)), 'yes'],
    ['a delivery and no refusal', bytes(publish('a'), connected(9)), 'no'],
    ['a delivery and an end', bytes(publish('a'), disconnect(0x8e)), 'yes'],
    ['a delivery and a ping', bytes(publish('a'), PINGRESP), 'yes'],
    ['text', bytes('220 mail ready'), 'no'],
  ])('by %s of a broker: %s', (_, said, expected) => {
    expect(MQTT_DETECTOR.detect(bytes(), said)).toBe(expected);
  });

  it('goes on in the middle of a connection', () => {
    const late = callsOf([
      client(one('a/b', 7), 1, Infinity),
      server(bytes(ack(PUBACK, 7, 0x87), publish('x/y')), 2, Infinity),
    ]);
    expect(late.map((call) => brief(call))).toEqual([
      'PUBLISH a/b 135 client_error not_authorized low',
    ]);
  });
});
