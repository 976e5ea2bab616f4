import { describe, expect, it } from 'vitest';
import { worktreesInUse } from '../../../src/application/environments/worktrees-in-use.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { EnvironmentsStage } from '../../support/environments-stage.ts';
import { BRANCHES, smallCompany } from '../../support/small-company.ts';
import { sampleSuite } from '../../support/state-samples.ts';

const COUPON = environmentNameOf('feat/coupon');

async function inUse(stage: EnvironmentsStage): Promise<readonly string[]> {
  const revisions = await worktreesInUse(stage.store, stage.store);
  return [
    ...new Set(revisions.map(({ repository, branch }) => `${repository} ${branch}`)),
  ].toSorted();
}

describe('worktrees in use', () => {
  it('are those of living environments, the baseline among them, and of tests to come', async () => {
    const stage = new EnvironmentsStage({ catalog: smallCompany(), branches: BRANCHES });
    expect(await inUse(stage)).toEqual([]);
    await stage.up('feat/coupon');
    const revision = { repository: 'tests.git', sha: 'a'.repeat(40), branch: 'main' };
    const requested = { environment: COUPON, suite: sampleSuite(), revision };
    const { id } = await stage.store.requestTest(requested);
    await stage.store.requestTest({ ...requested, revision: null });
    expect(await inUse(stage)).toEqual([
      'accounts.git main',
      'checkout.git main',
      'gateway.git main',
      'pricing.git feat/coupon',
      'tests.git main',
    ]);
    await stage.store.finishTest(id, { outcome: 'passed', message: null });
    expect(await inUse(stage)).not.toContain('tests.git main');
    await stage.gone(COUPON);
    // The baseline lives until its agent has ended it.
    expect(await inUse(stage)).toEqual(['accounts.git main']);
    await stage.gone('baseline');
    expect(await inUse(stage)).toEqual([]);
  });
});
