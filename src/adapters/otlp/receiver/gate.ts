import { REQUESTS_MAX } from '../limits.ts';

/** How many requests are held at one time, of all receivers together: that bounds their memory. */
export class Gate {
  readonly #max: number;
  readonly #isBusy: () => boolean;
  #inside = 0;
  #refused = 0;

  /** @param isBusy - Whether those behind it have more than they can do. */
  constructor(isBusy: () => boolean = () => false, max: number = REQUESTS_MAX) {
    this.#isBusy = isBusy;
    this.#max = max;
  }

  /** Grows only. */
  get refused(): number {
    return this.#refused;
  }

  /** Null when the request has to come again later; else what to do when it is over. */
  enter(): (() => void) | null {
    if (this.#inside >= this.#max || this.#isBusy()) {
      this.#refused += 1;
      return null;
    }
    this.#inside += 1;
    return () => void (this.#inside -= 1);
  }
}
