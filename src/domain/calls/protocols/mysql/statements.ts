import { byteAt } from '../byte-at.ts';
import { Cursor } from '../bytes/cursor.ts';
import { operationOfSql, shownSql } from '../sql/sql.ts';
import {
  CLOSE,
  commandOf,
  EXECUTE,
  namedCommand,
  PREPARE,
  QUERY,
  RESET,
  type AnswerKind,
} from './mysql-commands.ts';
import { uint32LE } from './mysql-fields.ts';
import { skipAttributes } from './query-attributes.ts';

/** What one client asks, with what it has prepared before. */

export interface Asked {
  readonly operation: string;
  readonly kind: AnswerKind;
  /** As it was sent; empty when there is none. */
  readonly sql: string;
  /** How many packets it has: the answer counts on from there. */
  packets: number;
}

interface Statement {
  readonly name: string;
  readonly sql: string;
}

const STATEMENTS_MAX = 1_000;
/** Instead of a number: what was prepared last, whose number the client does not know yet. */
const LAST_PREPARED = 0xffff_ffff;
const BULK_EXECUTE = 0xfa;
const UNKNOWN: Statement = { name: 'unknown', sql: '' };

export class Statements {
  readonly #byId = new Map<number, Statement>();
  #last = UNKNOWN;

  /**
   * @param knowsAttributes - Both sides know attributes of queries.
   * @returns Null for what nobody answers.
   */
  ask(payload: Uint8Array, knowsAttributes: boolean): Asked | null {
    const command = commandOf(payload);
    const { code, kind } = command;
    if (code === CLOSE) this.#byId.delete(statementIdIn(payload));
    if (code === RESET || kind === 'sign-in') this.#forget();
    if (kind === null) return null;
    if (code === QUERY || code === PREPARE) {
      return this.#askSql(code, kind, statementOf(payload, knowsAttributes));
    }
    if (code === EXECUTE || code === BULK_EXECUTE) {
      const { name, sql } = this.#statement(statementIdIn(payload));
      return asked(name, kind, sql);
    }
    return asked(namedCommand(command, payload), kind);
  }

  /** The server has given a number to what was prepared. */
  remember(id: number, { sql }: Asked): void {
    if (this.#byId.size >= STATEMENTS_MAX) this.#byId.clear();
    this.#byId.set(id, { name: operationOfSql(sql), sql });
  }

  #askSql(code: number, kind: AnswerKind, statement: Statement): Asked {
    if (code === QUERY) return asked(statement.name, kind, statement.sql);
    this.#last = statement;
    return asked(`PREPARE ${statement.name}`, kind, statement.sql);
  }

  #statement(id: number): Statement {
    return id === LAST_PREPARED ? this.#last : (this.#byId.get(id) ?? UNKNOWN);
  }

  #forget(): void {
    this.#byId.clear();
    this.#last = UNKNOWN;
  }
}

export function asked(operation: string, kind: AnswerKind, sql = ''): Asked {
  return { operation, kind, sql, packets: 1 };
}

function statementIdIn(payload: Uint8Array): number {
  return uint32LE(new Cursor(payload, 1));
}

function statementOf(payload: Uint8Array, knowsAttributes: boolean): Statement {
  const cursor = new Cursor(payload, 1);
  const hasAttributes = knowsAttributes || payload[1] === 0;
  if (byteAt(payload, 0) === QUERY && hasAttributes) skipAttributes(cursor);
  const sql = cursor.isShort ? '' : new TextDecoder().decode(payload.subarray(cursor.at));
  return { name: operationOfSql(sql), sql };
}

/** As it may be shown: MySQL takes what stands in double quotes for a value too. */
export function shown(sql: string): string {
  return shownSql(sql.replace(/"(?:[^"\\]|\\.|"")*(?:"|$)/gu, '?'));
}
