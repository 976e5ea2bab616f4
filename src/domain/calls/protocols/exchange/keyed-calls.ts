import type { Answer, OpenCall, OpenCalls } from './open-calls.ts';

/** Answers name what they answer, by a number that the client chose. */
export class KeyedCalls<Detail> {
  readonly #calls: OpenCalls;
  readonly #byKey = new Map<number, { readonly call: OpenCall; readonly detail: Detail }>();

  constructor(calls: OpenCalls) {
    this.#calls = calls;
  }

  has(key: number): boolean {
    return this.#byKey.has(key);
  }

  /** A number that is used again before its answer came leaves the earlier request without one. */
  begin(key: number, operation: string, atUs: number, detail: Detail): OpenCall {
    const before = this.#byKey.get(key);
    if (before !== undefined) this.#calls.unanswered(before.call, atUs);
    this.#byKey.delete(key);
    if (this.#calls.isFull) this.#giveUpOldest(atUs);
    const call = this.#calls.begin(operation, atUs);
    if (this.#calls.has(call)) this.#byKey.set(key, { call, detail });
    return call;
  }

  detailOf(key: number): Detail | undefined {
    return this.#byKey.get(key)?.detail;
  }

  answered(key: number, answer: Answer): void {
    const found = this.#byKey.get(key);
    if (found === undefined) return;
    this.#byKey.delete(key);
    found.call.isAmbiguous = false;
    this.#calls.answered(found.call, answer);
  }

  loseRequests(): void {
    this.#calls.lose();
  }

  loseAnswers(): void {
    this.#calls.lose();
    this.#calls.loseAnswers();
  }

  #giveUpOldest(atUs: number): void {
    for (const [key, { call }] of this.#byKey) {
      this.#byKey.delete(key);
      this.#calls.tooMany(call, atUs);
      break;
    }
  }
}
