import type { EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import type { CommandContext } from '../command-context.ts';
import { lineProgress } from './line-progress.ts';
import { treeProgress } from './tree-progress.ts';

/**
 * What a person watches while an environment comes up: on a terminal a tree that is drawn again, else
 * one plain line for each change. Both go to stderr; both say what waits for what.
 */
export interface Progress {
  show(record: Pick<EnvironmentRecord, 'status'>): void;
  /** Leaves the last picture standing. */
  finish(): void;
}

export function createProgress(plan: Plan, context: CommandContext): Progress {
  return context.terminal.isInteractive ? treeProgress(plan, context) : lineProgress(context);
}
