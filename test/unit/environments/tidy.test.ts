import { describe, expect, it } from 'vitest';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { EnvironmentsStage } from '../../support/environments-stage.ts';
import { BRANCHES, smallCompany } from '../../support/small-company.ts';

const COUPON = environmentNameOf('feat/coupon');
const LOGIN = environmentNameOf('feat/login');

/** Each of these is what a `kill -9` at one place leaves behind. */
describe('tidying up after a killed process', () => {
  const stageOf = (): EnvironmentsStage =>
    new EnvironmentsStage({ catalog: smallCompany(), branches: BRANCHES });

  /** The life is over, and whoever ended it did nothing more. */
  async function end(stage: EnvironmentsStage, name: string): Promise<void> {
    const { uid } = await stage.record(name);
    await stage.store.desireRemoval(name);
    await stage.store.markRemoved(uid);
  }

  it('takes back the demand of an environment that is gone', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    await end(stage, COUPON);
    await stage.tidyUp();
    expect(await stage.demands()).toEqual({});
    expect(await stage.baseline()).toEqual([]);
  });

  it('shrinks the baseline when the demand was taken back and the plan was not', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    await stage.up('feat/login');
    await end(stage, COUPON);
    await stage.store.forgetGone();
    expect(await stage.baseline()).toContain('accounts');
    await stage.tidyUp();
    expect(await stage.baseline()).toEqual(['checkout', 'orders-db', 'pricing']);
    await end(stage, LOGIN);
    await stage.store.forgetGone();
    await stage.tidyUp();
    expect(await stage.baseline()).toEqual([]);
  });

  it('writes nothing while there is nothing to tidy', async () => {
    const stage = stageOf();
    await stage.tidyUp();
    await stage.up('feat/coupon');
    const before = await stage.written();
    await stage.tidyUp();
    expect(await stage.written()).toEqual(before);
  });
});
