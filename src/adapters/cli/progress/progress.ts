import type { EnvironmentRecord } from '../../../application/ports/environment-store.ts';

/**
 * What a person watches while an environment comes up: on a terminal a tree that is drawn again, else
 * one plain line for each change. Both go to stderr; both say what waits for what.
 */
export interface Progress {
  show(record: Pick<EnvironmentRecord, 'status'>): void;
  /** Leaves the last picture standing. */
  finish(): void;
}
