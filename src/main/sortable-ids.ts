import { randomBytes } from 'node:crypto';
import type { Clock, Ids } from '../application/ports/clock.ts';

const RANDOM_BYTES = 6;

/** Unique ids that sort by creation: milliseconds, a counter within the process, randomness. Lower-case hex. */
export function sortableIds(clock: Pick<Clock, 'nowMs'>): Ids {
  let lastMs = 0;
  let count = 0;
  return {
    next() {
      const nowMs = Math.max(clock.nowMs(), lastMs);
      count = nowMs === lastMs ? count + 1 : 0;
      lastMs = nowMs;
      const time = nowMs.toString(16).padStart(12, '0');
      return `${time}${count.toString(16).padStart(4, '0')}${randomBytes(RANDOM_BYTES).toString('hex')}`;
    },
  };
}
