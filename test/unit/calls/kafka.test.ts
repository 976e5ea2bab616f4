import { describe, expect, it } from 'vitest';
import { OPEN_MAX } from '../../../src/domain/calls/protocols/exchange/open-calls.ts';
import { createKafka } from '../../../src/domain/calls/protocols/kafka/kafka.ts';
import { KAFKA_DETECTOR } from '../../../src/domain/calls/protocols/kafka/kafka-detect.ts';
import { brief, callsOf, client, end, server, type Step } from '../../support/conversations.ts';
import {
  answer,
  compact,
  fetchedV12,
  fetchV12,
  INT64,
  KAFKA_SAMPLE,
  producedV3,
  produceV3,
  request,
  sized,
  text,
} from '../../support/samples/kafka.ts';
import { bytes, int16, int32, type Part } from '../../support/samples/sample.ts';

function told(...steps: readonly Step[]): readonly string[] {
  return callsOf(steps, createKafka).map((call) => brief(call));
}

/** What one answer makes of one request. */
function judged(key: number, version: number, ...body: readonly Part[]): string | undefined {
  return told(client(request(key, version, 7)), server(answer(7, ...body)))[0];
}

const NULL = int16(-1);

describe('Kafka requests and answers', () => {
  it('are paired by their number', () => {
    expect(callsOf(KAFKA_SAMPLE.steps).map((call) => brief(call))).toEqual(KAFKA_SAMPLE.calls);
    expect(
      told(
        client(bytes(produceV3(1, 'a'), produceV3(2, 'b'))),
        server(bytes(producedV3(2, 'b', 7), producedV3(9, 'x', 0), producedV3(1, 'a', 0))),
      ),
    ).toEqual(['Produce a 0 ok', 'Produce b 7 timeout REQUEST_TIMED_OUT']);
  });

  it('say why they failed, in the words of the broker where it has some', () => {
    const steps = [
      client(request(36, 1, 1, int32(0))),
      server(answer(1, int16(58), text('Authentication failed: password=hunter2'), int32(0))),
      client(produceV3(2, 'a')),
      server(producedV3(2, 'a', 3)),
    ];
    expect(callsOf(steps, createKafka).map((call) => call.reason)).toEqual([
      'Kafka SASL_AUTHENTICATION_FAILED (58): Authentication failed: password=***',
      'Kafka UNKNOWN_TOPIC_OR_PARTITION (3)',
    ]);
  });

  it.each<readonly [string, readonly [number, number], readonly Part[], string]>([
    [
      'Produce v8',
      [0, 8],
      [
        int32(1),
        text('a'),
        int32(1),
        int32(0),
        int16(10),
        INT64,
        INT64,
        INT64,
        int32(1),
        int32(0),
        NULL,
        text('too large'),
        int32(0),
      ],
      'Produce 10 client_error MESSAGE_TOO_LARGE',
    ],
    [
      'Produce v13',
      [0, 13],
      [0, 2, INT64, INT64, 2, int32(0), int16(-1), INT64, INT64, INT64, 1, 0, 0, 0, int32(0), 0],
      'Produce -1 server_error UNKNOWN_SERVER_ERROR',
    ],
    [
      'Fetch v4',
      [1, 4],
      [
        int32(0),
        int32(1),
        text('a'),
        int32(1),
        int32(0),
        int16(1),
        INT64,
        INT64,
        int32(-1),
        int32(0),
      ],
      'Fetch 1 client_error OFFSET_OUT_OF_RANGE',
    ],
    [
      'Fetch v7',
      [1, 7],
      [int32(0), int16(70), int32(0), int32(0)],
      'Fetch 70 client_error ERROR_70',
    ],
    [
      'ListOffsets v1',
      [2, 1],
      [int32(1), text('a'), int32(1), int32(0), int16(6), INT64, INT64],
      'ListOffsets 6 client_error NOT_LEADER_OR_FOLLOWER',
    ],
    [
      'Metadata v9',
      [3, 9],
      [
        0,
        int32(0),
        2,
        int32(1),
        compact('b'),
        int32(9),
        0,
        0,
        compact('c'),
        int32(1),
        2,
        int16(3),
        compact('t'),
        0,
        2,
        int16(0),
        INT64,
        int32(1),
        2,
        int32(1),
        2,
        int32(1),
        1,
        0,
        int32(0),
        0,
        int32(0),
        0,
      ],
      'Metadata 3 client_error UNKNOWN_TOPIC_OR_PARTITION',
    ],
    [
      'OffsetCommit v2',
      [8, 2],
      [int32(1), text('a'), int32(1), int32(0), int16(22)],
      'OffsetCommit 22 client_error ILLEGAL_GENERATION',
    ],
    [
      'OffsetFetch v2',
      [9, 2],
      [int32(1), text('a'), int32(1), int32(0), INT64, NULL, int16(0), int16(16)],
      'OffsetFetch 16 client_error NOT_COORDINATOR',
    ],
    [
      'OffsetFetch v8',
      [9, 8],
      [0, int32(0), 2, compact('g'), 1, int16(30), 0, 0],
      'OffsetFetch 30 client_error GROUP_AUTHORIZATION_FAILED',
    ],
    [
      'FindCoordinator v0',
      [10, 0],
      [int16(15), int32(-1), text(''), int32(-1)],
      'FindCoordinator 15 client_error COORDINATOR_NOT_AVAILABLE',
    ],
    [
      'FindCoordinator v4',
      [10, 4],
      [0, int32(0), 2, compact('g'), int32(1), compact('h'), int32(9), int16(0), 0, 0, 0],
      'FindCoordinator 0 ok',
    ],
    ['JoinGroup v4', [11, 4], [int32(0), int16(79), int32(-1)], 'JoinGroup 79 ok'],
    [
      'Heartbeat v4',
      [12, 4],
      [0, int32(0), int16(27), 0],
      'Heartbeat 27 client_error REBALANCE_IN_PROGRESS',
    ],
    [
      'LeaveGroup v3',
      [13, 3],
      [int32(0), int16(0), int32(1), text('m'), NULL, int16(25)],
      'LeaveGroup 25 client_error UNKNOWN_MEMBER_ID',
    ],
    ['SyncGroup v0', [14, 0], [int16(25), int32(0)], 'SyncGroup 25 client_error UNKNOWN_MEMBER_ID'],
    ['DescribeGroups', [15, 0], [int32(0)], 'DescribeGroups unknown kafka.not_read'],
    [
      'SaslHandshake v1',
      [17, 1],
      [int16(33), int32(0)],
      'SaslHandshake 33 client_error UNSUPPORTED_SASL_MECHANISM',
    ],
    ['ApiVersions v3', [18, 3], [int16(35), int32(0)], 'ApiVersions 35 ok'],
    [
      'CreateTopics v5',
      [19, 5],
      [0, int32(0), 2, compact('t'), int16(36), compact('exists'), int32(1), int16(1), 1, 0, 0],
      'CreateTopics 36 client_error TOPIC_ALREADY_EXISTS',
    ],
    [
      'DeleteTopics v1',
      [20, 1],
      [int32(0), int32(1), text('t'), int16(41)],
      'DeleteTopics 41 client_error NOT_CONTROLLER',
    ],
    ['InitProducerId v0', [22, 0], [int32(0), int16(0), INT64, int16(0)], 'InitProducerId 0 ok'],
    [
      'AddPartitionsToTxn v0',
      [24, 0],
      [int32(0), int32(1), text('t'), int32(1), int32(0), int16(56)],
      'AddPartitionsToTxn 56 server_error KAFKA_STORAGE_ERROR',
    ],
    ['tags', [12, 4], [1, 5, 2, int16(0), int32(0), int16(0), 0], 'Heartbeat 0 ok'],
    ['an error that is cut', [12, 1], [int32(0), 0], 'Heartbeat unknown kafka.not_read'],
    [
      'a list that is cut',
      [8, 2],
      [int32(2), text('a'), int32(1), int32(0), int16(0)],
      'OffsetCommit unknown kafka.not_read',
    ],
    ['a list nobody sends', [8, 2], [int32(0x7fffffff)], 'OffsetCommit unknown kafka.not_read'],
    [
      'tags without end',
      [12, 4],
      [255, 255, 255, 255, 255, 255],
      'Heartbeat unknown kafka.not_read',
    ],
  ])('are read in %s', (_, [key, version], body, expected) => {
    expect(judged(key, version, ...body)).toBe(expected);
  });

  it('name the topic of Produce and Fetch, as far as it is written', () => {
    expect(
      told(
        client(fetchV12(1, 'orders')),
        client(request(1, 2, 2, int32(-1), int32(5), int32(1), int32(1), text('old'))),
        client(request(1, 13, 3, 0, int32(-1))),
        client(request(1, 2, 4, int32(-1), int32(5), int32(1), int32(0))),
        client(request(0, 2, 5, int16(1), int32(9), int32(1), text('not a topic'))),
        client(request(0, 13, 6, 0, 0, int16(1), int32(9), 2, INT64, INT64)),
      ).map((call) => call.replace(' unknown no_response', '')),
    ).toEqual(['Fetch orders', 'Fetch old', 'Fetch', 'Fetch', 'Produce', 'Produce']);
  });

  it('are done when sent, if the broker is asked not to answer', () => {
    expect(told(client(produceV3(1, 'a', 0)))).toEqual(['Produce a ok low']);
    expect(told(end('server'), client(produceV3(1, 'a', 0), 1))).toEqual([
      'Produce a transport_error tcp.closed_before_response',
    ]);
  });

  it('that are large are read as far as error codes go', () => {
    const large = 'x'.repeat(100);
    const whole = fetchedV12(
      1,
      'a',
      Array.from({ length: 20 }, () => ({ code: 0, records: large })),
    );
    expect(told(client(fetchV12(1, 'a')), server(whole))).toEqual(['Fetch a 0 ok']);
    const huge = bytes(
      int32(600_000),
      int32(1),
      [0, ...int32(0), ...int16(0), ...int32(0), 2],
      compact('a'),
      [3, ...int32(0), ...int16(0), ...INT64, ...INT64, ...INT64, 1, ...int32(-1)],
      [0xa1, 0x8d, 0x1e],
      new Uint8Array(600_000),
    ).subarray(0, 600_004);
    expect(told(client(fetchV12(1, 'a')), server(huge))).toEqual([
      'Fetch a unknown kafka.not_read',
    ]);
  });
});

describe('a Kafka connection with losses', () => {
  it('steps over a hole in a large message', () => {
    const asked = produceV3(1, 'a');
    expect(
      told(
        client(asked.subarray(0, asked.length - 5)),
        client(new Uint8Array(0), 0, 5),
        server(producedV3(1, 'a', 0)),
      ),
    ).toEqual(['Produce a 0 ok low']);
    const fetched = fetchedV12(2, 'a', [
      { code: 0, records: 'abcdefgh' },
      { code: 6, records: '' },
    ]);
    expect(
      told(
        client(fetchV12(2, 'a')),
        server(fetched.subarray(0, 90)),
        server(fetched.subarray(95), 0, 5),
      ),
    ).toEqual(['Fetch a unknown kafka.not_read low']);
  });

  it('never says that a request was not answered whose answer may be among lost bytes', () => {
    expect(
      told(
        client(produceV3(1, 'a')),
        server(producedV3(9, 'a', 0).subarray(7), 1, 7),
        client(produceV3(2, 'b'), 2, Infinity),
        server(producedV3(2, 'b', 0), 3),
        end('server', 4),
      ),
    ).toEqual(['Produce a unknown bytes_lost low', 'Produce b 0 ok low']);
  });

  it('goes on after bytes that are no message', () => {
    expect(
      told(
        client(produceV3(1, 'a')),
        client('what is this?'),
        client(request(99, 0, 5)),
        server('what is this?'),
        server(producedV3(8, 'a', 0)),
        server(producedV3(1, 'a', 0)),
        client(produceV3(2, 'b')),
        server(producedV3(2, 'b', 0)),
      ),
    ).toEqual(['Produce a 0 ok low', 'Produce b 0 ok low']);
  });

  it('has no words for heads that were cut by a hole', () => {
    const asked = produceV3(1, 'a');
    const said = producedV3(1, 'a', 0);
    expect(
      told(client(asked.subarray(0, 9)), client(asked.subarray(19), 0, 10), server(said)),
    ).toEqual([]);
    expect(
      told(client(asked), server(said.subarray(0, 9)), server(said.subarray(19), 0, 10)),
    ).toEqual(['Produce a unknown kafka.not_read low']);
  });

  it('does not mix up requests of one number', () => {
    expect(
      told(client(produceV3(1, 'a')), client(produceV3(1, 'b')), server(producedV3(1, 'b', 0))),
    ).toEqual(['Produce a unknown kafka.unanswered low', 'Produce b 0 ok']);
  });

  it('follows only so many requests', () => {
    const many = Array.from({ length: OPEN_MAX + 2 }, (_, id) => produceV3(id, 'a'));
    const calls = told(client(bytes(...many)));
    expect(calls.filter((call) => call === 'Produce a unknown kafka.limit')).toHaveLength(2);
  });

  it('reads messages that come byte by byte', () => {
    const steps = [...produceV3(1, 'a')].map((byte) => client(new Uint8Array([byte])));
    const bad = [...bytes(int32(12), 'bad bad bad!')].map((byte) => client(new Uint8Array([byte])));
    expect(told(...steps, server(producedV3(1, 'a', 0)), ...bad, end('server'))).toEqual([
      'Produce a 0 ok',
    ]);
    expect(told(client(produceV3(1, 'a')), server(new Uint8Array(2)), end('server'))).toEqual([
      'Produce a transport_error tcp.truncated',
    ]);
  });
});

describe('recognising Kafka', () => {
  const detect = (asked: Uint8Array, said: Uint8Array = new Uint8Array(0)): string =>
    KAFKA_DETECTOR.detect(asked, said);

  it('says yes to the head of a request', () => {
    expect(detect(request(18, 0, 0))).toBe('yes');
    expect(detect(sized(int16(3), int16(1), int32(1), NULL, int32(0)))).toBe('yes');
    expect(detect(produceV3(1, 'a').subarray(0, 18))).toBe('yes');
  });

  it('waits for enough of it', () => {
    expect(detect(new Uint8Array(0))).toBe('maybe');
    for (const length of [1, 7, 8, 13, 17]) {
      expect(detect(produceV3(1, 'a').subarray(0, length))).toBe('maybe');
    }
  });

  it.each([
    ['a server that speaks first', bytes(), bytes('x')],
    ['another first byte', bytes(1), bytes()],
    ['a length that is none', bytes(int32(2), int32(0)), bytes()],
    ['a version nobody has', request(18, 99, 0), bytes()],
    [
      'a client id beyond the end',
      bytes(int32(12), int16(18), int16(0), int32(0), int16(9)),
      bytes(),
    ],
    [
      'a client id that is no text',
      bytes(int32(12), int16(18), int16(0), int32(0), int16(2), 0, 0),
      bytes(),
    ],
    [
      'the start of PostgreSQL',
      bytes(int32(41), int32(0x30000), 'user\0postgres\0database\0postgres\0\0'),
      bytes(),
    ],
  ])('says no to %s', (_, asked, said) => {
    expect(detect(asked, said)).toBe('no');
  });
});
