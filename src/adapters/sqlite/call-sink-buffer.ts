import type { CallSink } from '../../application/ports/call-store.ts';
import type { Call } from '../../domain/calls/call.ts';

/** Longest wait of a call before it is written; half of what readers are promised. */
const FLUSH_DELAY_MS = 100;
/** Wait after a write that failed: a locked database or a full disk. */
const RETRY_DELAY_MS = 1_000;
const BATCH = 500;
/** A call with more JSON than this is not worth keeping whole; it counts as dropped. */
const CALL_BYTES_MAX = 16 * 1024;

/** A call as its columns; the text is what the reader gets back. */
export interface StoredCall {
  readonly startedAtUs: number;
  readonly endedAtUs: number | null;
  readonly json: string;
}

interface Parts {
  readonly waitingCallCount: number;
  /** All of it or nothing. */
  readonly write: (calls: readonly StoredCall[], dropped: number) => Promise<void>;
  readonly onClose: () => void;
}

/**
 * Calls on their way to the database. Recording one costs an array slot; writing happens in batches
 * behind it. What finds no place, or cannot be kept at all, is counted and the count is kept too.
 */
export class CallSinkBuffer implements CallSink {
  readonly #parts: Parts;
  #waiting: Call[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;
  #isFailing = false;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  record(call: Call): void {
    if (this.#isClosed || this.#waiting.length >= this.#parts.waitingCallCount) {
      this.#dropped += 1;
    } else {
      this.#waiting.push(call);
    }
    this.#schedule(this.#waiting.length >= BATCH ? 0 : FLUSH_DELAY_MS);
  }

  /** Dropped and not yet counted in the database. */
  get dropped(): number {
    return this.#dropped;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Resolves when what waits now is written, or cannot be at the moment; it is tried again then. */
  flush(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = null;
      if (this.#hasWork()) this.#schedule(FLUSH_DELAY_MS);
    });
    return this.#flushing;
  }

  /** Forgets what waits: the life it belongs to is over. */
  forget(): void {
    this.#waiting = [];
    this.#dropped = 0;
  }

  /** Writes what waits; what comes later is dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#flushing;
    await this.flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#parts.onClose();
  }

  #hasWork(): boolean {
    return this.#waiting.length > 0 || this.#dropped > 0;
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed || this.#flushing !== null) return;
    if (this.#timer !== null && (delayMs > 0 || this.#isFailing)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        void this.flush();
      },
      this.#isFailing ? RETRY_DELAY_MS : delayMs,
    );
    this.#timer.unref();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#hasWork()) await this.#writeBatch();
      this.#isFailing = false;
    } catch {
      // What waits is kept and bounded; the same trouble is reported by whoever writes state.
      this.#isFailing = true;
    }
  }

  async #writeBatch(): Promise<void> {
    const source = this.#waiting;
    const batch = source.slice(0, BATCH);
    const rows = batch.map(storedCall).filter((row) => row !== null);
    const dropped = this.#dropped;
    await this.#parts.write(rows, dropped + batch.length - rows.length);
    if (this.#waiting !== source) return;
    source.splice(0, batch.length);
    this.#dropped -= dropped;
  }
}

/** Null for what the columns cannot hold: capture works on hostile bytes. */
function storedCall(call: Call): StoredCall | null {
  const { startedAtUs, endedAtUs } = call;
  if (!Number.isSafeInteger(startedAtUs)) return null;
  if (endedAtUs !== null && !Number.isSafeInteger(endedAtUs)) return null;
  const json = JSON.stringify(call);
  return json.length > CALL_BYTES_MAX ? null : { startedAtUs, endedAtUs, json };
}
