import { client, server } from '../conversations.ts';
import { bytes, int16, int32, type Part, type Sample } from './sample.ts';

/** A text with its length in two bytes. */
export function text(value: string): Uint8Array {
  return bytes(int16(value.length), value);
}

/** A text of flexible versions. */
export function compact(value: string): Uint8Array {
  return bytes(value.length + 1, value);
}

export const INT64 = [0, 0, 0, 0, 0, 0, 0, 0];

export function sized(...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return bytes(int32(body.length), body);
}

export function request(
  key: number,
  version: number,
  id: number,
  ...body: readonly Part[]
): Uint8Array {
  return sized(int16(key), int16(version), int32(id), text('shop'), ...body);
}

export function answer(id: number, ...body: readonly Part[]): Uint8Array {
  return sized(int32(id), ...body);
}

export function produceV3(id: number, topic: string, acks = 1): Uint8Array {
  const records = bytes(int32(1), int32(0), int32(3), 'abc');
  return request(0, 3, id, int16(-1), int16(acks), int32(1000), int32(1), text(topic), records);
}

/** One topic, one partition. */
export function producedV3(id: number, topic: string, code: number): Uint8Array {
  return answer(id, int32(1), text(topic), int32(1), int32(0), int16(code), INT64, INT64, int32(0));
}

export function fetchV12(id: number, topic: string): Uint8Array {
  const partition = [int32(0), int32(0), INT64, int32(0), INT64, int32(1 << 20), 0];
  return request(
    1,
    12,
    id,
    0,
    int32(-1),
    int32(500),
    int32(1),
    int32(9),
    0,
    int32(0),
    int32(-1),
    2,
    compact(topic),
    2,
    ...partition,
    0,
    1,
    1,
    0,
  );
}

/** One topic; the records of each partition, and its code. */
export function fetchedV12(
  id: number,
  topic: string,
  partitions: readonly { readonly code: number; readonly records: string }[],
): Uint8Array {
  const parts = partitions.map(({ code, records }) =>
    bytes(
      int32(0),
      int16(code),
      INT64,
      INT64,
      INT64,
      2,
      INT64,
      INT64,
      0,
      int32(-1),
      compact(records),
      0,
    ),
  );
  return answer(
    id,
    0,
    int32(0),
    int16(0),
    int32(0),
    2,
    compact(topic),
    parts.length + 1,
    ...parts,
    0,
    0,
  );
}

export const KAFKA_SAMPLE: Sample = {
  protocol: 'kafka',
  steps: [
    client(request(18, 3, 0, 0, compact('java'), compact('3.9'), 0), 1),
    server(answer(0, int16(0), 2, int16(0), int16(0), int16(9), 0, int32(0), 0), 2),
    client(request(3, 1, 1, int32(1), text('orders')), 3),
    server(
      answer(
        1,
        int32(1),
        int32(1),
        text('broker'),
        int32(9092),
        int16(-1),
        int32(1),
        int32(1),
        int16(5),
        text('orders'),
        0,
        int32(0),
      ),
      4,
    ),
    client(bytes(produceV3(2, 'orders'), produceV3(3, 'bills')), 5),
    server(bytes(producedV3(2, 'orders', 0), producedV3(3, 'bills', 29)), 6),
    client(fetchV12(4, 'orders'), 7),
    server(
      fetchedV12(4, 'orders', [
        { code: 0, records: 'first' },
        { code: 0, records: 'b' },
      ]),
      8,
    ),
    client(produceV3(5, 'orders', -1), 9),
    server(producedV3(5, 'orders', 19), 10),
  ],
  calls: [
    'ApiVersions 0 ok',
    'Metadata 5 client_error LEADER_NOT_AVAILABLE',
    'Produce orders 0 ok',
    'Produce bills 29 client_error TOPIC_AUTHORIZATION_FAILED',
    'Fetch orders 0 ok',
    'Produce orders 19 server_error NOT_ENOUGH_REPLICAS',
  ],
};
