import type { KeptAnswer, KeptAnswers } from '../../application/ports/kept-answers.ts';
import type { Connection } from './connection.ts';
import type { StateLimits } from './limits.ts';
import { integer, text } from './row.ts';

export class Answers implements KeptAnswers {
  readonly #connection: Connection;
  readonly #limits: StateLimits;
  readonly #nowMs: () => number;

  constructor(connection: Connection, limits: StateLimits, nowMs: () => number) {
    this.#connection = connection;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  answer(key: string): Promise<KeptAnswer | null> {
    const connection = this.#connection;
    return connection.read(() => {
      const row = connection.get(
        'SELECT * FROM answers WHERE key = ? AND saved_at_ms > ?',
        key,
        this.#oldestMs(),
      );
      if (row === undefined) return null;
      return {
        fingerprint: text(row, 'fingerprint'),
        status: integer(row, 'status'),
        location: text(row, 'location'),
        body: JSON.parse(text(row, 'body_json')) as unknown,
      };
    });
  }

  keepAnswer(key: string, answer: KeptAnswer): Promise<void> {
    const connection = this.#connection;
    const json = JSON.stringify(answer.body);
    return connection.write(() => {
      connection.run('DELETE FROM answers WHERE saved_at_ms <= ?', this.#oldestMs());
      connection.run(
        `INSERT OR IGNORE INTO answers (key, fingerprint, status, location, body_json, saved_at_ms)
         VALUES (?, ?, ?, ?, ?, ?)`,
        key,
        answer.fingerprint,
        answer.status,
        answer.location,
        json,
        this.#nowMs(),
      );
      connection.run(
        `DELETE FROM answers WHERE key IN (
           SELECT key FROM answers ORDER BY saved_at_ms DESC, key DESC LIMIT -1 OFFSET ?)`,
        this.#limits.answerCount,
      );
    });
  }

  #oldestMs(): number {
    return this.#nowMs() - this.#limits.answerMs;
  }
}
