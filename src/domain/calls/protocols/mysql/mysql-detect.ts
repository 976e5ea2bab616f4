import { byteAt } from '../byte-at.ts';
import type { Detection, Detector } from '../decoder.ts';
import { HandingOver } from '../handing-over.ts';
import { EXECUTE, PREPARE, QUERY } from './mysql-commands.ts';
import { MysqlDecoder } from './mysql.ts';
import { mysqlErrorIn } from './mysql-errors.ts';
import { couldGreet, greetingIn } from './mysql-handshake.ts';
import { HEAD_BYTES, lengthAt } from './mysql-packets.ts';

/**
 * MySQL by the greeting of a server, or its refusal; joined late, by a command with SQL, or by an error or
 * the head of a result.
 */

export const MYSQL_DETECTOR: Detector = {
  protocol: 'mysql',
  detect: detectMysql,
  create: (context) => new HandingOver((handOver) => new MysqlDecoder(context, handOver)),
};

const GREETING_BYTES_MAX = 512;
const ERROR = 0xff;
const STATE_SIGN = 0x23;
/** The second packet of an answer, and the catalog that every column is in: `def`. */
const DEFINITION = [2, 3, 0x64, 0x65, 0x66];
/** Numbers of errors that refuse a connection. */
const ERRORS = { min: 1_000, max: 4_999 };
const TEXT = /^[\t -~\u0080-\u00ff]+$/u;

function detectMysql(client: Uint8Array, server: Uint8Array): Detection {
  if (server.length > 0) {
    const greeted = detectServer(server);
    if (greeted !== 'no' || client.length === 0) return greeted;
  }
  return client.length === 0 ? 'maybe' : detectCommand(client);
}

function detectServer(server: Uint8Array): Detection {
  if (server.length < HEAD_BYTES) return server.length < 3 || server[2] === 0 ? 'maybe' : 'no';
  const length = lengthAt(server, 0);
  const payload = server.subarray(HEAD_BYTES, HEAD_BYTES + length);
  const number = byteAt(server, 3);
  if (number === 0) return detectFirst(payload, length);
  return number === 1 && beginsLateAnswer(server, payload, length) ? 'yes' : 'no';
}

function detectFirst(payload: Uint8Array, length: number): Detection {
  if (length > GREETING_BYTES_MAX || length < 9) return 'no';
  if (payload[0] === ERROR) return detectRefusal(payload, length);
  if (!couldGreet(payload)) return 'no';
  if (greetingIn(payload) !== null) return 'yes';
  return payload.length < length ? 'maybe' : 'no';
}

function detectRefusal(payload: Uint8Array, length: number): Detection {
  if (payload.length < length) return 'maybe';
  const error = mysqlErrorIn(payload);
  if (error === null || error.code < ERRORS.min || error.code > ERRORS.max) return 'no';
  return TEXT.test(error.message) ? 'yes' : 'no';
}

/** An error with its state, or how many columns a result has and the first of them. */
function beginsLateAnswer(server: Uint8Array, payload: Uint8Array, length: number): boolean {
  if (payload[0] === ERROR) {
    return payload.length === length && length > 9 && payload[3] === STATE_SIGN;
  }
  const at = HEAD_BYTES + length + 3;
  return length <= 2 && server.subarray(at, at + DEFINITION.length).join() === DEFINITION.join();
}

function detectCommand(client: Uint8Array): Detection {
  if (client.length < HEAD_BYTES) return client.length < 3 || client[2] === 0 ? 'maybe' : 'no';
  const length = lengthAt(client, 0);
  const payload = client.subarray(HEAD_BYTES);
  const isWhole =
    payload.length === length || (client.length >= PREFIX_BYTES && length > payload.length);
  if (client[3] !== 0 || !isWhole || length < 2) return 'no';
  return isSure(payload) ? 'yes' : 'no';
}

/** What of the first bytes is seen. */
const PREFIX_BYTES = 512;

function isSure(payload: Uint8Array): boolean {
  const [code] = payload;
  if (code === EXECUTE) return isExecute(payload);
  return (code === QUERY || code === PREPARE) && looksLikeSql(payload);
}

/** One iteration, which is all there ever is. */
function isExecute(payload: Uint8Array): boolean {
  return payload.length >= 10 && payload.slice(6, 10).join() === '1,0,0,0';
}

const SQL =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|SET|SHOW|BEGIN|START|COMMIT|ROLLBACK|CREATE|ALTER|DROP|CALL|USE|WITH|EXPLAIN|TRUNCATE|LOAD|XA|DO|PREPARE)\b/iu;

function looksLikeSql(payload: Uint8Array): boolean {
  const from = payload[1] === 0 ? 3 : 1;
  return SQL.test(new TextDecoder('latin1').decode(payload.subarray(from)));
}
