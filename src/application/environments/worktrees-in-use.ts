import type { Plan } from '../../domain/plan/plan.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { EnvironmentStore, TestRunStore } from '../ports/environment-store.ts';

/** The revisions that living environments, or test runs still to be carried out, work on. */
export async function worktreesInUse(
  environments: EnvironmentStore,
  testRuns: Pick<TestRunStore, 'pendingTests'>,
): Promise<readonly Revision[]> {
  const revisions: Revision[] = [];
  for (const { uid, name } of await environments.list()) {
    const plan = await environments.plan(uid);
    if (plan !== null) revisions.push(...revisionsOf(plan));
    for (const { revision } of await testRuns.pendingTests(name)) {
      if (revision !== null) revisions.push(revision);
    }
  }
  return revisions;
}

function revisionsOf(plan: Plan): readonly Revision[] {
  return plan.components
    .map(({ revision }) => revision)
    .filter((revision): revision is Revision => revision !== null);
}
