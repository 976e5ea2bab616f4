import { describe, expect, it } from 'vitest';
import type { ConnectionContext, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import { MQTT_DETECTOR } from '../../../src/domain/calls/protocols/mqtt/mqtt-detect.ts';
import {
  brief,
  callsOf,
  client,
  end,
  inPieces,
  recorder,
  reset,
  server,
  START_US,
  type Step,
} from '../../support/conversations.ts';
import {
  ack,
  because,
  connect,
  connected,
  granted,
  MQTT5_SAMPLE,
  MQTT_SAMPLE,
  NONE,
  packet,
  PINGREQ,
  PINGRESP,
  properties,
  PUBACK,
  PUBCOMP,
  publish,
  PUBREC,
  PUBREL,
  subscribe,
  text,
  unsubscribe,
} from '../../support/samples/mqtt.ts';
import { bytes, int16, int32 } from '../../support/samples/sample.ts';

const make = (context: ConnectionContext): Decoder => MQTT_DETECTOR.create(context);

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, make).map((call) => brief(call));
}

function reasons(...steps: readonly Step[]): readonly (string | null)[] {
  return callsOf(steps, make).map(({ reason }) => reason);
}

const V5 = [client(connect(5)), server(packet(0x20, 0, 0, NONE))];
const one = (topic: string, id = 1): Uint8Array => publish(topic, { qos: 1, id });
const two = (topic: string, id = 1): Uint8Array => publish(topic, { qos: 2, id });

describe('conversations with an MQTT broker', () => {
  it.each([MQTT_SAMPLE, MQTT5_SAMPLE])('are told, however they are cut', ({ steps, calls }) => {
    expect(told(...steps)).toEqual(calls);
    expect(told(...inPieces(steps, 1))).toEqual(calls);
  });

  it('name topics without what looks like an id', () => {
    const calls = told(
      client(
        bytes(
          one('carts/4711/items', 1),
          one('user.0a9b8c7d6e', 2),
          one('/a/b/c/d/e', 3),
          subscribe(4, ['a/+/#', '$share/g/b', 'c', 'd']),
        ),
      ),
    );
    expect(calls.map((call) => call.split(' unknown')[0])).toEqual([
      'PUBLISH carts/+/items',
      'PUBLISH +',
      'PUBLISH /a/b/c/#',
      'SUBSCRIBE a/+/#, $share/g/b, c, …',
    ]);
  });

  it('may have the trace of a caller beside a message', () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const more = properties(
      0x01,
      1,
      0x02,
      int32(60),
      0x0b,
      9,
      0x03,
      text('text/plain'),
      0x26,
      text('TraceParent'),
      text(trace),
    );
    const calls = callsOf(
      [...V5, client(bytes(publish('a', { more }), publish('b', { qos: 1, more })))],
      make,
    );
    expect(calls.slice(1).map(({ correlation }) => correlation.traceId)).toEqual([
      'a'.repeat(32),
      'a'.repeat(32),
    ]);
  });

  it.each([100, 200, 20_000, 2_100_000])('may have messages of %i bytes', (length) => {
    const large = publish('a', { qos: 1, content: 'x'.repeat(length) });
    const steps = [client(bytes(large, PINGREQ)), server(bytes(ack(PUBACK, 1), PINGRESP))];
    expect(told(...inPieces(steps, 1_400))).toEqual(['PUBLISH a ok', 'PINGREQ ok']);
  });

  it('are not followed beyond a number', () => {
    const many = Array.from({ length: OPEN_MAX + 1 }, (_, at) => one('a', at + 1));
    expect(told(client(bytes(...many)))[0]).toBe('PUBLISH a unknown mqtt.limit');
  });

  it('say what is open', () => {
    const { decoder } = recorder(make);
    decoder.onClientBytes(connect(), START_US);
    decoder.onClientEnd(START_US);
    expect(decoder.openCalls(START_US)).toHaveLength(1);
  });
});

describe('signing in to an MQTT broker', () => {
  it.each([
    [connected(1), 'CONNECT 1 client_error unsupported_protocol_version'],
    [connected(2), 'CONNECT 2 client_error client_identifier_not_valid'],
    [connected(3), 'CONNECT 3 server_error server_unavailable'],
    [connected(4), 'CONNECT 4 client_error bad_user_name_or_password'],
    [connected(5), 'CONNECT 5 client_error not_authorized'],
    [packet(0x20, 0, 0x87, NONE), 'CONNECT 135 client_error not_authorized'],
    [packet(0x20, 0, 0x9d, NONE), 'CONNECT 157 server_error server_moved'],
    [packet(0x20, 0, 0xf0, NONE), 'CONNECT 240 client_error code_240'],
    [packet(0x20, 0, 0, bytes(9, 0x1f)), 'CONNECT unknown mqtt.not_read'],
    [packet(0x20, 1, 0), 'CONNECT ok'],
  ])('%# is answered by a number', (said, expected) => {
    expect(told(client(connect()), server(said), end('server'))).toEqual([expected]);
  });

  it('says why it was refused, without secrets', () => {
    const said = 'no such user, password=hunter2';
    expect(reasons(client(connect(5)), server(packet(0x20, 0, 0x86, because(said))))).toEqual([
      'MQTT 134 bad user name or password: no such user, password=***',
    ]);
    expect(reasons(client(connect()), server(connected(0xf0)))).toEqual(['MQTT 240']);
  });

  it('may take several steps, and be done again', () => {
    expect(
      told(
        client(connect(5)),
        server(packet(0xf0, 0x18, NONE)),
        client(packet(0xf0, 0x18, NONE)),
        server(packet(0x20, 0, 0, NONE)),
        client(packet(0xf0, 0x19, NONE)),
        server(packet(0xf0, 0x18, NONE)),
        client(packet(0xf0, 0x18, NONE)),
        server(packet(0xf0)),
      ),
    ).toEqual(['CONNECT ok', 'AUTH ok']);
  });

  it('may be unanswered, or tried twice', () => {
    expect(told(client(connect()), end('server'))).toEqual([
      'CONNECT transport_error tcp.closed_before_response',
    ]);
    expect(told(client(bytes(connect(), connect())), server(connected()))).toEqual([
      'CONNECT unknown mqtt.unanswered low',
      'CONNECT ok',
    ]);
    expect(told(server(connected()))).toEqual([]);
  });

  it('is still its own answer after a loss', () => {
    expect(told(client(connect()), server('', 1, 9), server(connected()))).toEqual([
      'CONNECT ok low',
    ]);
    expect(told(server('', 1, 9), client(PINGREQ), server(bytes(connected(), PINGRESP)))).toEqual([
      'PINGREQ unknown bytes_lost low',
    ]);
  });
});

describe('what an MQTT client asks for', () => {
  it.each([
    [ack(PUBACK, 1), 'PUBLISH a ok'],
    [ack(PUBACK, 1, 0x10), 'PUBLISH a 16 ok'],
    [ack(PUBACK, 1, 0x80), 'PUBLISH a 128 server_error unspecified_error'],
    [ack(PUBACK, 1, 0x87, NONE), 'PUBLISH a 135 client_error not_authorized'],
    [ack(PUBACK, 1, 0x87, 9), 'PUBLISH a unknown mqtt.not_read'],
    [ack(PUBREC, 1), 'PUBLISH a transport_error tcp.closed_before_response'],
    [ack(PUBACK, 2), 'PUBLISH a transport_error tcp.closed_before_response'],
    [granted(1, 0), 'PUBLISH a transport_error tcp.closed_before_response'],
  ])('%# is answered by its own number', (said, expected) => {
    expect(told(client(one('a')), server(said), end('server'))).toEqual([expected]);
  });

  it('may have to be said in two steps', () => {
    const [call] = callsOf(
      [
        client(two('a'), 1),
        server(ack(PUBREC, 1), 2),
        client(ack(PUBREL, 1), 3),
        server(ack(PUBCOMP, 1), 4),
      ],
      make,
    );
    expect(call).toMatchObject({
      outcome: 'ok',
      firstByteAtUs: START_US + 2_000,
      endedAtUs: START_US + 4_000,
    });
    expect(told(client(two('a')), server(ack(PUBREC, 1)), reset('server'))).toEqual([
      'PUBLISH a transport_error tcp.reset_before_response',
    ]);
    expect(told(client(two('a')), server(bytes(ack(PUBREC, 1), ack(PUBCOMP, 1, 0x92))))).toEqual([
      'PUBLISH a 146 client_error packet_identifier_not_found',
    ]);
  });

  it('may be said again before it is answered', () => {
    const again = publish('a', { qos: 1, flags: 8 });
    expect(told(client(bytes(one('a'), again)), server(ack(PUBACK, 1)))).toEqual(['PUBLISH a ok']);
    expect(told(client(again), server(ack(PUBACK, 1)))).toEqual(['PUBLISH a ok']);
    expect(told(client(bytes(one('a'), one('b'))), server(ack(PUBACK, 1)))).toEqual([
      'PUBLISH a unknown mqtt.unanswered low',
      'PUBLISH b ok',
    ]);
  });

  it('fails when one of several filters is refused', () => {
    expect(
      reasons(client(subscribe(1, ['a', 'secret/#', 'c'])), server(granted(1, 0, 0x80, 1))),
    ).toEqual(['MQTT 128 subscription refused: secret/#']);
    expect(
      reasons(
        ...V5,
        client(subscribe(1, ['a', 'secret/#'], NONE)),
        server(granted(1, because('not yours'), 0, 0x87)),
      ).at(-1),
    ).toBe('MQTT 135 not authorized: secret/#, not yours');
    expect(reasons(client(subscribe(1, ['a'])), server(granted(1, 0, 0x80)))).toEqual([
      'MQTT 128 subscription refused',
    ]);
    expect(
      told(...V5, client(unsubscribe(1, ['a'], NONE)), server(packet(0xb0, int16(1), NONE, 0x87))),
    ).toContain('UNSUBSCRIBE a 135 client_error not_authorized');
  });

  it('is not known to be granted by an answer that cannot be read', () => {
    expect(told(...V5, client(subscribe(1, ['a'], NONE)), server(granted(1, 9, 1))).at(-1)).toBe(
      'SUBSCRIBE a unknown mqtt.not_read',
    );
    const cut = granted(1, properties(0x26, text('a'), text('b'.repeat(50))), 0x87);
    expect(
      told(
        ...V5,
        client(subscribe(1, ['a'], NONE)),
        server(cut.subarray(0, 20)),
        server(cut.subarray(30), 0, 10),
      ).at(-1),
    ).toBe('SUBSCRIBE a unknown mqtt.not_read low');
  });

  it('is passed over when it cannot be read in its version', () => {
    expect(told(...V5, client(bytes(subscribe(1, ['x'.repeat(300)]), one('a', 2))))).toEqual([
      'CONNECT ok',
      'PUBLISH a unknown no_response low',
    ]);
  });

  it('is read where its version was not seen', () => {
    expect(
      told(
        client(bytes(subscribe(1, ['a/b'], NONE), unsubscribe(2, ['a/b'], NONE))),
        server(bytes(granted(1, NONE, 0x87), packet(0xb0, int16(2), NONE, 0))),
      ),
    ).toEqual(['SUBSCRIBE a/b 135 client_error not_authorized', 'UNSUBSCRIBE a/b ok']);
  });

  it('is named by a number only where that was named', () => {
    const alias = properties(0x23, int16(7));
    const topicOf = (...steps: readonly Step[]): readonly string[] =>
      told(...V5, ...steps).map((call) => call.split(' unknown')[0] ?? '');
    const named = publish('a', { qos: 1, id: 1, more: alias });
    const byNumber = publish('', { qos: 1, id: 2, more: alias });
    expect(topicOf(client(bytes(named, byNumber))).slice(1)).toEqual(['PUBLISH a', 'PUBLISH a']);
    expect(topicOf(client(byNumber)).slice(1)).toEqual(['PUBLISH']);
    expect(topicOf(client(named), client(bytes(PINGREQ, byNumber), 0, 9)).slice(1)).toEqual([
      'PUBLISH a',
      'PINGREQ',
      'PUBLISH',
    ]);
    const many = Array.from({ length: 1_025 }, (_, at) =>
      publish('b', { qos: 1, id: at + 3, more: properties(0x23, int16(at + 8)) }),
    );
    expect(topicOf(client(bytes(named, ...many, byNumber))).at(-1)).toBe('PUBLISH');
  });

  it('may be given up', () => {
    expect(told(client(one('a')), reset('client', 2_000))).toEqual([
      'PUBLISH a timeout tcp.client_abort',
    ]);
    expect(told(client(PINGREQ), end('server'))).toEqual([
      'PINGREQ transport_error tcp.closed_before_response',
    ]);
    expect(told(end('server'), client(one('a')))).toEqual([
      'PUBLISH a transport_error tcp.closed_before_response',
    ]);
  });

  it('is none when it answers what the broker delivers', () => {
    expect(
      told(
        server(bytes(publish('a', { qos: 1 }), publish('b', { qos: 2, id: 2 }))),
        client(bytes(ack(PUBACK, 1), ack(PUBREC, 2))),
        server(bytes(ack(PUBREL, 2), ack(PUBREC, 9))),
        client(ack(PUBCOMP, 2)),
      ),
    ).toEqual([]);
  });
});
