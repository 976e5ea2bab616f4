import type { Condition } from '../ports/environment-store.ts';

/** A condition of ours before it has its instants. */
export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;
