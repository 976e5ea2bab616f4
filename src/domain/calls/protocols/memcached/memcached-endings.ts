import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';

/** What Memcached's errors mean. That there is no value, or another one, is no error. */

/** Said before any request, or in place of an answer. */
export const TOO_MANY = /^ERROR Too many open connections/u;

/** @param line - With the word of its kind. */
export function endingOfLine(line: string): Ending {
  const [kind = ''] = line.split(' ', 1);
  const isServer = kind === 'SERVER_ERROR' || TOO_MANY.test(line);
  return {
    outcome: isServer ? 'server_error' : 'client_error',
    errorType: kind,
    reason: `Memcached: ${redact(line)}`,
  };
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x02, 'KEY_EXISTS'],
  [0x03, 'VALUE_TOO_LARGE'],
  [0x04, 'INVALID_ARGUMENTS'],
  [0x05, 'NOT_STORED'],
  [0x06, 'NON_NUMERIC_VALUE'],
  [0x07, 'WRONG_VBUCKET'],
  [0x08, 'AUTHENTICATION_ERROR'],
  [0x20, 'AUTHENTICATION_ERROR'],
  [0x81, 'UNKNOWN_COMMAND'],
  [0x82, 'OUT_OF_MEMORY'],
  [0x83, 'NOT_SUPPORTED'],
  [0x84, 'INTERNAL_ERROR'],
  [0x85, 'BUSY'],
  [0x86, 'TEMPORARY_FAILURE'],
]);
const SERVER_ERRORS = new Set([0x82, 0x84, 0x85, 0x86]);
/** Done; no such key; go on with the next step of the sign-in. */
const NO_ERRORS = new Set([0x00, 0x01, 0x09, 0x21]);

/** @param text - What the server wrote in place of a value. */
export function endingOfStatus(status: number, text: string): Ending {
  if (NO_ERRORS.has(status)) return OK;
  const name = NAMES.get(status) ?? `status_${status}`;
  const said = redact(text);
  return {
    outcome: SERVER_ERRORS.has(status) ? 'server_error' : 'client_error',
    errorType: name,
    reason: `Memcached ${name} (${status})${said === '' ? '' : `: ${said}`}`,
  };
}
