import type { Clock } from '../application/ports/clock.ts';
import type { LeaseStore, ProcessIdentity } from '../application/ports/engine-ledger.ts';
import type { Turns } from '../application/ports/turns.ts';
import { OperationError } from '../domain/errors.ts';

const TURN_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 10;

export interface TurnPorts {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly self: ProcessIdentity;
  readonly isAlive: (holder: ProcessIdentity) => boolean;
}

/** Turns by leases: between processes by the row, within this process one after another. */
export function createTurns({ leases, clock, self, isAlive }: TurnPorts): Turns {
  const last = new Map<string, Promise<unknown>>();
  const takeLease = async <Result>(what: string, act: () => Promise<Result>): Promise<Result> => {
    const lease = `turn/${what}`;
    const endMs = clock.nowMs() + TURN_TIMEOUT_MS;
    while (!(await leases.acquireLease(lease, self, isAlive))) {
      if (clock.nowMs() >= endMs) {
        throw new OperationError('STATE_BUSY', `another process works on "${what}" for too long`);
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
    try {
      return await act();
    } finally {
      await leases.releaseLease(lease, self);
    }
  };
  return {
    take(what, act) {
      const turn = (last.get(what) ?? Promise.resolve()).then(() => takeLease(what, act));
      last.set(
        what,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
}
