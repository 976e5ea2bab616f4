import { randomBytes } from 'node:crypto';
import type { Ids } from '../../application/ports/clock.ts';

/** Ids of relayed connections: unique across agents, in the order of their making within one. */
export function connectionIds(nowMs: () => number): Ids {
  const agent = `${nowMs().toString(36)}${randomBytes(3).toString('hex')}`;
  let count = 0;
  return {
    next() {
      count += 1;
      return `${agent}-${count.toString(36).padStart(6, '0')}`;
    },
  };
}
