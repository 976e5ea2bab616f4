import {
  blob,
  errorCode,
  fixed,
  list,
  message,
  numbers,
  since,
  text,
  type Field,
} from './schema.ts';

/** The requests of Kafka that are known, and the layout of their answers as far as errors go. */

export interface Api {
  readonly name: string;
  /** First version with compact fields and tags. */
  readonly flexibleSince: number;
  /** Null: its answer is not read. */
  readonly answer: readonly Field[] | null;
}

const NEVER = 99;
const THROTTLE = fixed(4);
const PARTITION_ERRORS = list([text(), list([fixed(4), errorCode()])]);
const NODE = [fixed(4), text(), fixed(4)];

const PRODUCE = [
  list([
    text(since(0, 12)),
    fixed(16, since(13)),
    list([
      fixed(4),
      errorCode(),
      fixed(8),
      fixed(8, since(2)),
      fixed(8, since(5)),
      list([fixed(4), text()], since(8)),
      message(since(8)),
    ]),
  ]),
];

const FETCH = [
  fixed(4, since(1)),
  errorCode(since(7)),
  fixed(4, since(7)),
  list([
    text(since(0, 12)),
    fixed(16, since(13)),
    list([
      fixed(4),
      errorCode(),
      fixed(8),
      fixed(8, since(4)),
      fixed(8, since(5)),
      list([fixed(16)], since(4)),
      fixed(4, since(11)),
      blob(),
    ]),
  ]),
];

const METADATA = [
  fixed(4, since(3)),
  list([...NODE, text(since(1))]),
  text(since(2)),
  fixed(4, since(1)),
  list([
    errorCode(),
    text(),
    fixed(16, since(10)),
    fixed(1, since(1)),
    list([errorCode(), fixed(8), fixed(4, since(7)), numbers(4), numbers(4), numbers(4, since(5))]),
    fixed(4, since(8)),
  ]),
  fixed(4, since(8, 10)),
  errorCode(since(13)),
];

const OFFSETS_OF = [fixed(4), fixed(8), fixed(4, since(5)), text(), errorCode()];
const OFFSET_FETCH = [
  fixed(4, since(3)),
  list([text(), list(OFFSETS_OF)], since(0, 7)),
  errorCode(since(2, 7)),
  list(
    [text(), list([text(since(0, 9)), fixed(16, since(10)), list(OFFSETS_OF)]), errorCode()],
    since(8),
  ),
];

const FIND_COORDINATOR = [
  fixed(4, since(1)),
  errorCode(since(0, 3)),
  message(since(1, 3)),
  list([text(), ...NODE, errorCode(), message()], since(4)),
];

const CREATE_TOPICS = [
  fixed(4, since(2)),
  list([
    text(),
    fixed(16, since(7)),
    errorCode(),
    message(since(1)),
    fixed(6, since(5)),
    list([text(), text(), fixed(3)], since(5)),
  ]),
];

const LIST_OFFSETS = [
  fixed(4, since(2)),
  list([
    text(),
    list([fixed(4), errorCode(), numbers(8, since(0, 0)), fixed(16, since(1)), fixed(4, since(4))]),
  ]),
];

const OFFSET_COMMIT = [
  fixed(4, since(3)),
  list([text(since(0, 9)), fixed(16, since(10)), list([fixed(4), errorCode()])]),
];

const LEAVE_GROUP = [
  fixed(4, since(1)),
  errorCode(),
  list([text(), text(), errorCode()], since(3)),
];

const ADD_PARTITIONS = [
  THROTTLE,
  list([text(), list([fixed(4), errorCode()])], since(0, 3)),
  errorCode(since(4)),
  list([text(), PARTITION_ERRORS], since(4)),
];

/** An error code at the top, behind the throttle time that came with that version. */
function top(throttledSince: number): readonly Field[] {
  return [fixed(4, since(throttledSince)), errorCode()];
}

function api(name: string, flexibleSince: number, answer: readonly Field[] | null): Api {
  return { name, flexibleSince, answer };
}

export const APIS: ReadonlyMap<number, Api> = new Map([
  [0, api('Produce', 9, PRODUCE)],
  [1, api('Fetch', 12, FETCH)],
  [2, api('ListOffsets', 6, LIST_OFFSETS)],
  [3, api('Metadata', 9, METADATA)],
  [8, api('OffsetCommit', 8, OFFSET_COMMIT)],
  [9, api('OffsetFetch', 6, OFFSET_FETCH)],
  [10, api('FindCoordinator', 3, FIND_COORDINATOR)],
  [11, api('JoinGroup', 6, top(2))],
  [12, api('Heartbeat', 4, top(1))],
  [13, api('LeaveGroup', 4, LEAVE_GROUP)],
  [14, api('SyncGroup', 4, top(1))],
  [15, api('DescribeGroups', 5, null)],
  [16, api('ListGroups', 3, top(1))],
  [17, api('SaslHandshake', NEVER, [errorCode()])],
  [18, api('ApiVersions', 3, [errorCode()])],
  [19, api('CreateTopics', 5, CREATE_TOPICS)],
  [
    20,
    api('DeleteTopics', 4, [
      fixed(4, since(1)),
      list([text(), fixed(16, since(6)), errorCode(), message(since(5))]),
    ]),
  ],
  [22, api('InitProducerId', 2, top(0))],
  [24, api('AddPartitionsToTxn', 3, ADD_PARTITIONS)],
  [25, api('AddOffsetsToTxn', 3, top(0))],
  [26, api('EndTxn', 3, top(0))],
  [28, api('TxnOffsetCommit', 3, [THROTTLE, PARTITION_ERRORS])],
  [32, api('DescribeConfigs', 4, null)],
  [36, api('SaslAuthenticate', 2, [errorCode(), message()])],
  [37, api('CreatePartitions', 2, [THROTTLE, list([text(), errorCode(), message()])])],
  [42, api('DeleteGroups', 2, [THROTTLE, list([text(), errorCode()])])],
  [60, api('DescribeCluster', 0, [THROTTLE, errorCode(), message()])],
  [68, api('ConsumerGroupHeartbeat', 0, [THROTTLE, errorCode(), message()])],
  [71, api('GetTelemetrySubscriptions', 0, top(0))],
  [72, api('PushTelemetry', 0, top(0))],
]);
