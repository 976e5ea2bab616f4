/** What is paired: a request that waits for its answer. */
export interface Pairable {
  readonly startedAtUs: number;
  /** Pairing is a guess, or bytes of it were lost. */
  isLow: boolean;
  /** It cannot be told which answer is this one's. */
  isAmbiguous: boolean;
}

/**
 * Which answer belongs to which request: first in, first out, and how far that can be trusted.
 *
 * After lost requests the next one is not trusted: a lost one may have been sent together with it.
 * The one after it is, if answers and requests were one to one meanwhile. After lost answers the
 * next request is trusted. On a connection that was seen to pipeline nothing is, after any loss.
 */
export class Pairing<Exchange extends Pairable> {
  #waiting: Exchange[] = [];
  #lost: 'nothing' | 'answers' | 'requests' = 'nothing';
  #isPipelined = false;
  #pairsSinceLoss = 0;
  #orphansSincePair = 0;

  /** Without a complete answer, oldest first. */
  get waiting(): readonly Exchange[] {
    return this.#waiting;
  }

  get hasLost(): 'nothing' | 'answers' | 'requests' {
    return this.#lost;
  }

  begin(exchange: Exchange, isServerIdle: boolean): void {
    if (this.#lost !== 'nothing') {
      if (isServerIdle && this.#canTrustAgain()) this.#lost = 'nothing';
      exchange.isLow = true;
      exchange.isAmbiguous = this.#lost !== 'nothing';
    }
    this.#waiting.push(exchange);
  }

  #canTrustAgain(): boolean {
    if (this.#isPipelined || this.#waiting.length > 0) return false;
    if (this.#lost === 'answers') return true;
    return this.#pairsSinceLoss > 0 && this.#orphansSincePair === 0;
  }

  /** The exchange that an answer beginning now belongs to; null for an answer that nobody asked for. */
  answer(atUs: number): Exchange | null {
    const [first, second] = this.#waiting;
    if (first === undefined || first.startedAtUs > atUs) {
      this.#orphansSincePair += 1;
      return null;
    }
    if (second !== undefined && second.startedAtUs <= atUs) this.#isPipelined = true;
    return first;
  }

  done(exchange: Exchange): void {
    if (this.#waiting[0] !== exchange) return;
    this.#waiting.shift();
    this.#pairsSinceLoss += 1;
    this.#orphansSincePair = 0;
  }

  loseRequests(): void {
    this.#lost = 'requests';
    this.#pairsSinceLoss = 0;
    this.#orphansSincePair = 0;
  }

  /** @returns Those whose answer will not be told any more. */
  loseAnswers(): readonly Exchange[] {
    if (this.#lost === 'nothing') this.#lost = 'answers';
    return this.takeAll();
  }

  takeAll(): readonly Exchange[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }
}
