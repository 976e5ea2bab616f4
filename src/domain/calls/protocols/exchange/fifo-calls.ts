import { Pairing } from '../http1-pairing.ts';
import { bytesLost } from '../transport.ts';
import type { Answer, OpenCall, OpenCalls } from './open-calls.ts';

/** Answers come in the order of the requests, and say nothing of what they answer. */
export class FifoCalls {
  readonly #calls: OpenCalls;
  readonly #pairing = new Pairing<OpenCall>();

  constructor(calls: OpenCalls) {
    this.#calls = calls;
  }

  /** Whose turn it is to be answered. */
  get next(): OpenCall | undefined {
    return this.#pairing.waiting[0];
  }

  begin(operation: string, atUs: number, isServerIdle: boolean): OpenCall {
    if (this.#calls.isFull) this.#giveUp(atUs);
    const call = this.#calls.begin(operation, atUs);
    if (this.#calls.has(call)) this.#pairing.begin(call, isServerIdle);
    return call;
  }

  /** The request that an answer which began then belongs to; null when nobody asked. */
  take(firstByteAtUs: number): OpenCall | null {
    const call = this.#pairing.answer(firstByteAtUs);
    // Who answers was asked: requests were not seen.
    if (call === null) this.#pairing.loseRequests();
    else this.#pairing.done(call);
    return call;
  }

  answered(call: OpenCall, answer: Answer): void {
    if (call.isAmbiguous) this.#calls.end(call, bytesLost(), answer.atUs);
    else this.#calls.answered(call, answer);
  }

  loseRequests(): void {
    this.#calls.lose();
    this.#pairing.loseRequests();
  }

  loseAnswers(atUs: number): void {
    this.#calls.lose();
    for (const call of this.#pairing.loseAnswers()) this.#calls.end(call, bytesLost(), atUs);
  }

  #giveUp(atUs: number): void {
    for (const call of this.#pairing.loseAnswers()) this.#calls.tooMany(call, atUs);
  }
}
