import type { Clock } from '../../../application/ports/clock.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import type {
  EngineLedger,
  PortKey,
  ProcessRecord,
  TaskRecord,
} from '../../../application/ports/engine-ledger.ts';

export interface BaselineState {
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  readonly processes: readonly ProcessRecord[];
  readonly ports: ReadonlyMap<PortKey, number>;
}

/** Answers are this old at most: many boundaries ask at once. */
const FRESH_MS = 50;

/** What the ledger says of the baseline, which another process runs. */
export class BaselineView {
  readonly #ledger: EngineLedger;
  readonly #clock: Clock;
  #state: Promise<BaselineState> | null = null;
  #askedMs = 0;
  #ports: ReadonlyMap<PortKey, number> = new Map();

  constructor(ledger: EngineLedger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  look(): Promise<BaselineState> {
    const nowMs = this.#clock.nowMs();
    if (this.#state !== null && nowMs - this.#askedMs < FRESH_MS) return this.#state;
    this.#askedMs = nowMs;
    this.#state = this.#read();
    return this.#state;
  }

  /** As of the last look: who forwards a connection can't wait. */
  port(key: PortKey): number | null {
    return this.#ports.get(key) ?? null;
  }

  async #read(): Promise<BaselineState> {
    const [tasks, processes, ports] = await Promise.all([
      this.#ledger.tasksOf(BASELINE),
      this.#ledger.processesOf(BASELINE),
      this.#ledger.portsOf(BASELINE),
    ]);
    this.#ports = ports;
    return { tasks: new Map(tasks.map((task) => [task.task, task])), processes, ports };
  }
}
