import { lastKnownAtUs, type Call } from '../../../../domain/calls/call.ts';

/** The newest calls, in the order in which they ended; the oldest go first. */
export class History {
  #calls: Call[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#calls.length;
  }

  add(call: Call): void {
    this.#calls.push(call);
    // In lots, so that it costs nothing each time.
    if (this.#calls.length > 1.25 * this.#max) this.#calls = this.#calls.slice(-this.#max);
  }

  /**
   * By start, with those that are open.
   *
   * @param limit - More are left out, the latest first.
   */
  within(window: Window, open: readonly Call[], limit: number): readonly Call[] {
    return [...this.#calls, ...open]
      .filter((call) => overlaps(call, window))
      .toSorted((a, b) => a.startedAtUs - b.startedAtUs)
      .slice(0, limit);
  }
}

export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

function overlaps(call: Call, { fromUs, toUs }: Window): boolean {
  const endUs = call.endedAtUs === null ? Infinity : lastKnownAtUs(call);
  return call.startedAtUs <= toUs && endUs >= fromUs;
}
