/** Turns of the decoder that wait, of all connections that share it. */
export interface DecodeQueueLimits {
  /** Copies of forwarded bytes that wait. */
  readonly bytesMax: number;
  readonly turnsMax: number;
  /** Longest stretch of decoding before sockets get their turn again. */
  readonly sliceMs: number;
}

const DECODE_QUEUE_LIMITS: DecodeQueueLimits = {
  bytesMax: 16 * 1024 * 1024,
  turnsMax: 65_536,
  sliceMs: 2,
};

interface Turn {
  readonly run: () => void;
  readonly bytes: number;
}

/**
 * Decoding after forwarding: work waits here until the sockets have been served.
 *
 * Bounded, so that decoding can never make forwarding wait: what does not fit is refused, and the
 * connection tells its decoder how many bytes it did not see.
 */
export class DecodeQueue {
  readonly #limits: DecodeQueueLimits;
  #turns: Turn[] = [];
  #next = 0;
  #bytes = 0;
  #isScheduled = false;

  constructor(limits: DecodeQueueLimits = DECODE_QUEUE_LIMITS) {
    this.#limits = limits;
  }

  /** False when there is no room for so many bytes. */
  offer(bytes: number, run: () => void): boolean {
    const waiting = this.#turns.length - this.#next;
    if (waiting >= this.#limits.turnsMax || this.#bytes + bytes > this.#limits.bytesMax)
      return false;
    this.insist(bytes, run);
    return true;
  }

  /** Takes what must not be lost: few and without a payload to speak of. */
  insist(bytes: number, run: () => void): void {
    this.#turns.push({ run, bytes });
    this.#bytes += bytes;
    this.#schedule();
  }

  /** Does all that waits, now. */
  drain(): void {
    while (this.#next < this.#turns.length) this.#runNext();
    this.#compact();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#runSlice();
    });
  }

  #runSlice(): void {
    const until = performance.now() + this.#limits.sliceMs;
    while (this.#next < this.#turns.length && performance.now() < until) this.#runNext();
    this.#compact();
    if (this.#turns.length > 0) this.#schedule();
  }

  #runNext(): void {
    const turn = this.#turns[this.#next];
    this.#next += 1;
    if (turn === undefined) return;
    this.#bytes -= turn.bytes;
    turn.run();
  }

  #compact(): void {
    if (this.#next === 0) return;
    this.#turns = this.#turns.slice(this.#next);
    this.#next = 0;
  }
}
