import { createHash } from 'node:crypto';
import type { KeptAnswers } from '../../application/ports/kept-answers.ts';
import { canonicalJson } from '../../domain/plan/canonical-json.ts';
import { OperationError } from '../../domain/errors.ts';
import { RequestFault } from './problem.ts';

export interface Answer {
  readonly status: number;
  readonly location: string;
  readonly body: unknown;
}

interface InFlight {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
}

const KEY = /^[\x21-\x7e]{1,255}$/u;

/**
 * The same key and the same request give the same answer, carried out once: while it runs everybody
 * waits for the one, afterwards the kept answer is given. What failed is not kept, so that it can be
 * tried again under its key.
 */
export class Idempotency {
  readonly #answers: KeptAnswers;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(answers: KeptAnswers) {
    this.#answers = answers;
  }

  /** @throws {OperationError} `IDEMPOTENCY_MISMATCH` */
  async once(
    key: string | undefined,
    request: unknown,
    carryOut: () => Promise<Answer>,
  ): Promise<Answer> {
    if (key === undefined) return await carryOut();
    if (!KEY.test(key)) {
      throw new RequestFault(400, 'the idempotency key is not 1 to 255 visible ASCII characters');
    }
    const fingerprint = createHash('sha256').update(canonicalJson(request)).digest('hex');
    const running = this.#inFlight.get(key) ?? this.#begin(key, fingerprint, carryOut);
    if (running.fingerprint !== fingerprint) throw mismatch(key);
    return await running.answer;
  }

  #begin(key: string, fingerprint: string, carryOut: () => Promise<Answer>): InFlight {
    const answer = this.#answer(key, fingerprint, carryOut).finally(() => {
      this.#inFlight.delete(key);
    });
    const running: InFlight = { fingerprint, answer };
    this.#inFlight.set(key, running);
    return running;
  }

  async #answer(
    key: string,
    fingerprint: string,
    carryOut: () => Promise<Answer>,
  ): Promise<Answer> {
    const kept = await this.#answers.answer(key);
    if (kept !== null) {
      if (kept.fingerprint !== fingerprint) throw mismatch(key);
      return { status: kept.status, location: kept.location, body: kept.body };
    }
    const answer = await carryOut();
    await this.#answers.keepAnswer(key, { fingerprint, ...answer });
    return answer;
  }
}

function mismatch(key: string): OperationError {
  return new OperationError(
    'IDEMPOTENCY_MISMATCH',
    `the idempotency key "${key}" was used for another request`,
  );
}
