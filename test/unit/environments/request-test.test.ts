import { describe, expect, it } from 'vitest';
import type { TestSuite } from '../../../src/domain/catalog/component.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { EnvironmentsStage } from '../../support/environments-stage.ts';
import { BRANCHES, smallCompany } from '../../support/small-company.ts';
import { sampleSuite } from '../../support/state-samples.ts';

const COUPON = environmentNameOf('feat/coupon');

async function stageWith(...suites: readonly TestSuite[]): Promise<EnvironmentsStage> {
  const { components } = smallCompany();
  const testSuites = new Map(suites.map((suite) => [suite.name, suite]));
  const stage = new EnvironmentsStage({ catalog: { components, testSuites }, branches: BRANCHES });
  await stage.up('feat/coupon');
  stage.woken.length = 0;
  return stage;
}

describe('the suite of a test run', () => {
  it('is the one that was named', async () => {
    const stage = await stageWith(sampleSuite('fast'), sampleSuite('slow'));
    const run = await stage.environments.requestTest('feat/coupon', 'slow');
    expect(run).toMatchObject({ environment: COUPON, suite: 'slow', state: 'requested' });
    const [pending] = await stage.store.pendingTests(COUPON);
    expect(pending).toMatchObject({ run, suite: { name: 'slow' }, revision: null });
    expect(stage.woken).toContain(COUPON);
  });

  it('is the only one when none was named', async () => {
    const stage = await stageWith(sampleSuite('fast'));
    expect(await stage.environments.requestTest(COUPON, null)).toMatchObject({ suite: 'fast' });
  });

  it.each<[string | null, readonly string[], string]>([
    [null, ['fast', 'slow'], 'name the test suite to run: the catalog has "fast", "slow"'],
    [null, [], 'name the test suite to run: the catalog has none'],
    ['slwo', ['fast'], 'the catalog has no test suite "slwo"; it has "fast"'],
  ])('must be clear: %s of %j', async (name, names, message) => {
    const stage = await stageWith(...names.map((suite) => sampleSuite(suite)));
    await expect(stage.environments.requestTest(COUPON, name)).rejects.toMatchObject({
      code: 'TEST_SUITE_NOT_FOUND',
      message,
    });
    expect(await stage.store.pendingTests(COUPON)).toEqual([]);
  });

  it('is of an environment that is there', async () => {
    const stage = await stageWith(sampleSuite());
    await expect(stage.environments.requestTest('feat/other', null)).rejects.toMatchObject({
      code: 'ENVIRONMENT_NOT_FOUND',
    });
  });
});

describe('a suite that may run against the baseline', () => {
  it('has its entry there, beside what the environment uses', async () => {
    const stage = await stageWith(sampleSuite());
    await stage.environments.requestTest(COUPON, null);
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts', 'gateway'] });
    expect(await stage.baseline()).toContain('checkout');
    expect(stage.woken).toEqual(['baseline', COUPON]);
  });

  it('keeps it there when a push comes while it runs, and no longer', async () => {
    const stage = await stageWith(sampleSuite());
    const { id } = await stage.environments.requestTest(COUPON, null);
    await stage.store.startTest(id);
    await stage.up('feat/coupon');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts', 'gateway'] });
    await stage.store.finishTest(id, { outcome: 'passed', message: null });
    await stage.up('feat/coupon');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts'] });
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
  });

  it('keeps it there while another suite is asked for', async () => {
    const checkout = { ...sampleSuite('checkout'), entry: 'checkout' };
    const stage = await stageWith(sampleSuite('gateway'), checkout);
    await stage.environments.requestTest(COUPON, 'gateway');
    await stage.environments.requestTest(COUPON, 'checkout');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts', 'checkout', 'gateway'] });
  });

  it('demands nothing when it tests the baseline itself, nor when it may not run there', async () => {
    const stage = await stageWith(sampleSuite(), { ...sampleSuite('only'), safeOnBaseline: false });
    await stage.environments.requestTest('baseline', 'checkout-journey');
    await stage.environments.requestTest(COUPON, 'only');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts'] });
  });
});

describe('a test run of an environment that goes meanwhile', () => {
  it('ends as an error, so that nobody waits for it', async () => {
    const stage = await stageWith(sampleSuite());
    stage.beforeTest = () => stage.gone(COUPON);
    const { id } = await stage.environments.requestTest(COUPON, null);
    expect(await stage.store.testRun(id)).toMatchObject({
      state: 'finished',
      outcome: 'error',
      message: 'the environment was removed',
    });
  });
});
