import { describe, expect, it } from 'vitest';
import { branchActions } from '../../../src/application/watch/branch-actions.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { EnvironmentsStage } from '../../support/environments-stage.ts';
import { smallCompany } from '../../support/small-company.ts';

const COUPON = environmentNameOf('feat/coupon');
const TOUCHES = { 'pricing.git': ['main.ts'] };

function stageOf(): EnvironmentsStage {
  const branches = { 'feat/coupon': TOUCHES, [COUPON]: TOUCHES, baseline: TOUCHES };
  return new EnvironmentsStage({ catalog: smallCompany(), branches });
}

function actionsOf({ environments, store }: EnvironmentsStage): ReturnType<typeof branchActions> {
  return branchActions(environments, store);
}

describe('a followed branch', () => {
  it('gets an environment by the default rules', async () => {
    const stage = stageOf();
    await actionsOf(stage).bringUp('feat/coupon');
    expect((await stage.record(COUPON)).spec).toMatchObject({
      branch: 'feat/coupon',
      isolation: 'path',
      pins: {},
      entries: [],
      include: [],
      unchanged: 'baseline',
    });
  });

  it('that is pushed to keeps what a person asked for of its environment', async () => {
    const stage = stageOf();
    const wish = { isolation: 'full', pins: { checkout: 'main' }, include: ['accounts'] } as const;
    await stage.up('feat/coupon', { ...wish, entries: ['checkout'], unchanged: 'head' });
    const { spec } = await stage.record(COUPON);
    stage.repositories.push('pricing.git', 'feat/coupon');
    await actionsOf(stage).bringUp('feat/coupon');
    const record = await stage.record(COUPON);
    expect(record).toMatchObject({ generation: 2, spec });
    const { components } = await stage.plan(COUPON);
    expect(components.find(({ name }) => name === 'pricing')?.revision?.sha).toBe(
      stage.repositories.sha('pricing.git', 'feat/coupon'),
    );
  });

  it('begins by the default rules again after its environment was taken down', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon', { include: ['accounts'] });
    await stage.environments.down(COUPON);
    await actionsOf(stage).bringUp('feat/coupon');
    expect(await stage.record(COUPON)).toMatchObject({ desired: 'up', spec: { include: [] } });
  });

  it('that ends takes its environment with it', async () => {
    const stage = stageOf();
    await actionsOf(stage).bringUp('feat/coupon');
    await actionsOf(stage).tearDown('feat/coupon');
    expect(await stage.record(COUPON)).toMatchObject({ desired: 'removed' });
    await actionsOf(stage).tearDown('feat/never');
  });

  it('takes no other environment with it, and not the baseline, whatever its name', async () => {
    const stage = stageOf();
    await actionsOf(stage).bringUp('feat/coupon');
    for (const branch of [COUPON, 'baseline']) {
      await actionsOf(stage).bringUp(branch);
      await actionsOf(stage).tearDown(branch);
    }
    const living = (await stage.store.list()).filter(({ desired }) => desired === 'up');
    expect(living.map(({ name }) => name)).toEqual(['baseline', COUPON]);
  });
});
