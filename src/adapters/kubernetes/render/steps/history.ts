/** Where a database remembers which files were applied to it; the same on every engine. */
export const HISTORY_TABLE = 'offshoot_steps';

export interface HistoryColumns {
  readonly name: string;
  readonly sha256: string;
  readonly appliedAt: string;
}
