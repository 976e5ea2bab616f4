import type { Outcome } from '../../call.ts';
import { redact } from '../../redact.ts';
import type { Ending } from '../transport.ts';

/** What an ErrorResponse of PostgreSQL means for a call. */

/** Classes of SQLSTATE by which the server says that it was asked wrongly. */
const CLIENT_CLASSES = new Set(
  '03 0A 0B 0F 0L 0P 0Z 20 21 22 23 24 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 42 44'.split(' '),
);
const QUERY_CANCELED = '57014';
const CODE = /^[0-9A-Z]{5}$/u;

export interface PostgresError {
  readonly code: string;
  readonly message: string;
}

/** From the fields of the message: a letter, a text, a zero byte each. */
export function postgresErrorIn(payload: Uint8Array): PostgresError {
  const fields = new Map(
    new TextDecoder()
      .decode(payload)
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)] as const),
  );
  const code = fields.get('C') ?? '';
  return { code: CODE.test(code) ? code : 'XX000', message: fields.get('M') ?? '' };
}

/** @param sql - As it may be shown; empty when there is none. */
export function endingByPostgresError({ code, message }: PostgresError, sql: string): Ending {
  const where = sql === '' ? '' : `, in: ${sql}`;
  return {
    outcome: outcomeOf(code, message),
    errorType: code,
    reason: `Postgres ${code}: ${redact(message)}${where}`,
  };
}

function outcomeOf(code: string, message: string): Outcome {
  if (code === QUERY_CANCELED) return message.includes('timeout') ? 'timeout' : 'cancelled';
  return CLIENT_CLASSES.has(code.slice(0, 2)) ? 'client_error' : 'server_error';
}
