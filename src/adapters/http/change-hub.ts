/** How state changes reach those who wait for them: one poll of the state, however many wait. */
export class ChangeHub {
  readonly #subscribe: (listener: () => void) => () => void;
  readonly #waiting = new Set<() => void>();
  #unsubscribe: (() => void) | null = null;
  #changeCount = 0;

  /** @param subscribe - Starts the poll; what it returns stops it. */
  constructor(subscribe: (listener: () => void) => () => void) {
    this.#subscribe = subscribe;
  }

  /** Grows with every change seen while somebody waits. Take it before looking, then wait after it. */
  get changeCount(): number {
    this.#unsubscribe ??= this.#subscribe(() => this.#changed());
    return this.#changeCount;
  }

  /** Resolves at the next change after `seen`, at once if there was one, or when the signal aborts. */
  async next(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#changeCount !== seen || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake);
    await promise;
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#changed();
  }

  #changed(): void {
    this.#changeCount += 1;
    for (const resolve of this.#waiting) resolve();
  }
}
