import type { Connection } from './connection.ts';

/**
 * Tells that something was committed, by any process, by asking for the database's version now and
 * then: one page read from the log's index, no lock.
 */
export class ChangeFeed {
  readonly #connection: Connection;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Calls back within the interval after a commit; several commits may come as one. Returns how to stop. */
  onCommit(listener: () => void, intervalMs: number): () => void {
    let seen = this.#version();
    const timer = setInterval(() => {
      const version = this.#version();
      if (version === null || version === seen) return;
      seen = version;
      listener();
    }, intervalMs);
    this.#timers.add(timer);
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    };
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }

  /** Null when it cannot be had now; the next round asks again. */
  #version(): string | null {
    try {
      return this.#connection.version();
    } catch {
      return null;
    }
  }
}
