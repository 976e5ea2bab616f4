import { randomBytes } from 'node:crypto';
import type { Ids } from '../../application/ports/clock.ts';

/** Unique ids that sort by creation: milliseconds, a counter within the process, randomness. Lower-case hex. */
export class SortableIds implements Ids {
  readonly #nowMs: () => number;
  #lastMs = 0;
  #count = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  next(): string {
    const nowMs = Math.max(this.#nowMs(), this.#lastMs);
    this.#count = nowMs === this.#lastMs ? this.#count + 1 : 0;
    this.#lastMs = nowMs;
    const time = nowMs.toString(16).padStart(12, '0');
    const count = this.#count.toString(16).padStart(4, '0');
    return `${time}${count}${randomBytes(6).toString('hex')}`;
  }
}
