import { client, server } from '../conversations.ts';
import { bytes, int16, type Part, type Sample } from './sample.ts';

/** Type and flags, the length, and what is in it. */
export function packet(head: number, ...body: readonly Part[]): Uint8Array {
  const content = bytes(...body);
  return bytes(head, lengthOf(content.length), content);
}

function lengthOf(count: number): readonly number[] {
  return count < 128 ? [count] : [128 + (count % 128), ...lengthOf(Math.floor(count / 128))];
}

export function text(value: string): Uint8Array {
  const encoded = bytes(value);
  return bytes(int16(encoded.length), encoded);
}

/** What packets of version 5 say more, with its length. */
export function properties(...parts: readonly Part[]): Uint8Array {
  const content = bytes(...parts);
  return bytes(lengthOf(content.length), content);
}

export const NONE = properties();

export function because(reason: string): Uint8Array {
  return properties(0x1f, text(reason));
}

export function connect(version = 4, keepAliveS = 60): Uint8Array {
  const more = version === 5 ? NONE : [];
  return packet(0x10, text('MQTT'), version, 2, int16(keepAliveS), more, text('shop'));
}

export function connected(code = 0): Uint8Array {
  return packet(0x20, 0, code);
}

interface Said {
  readonly qos?: number;
  readonly id?: number;
  readonly flags?: number;
  readonly more?: Part;
  readonly content?: string;
}

/** A message; with the number of its packet when its quality is above 0. */
export function publish(
  topic: string,
  { qos = 0, id = 1, flags = 0, more = [], content = 'hello' }: Said = {},
): Uint8Array {
  const number = qos > 0 ? int16(id) : [];
  return packet(0x30 + qos * 2 + flags, text(topic), number, more, content);
}

export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBREL = 0x62;
export const PUBCOMP = 0x70;

export function ack(head: number, id: number, ...more: readonly Part[]): Uint8Array {
  return packet(head, int16(id), ...more);
}

export function subscribe(id: number, filters: readonly string[], more: Part = []): Uint8Array {
  return packet(0x82, int16(id), more, ...filters.map((filter) => bytes(text(filter), 1)));
}

export function unsubscribe(id: number, filters: readonly string[], more: Part = []): Uint8Array {
  return packet(0xa2, int16(id), more, ...filters.map((filter) => text(filter)));
}

export function granted(id: number, ...more: readonly Part[]): Uint8Array {
  return packet(0x90, int16(id), ...more);
}

export const PINGREQ = packet(0xc0);
export const PINGRESP = packet(0xd0);

/** Of the broker, in version 5. */
export function disconnect(...more: readonly Part[]): Uint8Array {
  return packet(0xe0, ...more);
}

export const MQTT_SAMPLE: Sample = {
  protocol: 'mqtt',
  steps: [
    client(connect(), 1),
    server(connected(), 2),
    client(subscribe(1, ['orders/#', 'shop/+/price']), 3),
    server(granted(1, 1, 2), 4),
    client(bytes(publish('orders/new'), publish('orders/old', { qos: 1, id: 2 })), 5),
    server(
      bytes(
        publish('orders/new', { content: `for you ${'x'.repeat(150)}` }),
        publish('orders/old', { qos: 1, id: 1 }),
        ack(PUBACK, 2),
      ),
      6,
    ),
    client(bytes(ack(PUBACK, 1), publish('shop/cart', { qos: 2, id: 3 })), 7),
    server(ack(PUBREC, 3), 8),
    client(ack(PUBREL, 3), 9),
    server(ack(PUBCOMP, 3), 10),
    client(subscribe(4, ['secret']), 11),
    server(granted(4, 0x80), 12),
    client(bytes(unsubscribe(5, ['orders/#']), PINGREQ), 13),
    server(bytes(packet(0xb0, int16(5)), PINGRESP), 14),
    client(publish('orders/last'), 15),
    client(PINGREQ, 16),
    server(PINGRESP, 17),
  ],
  calls: [
    'CONNECT ok',
    'SUBSCRIBE orders/#, shop/+/price ok',
    'PUBLISH orders/new ok low',
    'PUBLISH orders/old ok',
    'PUBLISH shop/cart ok',
    'SUBSCRIBE secret 128 client_error subscription_refused',
    'UNSUBSCRIBE orders/# ok',
    'PINGREQ ok',
    'PUBLISH orders/last ok low',
    'PINGREQ ok',
  ],
};

const ALIAS = (number: number): Uint8Array => properties(0x23, int16(number));

export const MQTT5_SAMPLE: Sample = {
  protocol: 'mqtt',
  steps: [
    client(connect(5), 1),
    server(packet(0x20, 0, 0, properties(0x21, int16(20), 0x12, text('id'))), 2),
    client(subscribe(1, ['orders/#', 'secret', 'more'], NONE), 3),
    server(granted(1, NONE, 1, 0x87, 0), 4),
    client(publish('orders/new', { qos: 1, id: 2, more: ALIAS(1) }), 5),
    server(ack(PUBACK, 2, 0x10), 6),
    client(publish('', { qos: 1, id: 3, more: ALIAS(1) }), 7),
    server(ack(PUBACK, 3, 0x97, because('no room left')), 8),
    client(publish('shop/cart', { qos: 2, id: 4, more: NONE }), 9),
    server(ack(PUBREC, 4, 0x99), 10),
    client(publish('shop/cart', { qos: 2, id: 5, more: NONE }), 11),
    server(ack(PUBREC, 5), 12),
    client(ack(PUBREL, 5), 13),
    server(ack(PUBCOMP, 5), 14),
    client(unsubscribe(6, ['orders/#', 'never'], NONE), 15),
    server(packet(0xb0, int16(6), NONE, 0, 0x11), 16),
    server(disconnect(0x8e), 17),
  ],
  calls: [
    'CONNECT ok',
    'SUBSCRIBE orders/#, secret, more 135 client_error not_authorized',
    'PUBLISH orders/new 16 ok',
    'PUBLISH orders/new 151 server_error quota_exceeded',
    'PUBLISH shop/cart 153 client_error payload_format_invalid',
    'PUBLISH shop/cart ok',
    'UNSUBSCRIBE orders/#, never ok',
    'DISCONNECT 142 client_error session_taken_over',
  ],
};
