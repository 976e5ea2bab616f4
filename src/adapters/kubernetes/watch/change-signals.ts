import type { Clock } from '../../../application/ports/clock.ts';

/** Changes come in bursts; listeners are called once for all of a moment. Unit: milliseconds. */
const MOMENT_MS = 50;

/** Tells listeners of an environment that something of it changed, or that time has changed it. */
export class ChangeSignals {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** When each environment's listeners are called next. */
  readonly #dueMs = new Map<string, number>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  listen(environment: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(environment) ?? new Set();
    this.#listeners.set(environment, listeners);
    // The same function may listen twice.
    const own = (): void => listener();
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(environment) === listeners) {
        this.#listeners.delete(environment);
      }
    };
  }

  changed(environment: string): void {
    this.callAt(environment, this.#clock.nowMs() + MOMENT_MS);
  }

  /** Nothing when they will be called before that anyway. */
  callAt(environment: string, atMs: number): void {
    if (!this.#listeners.has(environment) || this.#signal.aborted) return;
    if ((this.#dueMs.get(environment) ?? Number.POSITIVE_INFINITY) <= atMs) return;
    this.#dueMs.set(environment, atMs);
    void this.#callWhenDue(environment, atMs);
  }

  async #callWhenDue(environment: string, atMs: number): Promise<void> {
    await this.#clock.sleep(Math.max(1, atMs - this.#clock.nowMs()), this.#signal);
    // Something sooner came in between.
    if (this.#dueMs.get(environment) !== atMs) return;
    this.#dueMs.delete(environment);
    if (this.#signal.aborted) return;
    for (const listener of this.#listeners.get(environment) ?? []) listener();
  }
}
