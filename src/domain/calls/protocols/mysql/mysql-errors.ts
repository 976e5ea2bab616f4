import type { Outcome } from '../../call.ts';
import { redact } from '../../redact.ts';
import { Cursor } from '../bytes/cursor.ts';
import type { Ending } from '../transport.ts';
import { uint16LE } from './mysql-fields.ts';

/** What an ERR packet of MySQL or MariaDB means for a call. */

/** Not an error: how far a long statement of MariaDB has come. */
export const PROGRESS = 0xffff;

export interface MysqlError {
  readonly code: number;
  /** Empty before both sides know each other. */
  readonly state: string;
  readonly message: string;
}

/** Classes of SQLSTATE by which the server says that it was asked wrongly. */
const CLIENT_CLASSES = new Set(
  '01 0A 20 21 22 23 24 25 26 28 2F 34 38 39 3B 3D 42 44 45 XA'.split(' '),
);
/** Said of the caller whatever their class is, or where it was lost: access, names, values, what is not supported. */
const CLIENT_CODES = new Set([
  1044, 1045, 1046, 1047, 1048, 1049, 1051, 1054, 1062, 1064, 1093, 1111, 1130, 1136, 1142, 1146,
  1153, 1191, 1210, 1235, 1243, 1251, 1264, 1364, 1366, 1406, 1411, 1418, 1442, 1451, 1452, 1526,
  1820, 1862, 3819,
]);
/** Said of the server whatever their class is: full, forbidden by a limit of its own, deadlocked. */
const SERVER_CODES = new Set([1040, 1129, 1203, 1213, 1226, 2006, 2013]);
/** Waiting for a lock, and limits on the time of a statement. */
const TIMEOUT_CODES = new Set([1205, 1969, 3024]);
const INTERRUPTED = 1317;

const STATE = /^[0-9A-Z]{5}$/u;
/** Parts of messages that repeat what was stored or asked for. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/(Duplicate entry )'[\s\S]*'( for key )/u, "$1'?'$2"],
  [/( value: )'[\s\S]*?'( for )/gu, "$1'?'$2"],
  [/( value: )'[^']*'$/u, "$1'?'"],
  [/( near )'[\s\S]*'( at line )/u, "$1'?'$2"],
];

/** Null when the bytes are too few. */
export function mysqlErrorIn(bytes: Uint8Array): MysqlError | null {
  const cursor = new Cursor(bytes, 1);
  const code = uint16LE(cursor);
  if (cursor.isShort) return null;
  const text = new TextDecoder().decode(bytes.subarray(3));
  const state = text.slice(1, 6);
  if (!text.startsWith('#') || !STATE.test(state)) return { code, state: '', message: text };
  return { code, state, message: text.slice(6) };
}

/** @param sql - As it may be shown; empty when there is none. */
export function endingByMysqlError({ code, state, message }: MysqlError, sql: string): Ending {
  const where = sql === '' ? '' : `, in: ${sql}`;
  const said = VALUES.reduce((text, [pattern, shown]) => text.replace(pattern, shown), message);
  return {
    outcome: outcomeOf(code, state),
    errorType: String(code),
    reason: `MySQL ${code}${state === '' ? '' : ` (${state})`}: ${redact(said)}${where}`,
  };
}

function outcomeOf(code: number, state: string): Outcome {
  if (TIMEOUT_CODES.has(code)) return 'timeout';
  if (code === INTERRUPTED) return 'cancelled';
  if (SERVER_CODES.has(code)) return 'server_error';
  const isClient = CLIENT_CODES.has(code) || CLIENT_CLASSES.has(state.slice(0, 2));
  return isClient ? 'client_error' : 'server_error';
}
