import { byteAt } from '../byte-at.ts';

/** What a client of MySQL asks for, and in which form it is answered. */

/**
 * `rows`: until a packet says that it was the last; `text`: one packet; `sign-in`: questions and answers
 * until it is granted or refused.
 */
export type AnswerKind = 'query' | 'prepare' | 'rows' | 'text' | 'sign-in';

export interface Command {
  readonly code: number;
  /** What it is called without its text. */
  readonly name: string;
  /** Null when nobody answers it. */
  readonly kind: AnswerKind | null;
}

const QUIT = 0x01;
const INIT_DB = 0x02;
export const QUERY = 0x03;
const CHANGE_USER = 0x11;
export const PREPARE = 0x16;
export const EXECUTE = 0x17;
export const CLOSE = 0x19;
export const RESET = 0x1f;
const BULK_EXECUTE = 0xfa;

const COMMANDS: ReadonlyMap<number, Command> = new Map(
  (
    [
      [QUIT, 'QUIT', null],
      [INIT_DB, 'USE', 'query'],
      [QUERY, 'SQL', 'query'],
      [0x04, 'FIELD_LIST', 'rows'],
      [0x05, 'CREATE DATABASE', 'query'],
      [0x06, 'DROP DATABASE', 'query'],
      [0x07, 'REFRESH', 'query'],
      [0x08, 'SHUTDOWN', 'query'],
      [0x09, 'STATISTICS', 'text'],
      [0x0a, 'PROCESS_INFO', 'query'],
      [0x0c, 'KILL', 'query'],
      [0x0d, 'DEBUG', 'query'],
      [0x0e, 'PING', 'query'],
      [CHANGE_USER, 'CHANGE_USER', 'sign-in'],
      [0x12, 'BINLOG_DUMP', 'rows'],
      [0x15, 'REGISTER_SLAVE', 'query'],
      [PREPARE, 'PREPARE', 'prepare'],
      [EXECUTE, 'EXECUTE', 'query'],
      [0x18, 'SEND_LONG_DATA', null],
      [CLOSE, 'CLOSE', null],
      [0x1a, 'RESET_STATEMENT', 'query'],
      [0x1b, 'SET_OPTION', 'query'],
      [0x1c, 'FETCH', 'rows'],
      [0x1e, 'BINLOG_DUMP', 'rows'],
      [RESET, 'RESET', 'query'],
      [BULK_EXECUTE, 'EXECUTE', 'query'],
    ] as const
  ).map(([code, name, kind]) => [code, { code, name, kind }]),
);
/** A number of a statement and what belongs to it; the others are one byte, or end with a text. */
const LENGTHS_MIN: ReadonlyMap<number, number> = new Map([
  [EXECUTE, 10],
  [0x18, 7],
  [CLOSE, 5],
  [0x1a, 5],
  [0x1b, 3],
  [0x1c, 9],
  [BULK_EXECUTE, 7],
  [0x0c, 5],
]);
const ALONE = new Set([QUIT, 0x09, 0x0a, 0x0d, 0x0e, RESET]);
const NAME = /^[\w$-]{1,64}$/u;
const UNKNOWN: Command = { code: -1, name: 'unknown', kind: 'query' };

export function commandOf(payload: Uint8Array): Command {
  return COMMANDS.get(byteAt(payload, 0)) ?? UNKNOWN;
}

/** Whether a payload of that length may be this command; its beginning is enough. */
export function isCommand(payload: Uint8Array, length: number): boolean {
  const { code } = commandOf(payload);
  if (code < 0 || (ALONE.has(code) && length !== 1)) return false;
  if (length < (LENGTHS_MIN.get(code) ?? 1)) return false;
  return (code !== QUERY && code !== PREPARE) || beginsSql(payload);
}

/** Text begins with a word, a comment or a bracket; attributes of a query come before it. */
function beginsSql(payload: Uint8Array): boolean {
  const first = payload.subarray(1, 3);
  if (first[0] === 0) return first[1] === 1;
  return /^[A-Za-z(/\-#\s;]/u.test(new TextDecoder('latin1').decode(first));
}

/** The name of a command whose text is a name, as `USE shop`. */
export function namedCommand({ code, name }: Command, payload: Uint8Array): string {
  if (code !== INIT_DB) return name;
  const database = new TextDecoder().decode(payload.subarray(1));
  return NAME.test(database) ? `${name} ${database}` : name;
}
