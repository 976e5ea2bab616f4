import { client, server } from '../conversations.ts';
import { bytes, int16, int32, type Part, type Sample } from './sample.ts';

export function frame(type: number, channel: number, ...payload: readonly Part[]): Uint8Array {
  const body = bytes(...payload);
  return bytes(type, int16(channel), int32(body.length), body, 0xce);
}

/** A method frame: class, method, arguments. */
export function method(
  channel: number,
  id: readonly [number, number],
  ...args: readonly Part[]
): Uint8Array {
  return frame(1, channel, int16(id[0]), int16(id[1]), ...args);
}

/** A text with its length in one byte. */
export function short(text: string): Uint8Array {
  return bytes(text.length, text);
}

export function publish(exchange: string, key: string, channel = 1): Uint8Array {
  return bytes(
    method(channel, [60, 40], int16(0), short(exchange), short(key), 0),
    frame(2, channel, int16(60), int16(0), int32(0), int32(5), int16(0)),
    frame(3, channel, 'hello'),
  );
}

export function declare(queue: string, channel = 1): Uint8Array {
  return method(channel, [50, 10], int16(0), short(queue), 0, int32(0));
}

export function close(
  channel: number,
  code: number,
  text: string,
  cause: readonly [number, number],
): Uint8Array {
  return method(
    channel,
    channel === 0 ? [10, 50] : [20, 40],
    int16(code),
    short(text),
    int16(cause[0]),
    int16(cause[1]),
  );
}

export function confirm(id: 80 | 120, number: number, isMultiple = 0): Uint8Array {
  return method(1, [60, id], int32(0), int32(number), isMultiple);
}

export const AMQP_SAMPLE: Sample = {
  protocol: 'amqp',
  steps: [
    client('AMQP\0\0\u0009\u0001', 1),
    server(method(0, [10, 10], 0, 9, int32(0), int32(5), 'PLAIN', int32(5), 'en_US'), 2),
    client(method(0, [10, 40], short('/'), 0, 0), 3),
    server(method(0, [10, 41], 0), 4),
    client(method(1, [20, 10], 0), 5),
    server(method(1, [20, 11], int32(0)), 6),
    client(declare('orders'), 7),
    server(method(1, [50, 11], short('orders'), int32(0), int32(0)), 8),
    client(bytes(method(1, [85, 10], 0), frame(8, 0)), 9),
    server(bytes(method(1, [85, 11]), frame(8, 0)), 10),
    client(bytes(publish('', 'orders'), publish('events', 'a')), 11),
    server(bytes(confirm(80, 1), confirm(120, 2)), 12),
    client(declare('bills'), 13),
    server(close(1, 406, 'PRECONDITION_FAILED - inequivalent arg', [50, 10]), 14),
    client(method(1, [20, 41]), 15),
  ],
  calls: [
    'connection.open ok',
    'channel.open ok',
    'queue.declare orders ok',
    'confirm.select ok',
    'basic.publish orders ok',
    'basic.publish events server_error amqp.nack',
    'queue.declare bills 406 client_error PRECONDITION_FAILED',
  ],
};
