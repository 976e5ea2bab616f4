import type { Question } from '../sql/question.ts';
import type { Questions } from '../sql/questions.ts';
import { operationOfSql, shownSql } from '../sql/sql.ts';
import { OK, type Ending } from '../transport.ts';
import { endingByPostgresError, postgresErrorIn } from './postgres-error.ts';
import type { PostgresMessage } from './postgres-reader.ts';

/** What was asked and is not answered yet, message by message: simple queries, and batches up to a Sync. */

/** Prepared statements that are remembered. */
const STATEMENTS_MAX = 1_000;

interface Statement {
  readonly name: string;
  readonly sql: string;
}

interface Item {
  readonly type: string;
  readonly question: Question | null;
}

const UNKNOWN: Statement = { name: 'EXECUTE', sql: '' };
const SKIPPED: Ending = {
  outcome: 'cancelled',
  errorType: 'postgres.skipped',
  reason: 'skipped by the server after an error before it',
};
/** Which message of a client each answer belongs to. */
const ANSWERS: Readonly<Record<string, string>> = {
  '1': 'P',
  '2': 'B',
  '3': 'C',
  n: 'D',
  T: 'D',
  C: 'E',
  I: 'E',
  s: 'E',
};
/** Messages after which a ReadyForQuery comes. */
const READY = 'QFS';

export class PostgresBatch {
  readonly #questions: Questions;
  readonly #statements = new Map<string, Statement>();
  #items: Item[] = [];
  /** The statement that is being put together: its messages are one question. */
  #current: Question | null = null;
  #isCopying = false;
  /** Those of which all but the execution was answered: perhaps none is asked for. */
  #prepared: Question[] = [];
  /** Asked again before the answer had come. */
  isPipelined = false;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Ends of answers that are still to come. */
  get awaited(): number {
    return this.#items.filter(({ type }) => READY.includes(type)).length;
  }

  ask(message: PostgresMessage): void {
    const { type } = message;
    if (type === 'Q' || type === 'F') this.#query(message);
    else if (type === 'c' || type === 'f') this.#isCopying = false;
    else if (type === 'S') {
      this.#current = null;
      if (!this.#isCopying) this.#items.push({ type, question: null });
    } else if ('PBDEC'.includes(type)) this.#extended(message);
  }

  /** @returns Whether all that was asked before is over. */
  answer({ type, payload, atUs }: PostgresMessage): boolean {
    if (type === 'Z') return this.#ready(atUs);
    if (type === 'E') this.#fail(payload, atUs);
    else if (type === 'G') this.#copyIn();
    else if (ANSWERS[type] !== undefined) this.#advance(ANSWERS[type], atUs);
    return false;
  }

  forget(): void {
    this.#items = [];
    this.#prepared = [];
    this.#current = null;
    this.#isCopying = false;
  }

  #query({ type, payload, startedAtUs }: PostgresMessage): void {
    const question = this.#questions.ask(startedAtUs);
    const statement = type === 'Q' ? statementOf(textAt(payload, 0)) : { name: 'CALL', sql: '' };
    describe(question, statement);
    this.#items.push({ type, question });
  }

  #extended({ type, payload, startedAtUs }: PostgresMessage): void {
    const isNew = type === 'P' || (type === 'B' && !this.#endsWithParse());
    if (isNew || this.#current === null) {
      this.#current = type === 'C' ? null : this.#questions.ask(startedAtUs);
    }
    const question = this.#current;
    if (question !== null) this.#name(question, type, payload);
    this.#items.push({ type, question });
    if (type === 'E') this.#current = null;
  }

  /** A Bind that follows a Parse belongs to it. */
  #endsWithParse(): boolean {
    const last = this.#items.at(-1);
    return last !== undefined && 'PD'.includes(last.type) && last.question === this.#current;
  }

  #name(question: Question, type: string, payload: Uint8Array): void {
    const first = textAt(payload, 0);
    if (type === 'P') {
      const statement = statementOf(textAt(payload, first.length + 1));
      if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
      this.#statements.set(first, statement);
      describe(question, statement);
    } else if (type === 'B') {
      describe(question, this.#statements.get(textAt(payload, first.length + 1)) ?? UNKNOWN);
    } else if (question.name === 'unknown') describe(question, UNKNOWN);
  }

  #advance(asked: string, atUs: number): void {
    const [head] = this.#items;
    if (head?.type !== asked) return;
    this.#items.shift();
    if (head.question === null) return;
    if (asked === 'E') head.question.done = { ending: OK, atUs };
    else this.#prepared.push(head.question);
  }

  /** While a client copies into a table it is not answered, and what it syncs is ignored. */
  #copyIn(): void {
    this.#isCopying = true;
    if (this.#items[0]?.type === 'E') this.#items = this.#items.filter(({ type }) => type !== 'S');
  }

  #fail(payload: Uint8Array, atUs: number): void {
    const error = postgresErrorIn(payload);
    const end = this.#items.findIndex(({ type }) => READY.includes(type));
    const skipped = this.#items.splice(0, Math.max(0, end));
    const first = skipped.find(({ question }) => question !== null)?.question;
    const failed = first ?? this.#items[0]?.question ?? this.#questions.last;
    if (failed !== null) failed.done = { ending: endingByPostgresError(error, failed.sql), atUs };
    for (const { question } of skipped) {
      if (question !== null && question !== failed) question.done ??= { ending: SKIPPED, atUs };
    }
    this.#isCopying = false;
  }

  #ready(atUs: number): boolean {
    const at = this.#items.findIndex(({ type }) => READY.includes(type));
    const asked = this.#items.splice(0, at + 1).map(({ question }) => question);
    for (const question of [...this.#prepared.splice(0), ...asked]) {
      if (question !== null) question.done ??= { ending: OK, atUs };
    }
    const isOver = this.#items.length === 0;
    this.isPipelined ||= !isOver;
    this.#questions.tellDone();
    return isOver;
  }
}

function describe(question: Question, { name, sql }: Statement): void {
  question.name = name;
  question.sql = sql;
}

function statementOf(sql: string): Statement {
  return { name: operationOfSql(sql), sql: shownSql(sql) };
}

/** A text that ends with a zero byte, or where the message was cut. */
function textAt(payload: Uint8Array, from: number): string {
  const zero = payload.indexOf(0, from);
  return new TextDecoder().decode(payload.subarray(from, zero < 0 ? payload.length : zero));
}
