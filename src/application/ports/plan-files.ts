import type { Plan } from '../../domain/plan/plan.ts';

/**
 * The files of a datastore's steps (migrations, seeds) for whoever executes a plan and has no worktree. They
 * are saved with the compiled plan, before the environment is desired, and go with the plan.
 */
export interface PlanFiles {
  /** Keeps path → text for one component of a plan. Saving the same again changes nothing. */
  save(plan: Plan, component: string, files: ReadonlyMap<string, string>): Promise<void>;
  /** In the order in which they were saved; null when none were. */
  load(plan: Plan, component: string): Promise<ReadonlyMap<string, string> | null>;
}
