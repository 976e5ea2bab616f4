import { setTimeout as sleep } from 'node:timers/promises';
import type { Turns } from '../../../application/ports/turns.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Control } from './control.ts';
import type { HeldLease, Leases } from './leases.ts';
import { digestOf } from './parts.ts';

const LOOK_FIRST_MS = 20;
const LOOK_MAX_MS = 500;

/** Turns by leases: between processes by the Lease, within this process one after another. */
export class LeaseTurns implements Turns {
  readonly #control: Control;
  readonly #leases: Leases;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(control: Control, leases: Leases) {
    this.#control = control;
    this.#leases = leases;
  }

  take<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(what) ?? Promise.resolve()).then(() => this.#takeLease(what, act));
    const settled = turn.catch(() => undefined);
    this.#last.set(what, settled);
    return turn;
  }

  async #takeLease<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
    const held = await this.#wait(what);
    try {
      return await act();
    } finally {
      await held.release();
    }
  }

  async #wait(what: string): Promise<HeldLease> {
    const name = `turn-${digestOf(what).slice(0, 20)}`;
    const endMs = performance.now() + this.#control.limits.turnMs;
    for (let pauseMs = LOOK_FIRST_MS; ; pauseMs = Math.min(LOOK_MAX_MS, pauseMs * 2)) {
      const held = await this.#leases.tryAcquire(name);
      if (held !== null) return held;
      if (performance.now() >= endMs) {
        throw new OperationError('STATE_BUSY', `somebody else works on "${what}" for too long`);
      }
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
  }
}
