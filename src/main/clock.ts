import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../application/ports/clock.ts';

/** The real time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch {
      // The signal came first: that is an end of the wait like any other.
    }
  },
};
