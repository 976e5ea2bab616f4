import type { LeaseStore, ProcessIdentity } from '../ports/engine-ledger.ts';
import type { TestRunStore } from '../ports/environment-store.ts';
import type { WorkingCopies } from '../ports/repositories.ts';
import { isBaselineTooLarge, PEOPLE, releaseByGone, type BaselinePorts } from './baseline.ts';
import { worktreesInUse } from './worktrees-in-use.ts';

/**
 * What a killed process leaves that belongs to no living environment: demands on the baseline, worktrees,
 * leases. Everything else belongs to one, and its agent takes care of it.
 */

export interface TidyPorts extends BaselinePorts {
  readonly leases: Pick<LeaseStore, 'leases' | 'releaseLease'>;
  readonly testRuns: Pick<TestRunStore, 'pendingTests'>;
  readonly workingCopies: Pick<WorkingCopies, 'releaseAllBut'>;
  isAlive(holder: ProcessIdentity): boolean;
}

/** The end of every environment's life, also of one whose agent did not live to see it. */
export async function leaveNothing(
  ports: BaselinePorts & Pick<TidyPorts, 'testRuns' | 'workingCopies'>,
): Promise<void> {
  await releaseByGone(ports);
  await ports.workingCopies.releaseAllBut(() => worktreesInUse(ports.store, ports.testRuns));
}

/** Cheap while there is nothing to do, so every command may call it. */
export async function tidyUp(ports: TidyPorts): Promise<void> {
  const [demands, leases] = await Promise.all([ports.demands.demands(), ports.leases.leases()]);
  const living = new Set((await ports.store.list()).map(({ name }) => name));
  const isGone = (name: string): boolean => !living.has(name);
  const dead = [...leases].filter(([name, holder]) => isGone(name) && !ports.isAlive(holder));
  const isDemandLeft = demands.keys().some((name) => name !== PEOPLE && isGone(name));
  if (dead.length === 0 && !isDemandLeft && !(await isBaselineTooLarge(ports))) return;
  await leaveNothing(ports);
  for (const [name, holder] of dead) await ports.leases.releaseLease(name, holder);
}
