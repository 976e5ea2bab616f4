import { describe, expect, it } from 'vitest';
import type { ConnectionContext, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { MQTT_DETECTOR } from '../../../src/domain/calls/protocols/mqtt/mqtt-detect.ts';
import {
  brief,
  callsOf,
  client,
  end,
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
  disconnect,
  NONE,
  packet,
  PINGREQ,
  PINGRESP,
  properties,
  PUBACK,
  publish,
  subscribe,
} from '../../support/samples/mqtt.ts';
import { bytes, int16 } from '../../support/samples/sample.ts';

const make = (context: ConnectionContext): Decoder => MQTT_DETECTOR.create(context);

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, make).map((call) => brief(call));
}

function reasons(...steps: readonly Step[]): readonly (string | null)[] {
  return callsOf(steps, make).map(({ reason }) => reason);
}

const one = (topic: string, id = 1): Uint8Array => publish(topic, { qos: 1, id });

describe('MQTT messages that nobody answers', () => {
  it('are done when something after them is answered', () => {
    expect(
      told(client(bytes(publish('a'), one('b'), publish('c'))), server(ack(PUBACK, 1))),
    ).toEqual(['PUBLISH a ok low', 'PUBLISH b ok', 'PUBLISH c unknown mqtt.unconfirmed low']);
  });

  it.each([
    ['the recording', []],
    ['the client', [end('client')]],
    ['the broker', [end('server')]],
    ['a reset of the client', [reset('client')]],
    ['a reset of the broker', [reset('server')]],
    ['a loss', [server('', 1, 9)]],
  ])('are unknown after the end of %s', (_, steps) => {
    expect(told(client(publish('a')), ...steps)[0]).toMatch(/^PUBLISH a unknown .* low$/u);
  });

  it('do not wait without end', () => {
    const { calls, decoder } = recorder(make);
    for (let sent = 0; sent < 66; sent += 1) decoder.onClientBytes(publish('a'), START_US);
    expect(calls).toHaveLength(2);
  });
});

describe('an MQTT broker that ends a connection', () => {
  const away = disconnect(0x8b, because('for the night'));
  const bad = disconnect(0x95);

  it('says so to all who wait when it is not about them', () => {
    const waiting = client(bytes(one('a'), subscribe(2, ['b'], NONE), PINGREQ, connect(5)));
    expect(told(waiting, server(away))).toEqual([
      'PUBLISH a 139 server_error server_shutting_down',
      'SUBSCRIBE b 139 server_error server_shutting_down',
      'PINGREQ 139 server_error server_shutting_down',
      'CONNECT 139 server_error server_shutting_down',
    ]);
    expect(reasons(client(one('a')), server(away))).toEqual([
      'MQTT 139 server shutting down: for the night',
    ]);
    expect(told(server(away))).toEqual(['DISCONNECT 139 server_error server_shutting_down']);
    expect(told(server(disconnect(0x8d)))).toEqual(['DISCONNECT 141 timeout keep_alive_timeout']);
  });

  it('says nothing when it ends as it should', () => {
    expect(told(client(publish('a')), server(disconnect()))).toEqual([
      'PUBLISH a unknown mqtt.unconfirmed low',
    ]);
  });

  it('for a request means the only one', () => {
    expect(told(client(one('a')), server(bad))).toEqual([
      'PUBLISH a 149 client_error packet_too_large',
    ]);
    expect(told(client(publish('a')), server(bad))).toEqual([
      'PUBLISH a 149 client_error packet_too_large',
    ]);
  });

  it('for a request is not known to mean one of several', () => {
    const several = client(bytes(one('a'), one('b', 2), publish('c')));
    expect(told(several, server(bad))).toEqual([
      'PUBLISH a unknown mqtt.disconnected',
      'PUBLISH b unknown mqtt.disconnected',
      'PUBLISH c unknown mqtt.unconfirmed low',
      'DISCONNECT 149 client_error packet_too_large',
    ]);
    const begun = one('b', 2).subarray(0, 6);
    expect(told(client(bytes(one('a'), begun)), server(bad))).toEqual([
      'PUBLISH a unknown mqtt.disconnected',
      'DISCONNECT 149 client_error packet_too_large',
    ]);
  });

  it('is not understood when it cannot be read', () => {
    expect(told(client(one('a')), server(disconnect(0x8b, 9)))).toEqual([
      'PUBLISH a unknown mqtt.not_read',
    ]);
  });

  it('blames nobody after a loss', () => {
    expect(
      told(client(one('a')), client(bytes(one('b', 2), PINGREQ), 1, 9), server(bad, 2)),
    ).toEqual([
      'PUBLISH a unknown mqtt.disconnected low',
      'PUBLISH b unknown mqtt.disconnected low',
      'PINGREQ unknown bytes_lost low',
      'unknown 149 client_error packet_too_large low',
    ]);
    for (const said of [away, bad]) {
      expect(told(client(one('a')), server('', 1, 9), server(said, 2))[0]).toBe(
        'PUBLISH a unknown bytes_lost low',
      );
    }
  });
});

describe('the promise of an MQTT client to speak', () => {
  const MISSED = 'DISCONNECT timeout keep_alive_timeout';
  const signedIn = [client(connect(4, 10), 1), server(connected(), 2)];

  it('is broken when the broker closes after one and a half times as long', () => {
    const calls = callsOf([...signedIn, end('server', 15_001)], make);
    expect(calls.map((call) => brief(call))).toEqual(['CONNECT ok', MISSED]);
    expect(calls[1]?.reason).toBe(
      'the broker closed the connection: checkout said nothing for 15s, and had promised to every 10s',
    );
    expect(told(...signedIn, reset('server', 15_001))).toContain(MISSED);
    expect(told(...signedIn, end('server', 15_001), end('server', 15_002))).toHaveLength(2);
  });

  it('may be changed by the broker', () => {
    const changed = packet(0x20, 0, 0, properties(0x13, int16(2)));
    expect(told(client(connect(5), 1), server(changed, 2), end('server', 3_002))).toContain(MISSED);
  });

  it.each([
    ['it spoke', [client(publish('a'), 9_000), end('server', 15_001)]],
    ['it left first', [end('client', 15_000), end('server', 15_001)]],
    ['it said that it goes', [client(packet(0xe0), 3), end('server', 15_001)]],
    ['it waited for an answer', [client(one('a'), 3), end('server', 15_003)]],
    ['it may have spoken', [client('', 3, 9), end('server', 15_003)]],
    [
      'it may have spoken longer',
      [client(one('a').subarray(0, 5), 3), client('', 4, 1), end('server', 15_003)],
    ],
    ['the broker said why', [server(disconnect(0x8b), 15_000), end('server', 15_001)]],
    ['it was over already', [reset('client', 3), end('server', 15_001)]],
  ])('is kept when %s', (_, steps) => {
    expect(told(...signedIn, ...steps)).not.toContain(MISSED);
  });

  it('is none with a time of zero, or one that was not seen', () => {
    expect(told(client(connect(4, 0), 1), server(connected(), 2), end('server', 90_000))).toEqual([
      'CONNECT ok',
    ]);
    expect(told(client(PINGREQ, 1), server(PINGRESP, 2), end('server', 90_000))).toEqual([
      'PINGREQ ok',
    ]);
  });
});
