import type { Clock } from '../../../application/ports/clock.ts';
import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { TaskLedger, TaskRecord } from '../../../application/ports/engine-ledger.ts';
import { OperationError, type ErrorCode } from '../../../domain/errors.ts';

/**
 * One applied Task: what it does runs beside everything else, tells its state, and ends when told to.
 *
 * A unit writes nothing after it was stopped, so one that replaces it never sees old news.
 */

export interface Findings {
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly evidence?: string;
}

/** What the work of a unit may do. */
export interface UnitContext {
  readonly order: TaskOrder;
  /** Aborts when the unit is to end; the work then cleans up and returns. */
  readonly signal: AbortSignal;
  running(): void;
  succeeded(findings?: Findings): void;
  failed(findings: Findings & { readonly code: ErrorCode; readonly message: string }): void;
}

export type UnitWork = (context: UnitContext) => Promise<void>;

export interface UnitPorts {
  readonly ledger: TaskLedger;
  readonly clock: Clock;
  readonly onChange: () => void;
  readonly redact: (text: string) => string;
}

const EVIDENCE_CHARACTERS = 2_000;
const MESSAGE_CHARACTERS = 1_000;

export class Unit {
  readonly #ports: UnitPorts;
  readonly #stop = new AbortController();
  #order: TaskOrder;
  #record: TaskRecord;
  #written: Promise<void> = Promise.resolve();
  #done: Promise<void> = Promise.resolve();

  constructor(order: TaskOrder, ports: UnitPorts) {
    this.#order = order;
    this.#ports = ports;
    this.#record = {
      task: order.task.id,
      fingerprint: order.task.fingerprint,
      generation: order.generation,
      state: 'Running',
      code: null,
      message: null,
      evidence: null,
      startedAt: this.#now(),
      finishedAt: null,
    };
  }

  get order(): TaskOrder {
    return this.#order;
  }

  get record(): TaskRecord {
    return this.#record;
  }

  /**
   * Accepts the desire and begins to work once `before`, which it then begins, has ended.
   *
   * @throws {OperationError} when it could not be written down; nothing has begun then.
   */
  async begin(work: UnitWork, before: () => Promise<void>): Promise<void> {
    await this.#ports.ledger.writeTask(this.#order.plan.environment, this.#record);
    this.#ports.onChange();
    this.#done = this.#perform(work, before);
  }

  /** The same work serves a later generation too. */
  async renew(order: TaskOrder): Promise<void> {
    this.#order = order;
    this.#set({ generation: order.generation });
    await this.#written;
  }

  /** Ends the work and waits until it has cleaned up. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await this.#written;
  }

  async #perform(work: UnitWork, before: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const context: UnitContext = {
      order: this.#order,
      signal,
      running: () => {
        if (this.#record.state === 'Running') return;
        this.#set({ ...CLEAR, state: 'Running', startedAt: this.#now(), finishedAt: null });
      },
      succeeded: (findings = {}) => this.#finish('Succeeded', findings),
      failed: (findings) => this.#finish('Failed', findings),
    };
    try {
      await before();
      if (!signal.aborted) await work(context);
    } catch (error) {
      context.failed(findingsOf(error));
    }
  }

  #finish(state: 'Succeeded' | 'Failed', findings: Findings): void {
    const { redact } = this.#ports;
    const { code = null, message = null, evidence = null } = findings;
    const found = {
      state,
      code,
      message: message === null ? null : redact(message).slice(0, MESSAGE_CHARACTERS),
    };
    const { record } = this;
    // The same news again is no news.
    if (state === record.state && code === record.code && found.message === record.message) return;
    const kept = evidence === null ? null : redact(evidence).slice(-EVIDENCE_CHARACTERS);
    this.#set({ ...found, evidence: kept, finishedAt: this.#now() });
  }

  #set(change: Partial<TaskRecord>): void {
    if (this.#stop.signal.aborted) return;
    this.#record = { ...this.#record, ...change };
    const record = this.#record;
    const { environment } = this.#order.plan;
    // A failed write is made good by the next; what is observed comes from here, not from the ledger.
    this.#written = this.#written
      .then(() => this.#ports.ledger.writeTask(environment, record))
      .catch(() => undefined);
    this.#ports.onChange();
  }

  #now(): string {
    return new Date(this.#ports.clock.nowMs()).toISOString();
  }
}

const CLEAR = { code: null, message: null, evidence: null };

function findingsOf(error: unknown): Findings & { code: ErrorCode; message: string } {
  if (error instanceof OperationError) return { code: error.code, message: error.message };
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return { code: 'DISK_FULL', message: 'no space is left on the disk of the state folder' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message };
}
