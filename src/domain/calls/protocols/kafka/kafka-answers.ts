import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';
import { Cursor } from '../bytes/cursor.ts';
import type { Api } from './apis.ts';
import { KafkaFields, type Found } from './schema.ts';

/** What Kafka's error codes mean. */

const NAMES: ReadonlyMap<number, string> = new Map([
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [1, 'OFFSET_OUT_OF_RANGE'],
  [2, 'CORRUPT_MESSAGE'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [5, 'LEADER_NOT_AVAILABLE'],
  [6, 'NOT_LEADER_OR_FOLLOWER'],
  [7, 'REQUEST_TIMED_OUT'],
  [8, 'BROKER_NOT_AVAILABLE'],
  [9, 'REPLICA_NOT_AVAILABLE'],
  [10, 'MESSAGE_TOO_LARGE'],
  [13, 'NETWORK_EXCEPTION'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS'],
  [15, 'COORDINATOR_NOT_AVAILABLE'],
  [16, 'NOT_COORDINATOR'],
  [17, 'INVALID_TOPIC_EXCEPTION'],
  [19, 'NOT_ENOUGH_REPLICAS'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  [22, 'ILLEGAL_GENERATION'],
  [24, 'INVALID_GROUP_ID'],
  [25, 'UNKNOWN_MEMBER_ID'],
  [27, 'REBALANCE_IN_PROGRESS'],
  [29, 'TOPIC_AUTHORIZATION_FAILED'],
  [30, 'GROUP_AUTHORIZATION_FAILED'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED'],
  [33, 'UNSUPPORTED_SASL_MECHANISM'],
  [35, 'UNSUPPORTED_VERSION'],
  [36, 'TOPIC_ALREADY_EXISTS'],
  [37, 'INVALID_PARTITIONS'],
  [38, 'INVALID_REPLICATION_FACTOR'],
  [41, 'NOT_CONTROLLER'],
  [56, 'KAFKA_STORAGE_ERROR'],
  [58, 'SASL_AUTHENTICATION_FAILED'],
  [79, 'MEMBER_ID_REQUIRED'],
]);

const UNSUPPORTED_VERSION = 35;
const MEMBER_ID_REQUIRED = 79;
const REQUEST_TIMED_OUT = 7;
/** Those that a client can do nothing about and that no change of leader explains. */
const SERVER_ERRORS = new Set([-1, 2, 8, 9, 13, 19, 20, 56]);

export interface Judged {
  readonly ending: Ending;
  readonly status: number | null;
}

/** @param body - Behind the correlation id; perhaps only its beginning. */
export function judge(api: Api, version: number, body: Uint8Array): Judged {
  if (api.answer === null) return { ending: notRead(`answers to ${api.name}`), status: null };
  const found: Found = { code: 0, message: '' };
  const cursor = new Cursor(body);
  const fields = new KafkaFields(cursor, version >= api.flexibleSince);
  // This one must be readable by clients that do not know the version.
  if (api.name !== 'ApiVersions') fields.tags();
  fields.walk(api.answer, version, found);
  if (found.code !== 0) return { ending: endingOf(api, found), status: found.code };
  if (cursor.isShort) return { ending: notRead(`all of an answer to ${api.name}`), status: null };
  return { ending: OK, status: 0 };
}

/** Steps that every client takes are no failures. */
function endingOf(api: Api, { code, message }: Found): Ending {
  if (code === MEMBER_ID_REQUIRED) return OK;
  if (code === UNSUPPORTED_VERSION && api.name === 'ApiVersions') return OK;
  const name = NAMES.get(code) ?? `ERROR_${code}`;
  const said = message === '' ? '' : `: ${redact(message)}`;
  return { outcome: outcomeOf(code), errorType: name, reason: `Kafka ${name} (${code})${said}` };
}

function outcomeOf(code: number): Ending['outcome'] {
  if (code === REQUEST_TIMED_OUT) return 'timeout';
  return SERVER_ERRORS.has(code) ? 'server_error' : 'client_error';
}

function notRead(what: string): Ending {
  return { outcome: 'unknown', errorType: 'kafka.not_read', reason: `${what} could not be read` };
}
