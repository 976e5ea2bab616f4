import { describe, expect, it } from 'vitest';
import { DiagnosticsError, type Diagnostic } from '../../../src/domain/diagnostic.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { EnvironmentsStage } from '../../support/environments-stage.ts';
import { BRANCHES, service, smallCompany } from '../../support/small-company.ts';

const COUPON = environmentNameOf('feat/coupon');
const LOGIN = environmentNameOf('feat/login');

function stageOf(environmentsMax?: number): EnvironmentsStage {
  return new EnvironmentsStage({
    catalog: smallCompany(),
    branches: BRANCHES,
    ...(environmentsMax === undefined ? {} : { environmentsMax }),
  });
}

function problem(severity: Diagnostic['severity'], message: string): Diagnostic {
  return { code: 'SECRET_MISSING', severity, message };
}

describe('up', () => {
  it('accepts an environment with its plan and its reasons, and wakes who carries it out', async () => {
    const stage = stageOf();
    const { record, plan } = await stage.up('feat/coupon', { pins: { checkout: 'main' } });
    expect(record).toMatchObject({
      name: COUPON,
      desired: 'up',
      generation: 1,
      spec: { branch: 'feat/coupon', isolation: 'path', pins: { checkout: 'main' } },
    });
    expect(await stage.plan(COUPON)).toEqual(plan);
    expect(plan.components.map(({ name }) => name)).toEqual([
      'checkout',
      'gateway',
      'orders-db',
      'pricing',
    ]);
    const explained = await stage.store.explanation(record.uid);
    expect(explained?.findings.filter(({ changed }) => changed)).toMatchObject([
      { component: 'checkout' },
      { component: 'pricing' },
    ]);
    expect(explained?.picks.map(({ component }) => component)).toContain('checkout');
    expect(stage.woken.toSorted()).toEqual(['baseline', COUPON]);
  });

  it('demands of the baseline what the environment uses of it, externals excepted', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts'] });
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
  });

  it('writes nothing for a branch that changes nothing', async () => {
    const stage = stageOf();
    const before = await stage.written();
    await expect(stage.up('feat/nothing')).rejects.toMatchObject({ code: 'NOTHING_CHANGED' });
    expect(await stage.written()).toEqual(before);
  });

  it('writes nothing when the preflight finds an error, and tells all it found', async () => {
    const stage = stageOf();
    const before = await stage.written();
    stage.preflightFound = [problem('warning', 'a'), problem('error', 'b'), problem('error', 'c')];
    const error = await stage.up('feat/coupon').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DiagnosticsError);
    expect(error).toMatchObject({ code: 'SECRET_MISSING', diagnostics: stage.preflightFound });
    expect(await stage.written()).toEqual(before);
    expect(stage.woken).toEqual([]);
  });

  it('writes nothing when the catalog has errors', async () => {
    const stage = stageOf();
    stage.catalogFound = [{ code: 'CATALOG_YAML', severity: 'error', message: 'a tab' }];
    await expect(stage.up('feat/coupon')).rejects.toMatchObject({ code: 'CATALOG_YAML' });
    expect(await stage.written()).toEqual([[], {}]);
  });

  it('hands on the warnings of the catalog and of the preflight', async () => {
    const stage = stageOf();
    stage.catalogFound = [{ code: 'CATALOG_UNKNOWN_KEY', severity: 'warning', message: 'odd' }];
    stage.preflightFound = [problem('warning', 'old')];
    const { warnings } = await stage.up('feat/coupon');
    expect(warnings).toEqual([...stage.catalogFound, ...stage.preflightFound]);
  });

  it('a second time supersedes the first, in the same life', async () => {
    const stage = stageOf();
    const first = await stage.up('feat/coupon');
    const second = await stage.up('feat/coupon');
    expect(second.record).toMatchObject({ uid: first.record.uid, generation: 2 });
    expect(second.plan).toEqual(first.plan);
    expect((await stage.record('baseline')).generation).toBe(1);
  });

  it('takes back a removal that has begun', async () => {
    const stage = stageOf();
    const { record } = await stage.up('feat/coupon');
    await stage.environments.down('feat/coupon');
    const again = await stage.up('feat/coupon');
    expect(again.record).toMatchObject({ uid: record.uid, desired: 'up', generation: 3 });
  });
});

describe('the cap', () => {
  it('refuses one environment more, naming those there are, and writes nothing', async () => {
    const stage = stageOf(1);
    await stage.up('feat/coupon');
    const before = await stage.written();
    await expect(stage.up('feat/login')).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: { environments: [COUPON] },
    });
    expect(await stage.written()).toEqual(before);
  });

  it('refuses no environment that lives, and does not count the baseline', async () => {
    const stage = stageOf(1);
    await stage.environments.baselineUp([], false);
    await stage.up('feat/coupon');
    expect((await stage.up('feat/coupon')).record.generation).toBe(2);
  });

  it('holds when another command is accepted first', async () => {
    const stage = stageOf(1);
    stage.beforeTurn.set('environments', () => stage.up('feat/login'));
    await expect(stage.up('feat/coupon')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await stage.tidy();
    expect((await stage.store.list()).map(({ name }) => name)).toEqual(['baseline', LOGIN]);
    expect(Object.keys(await stage.demands())).toEqual([LOGIN]);
  });
});

describe('what environments demand of the baseline', () => {
  it('is united, and shrinks with each that goes, until nothing is left', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    await stage.up('feat/login');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts'], [LOGIN]: ['checkout'] });
    expect(await stage.baseline()).toEqual([
      'accounts',
      'accounts-db',
      'checkout',
      'orders-db',
      'pricing',
    ]);
    await stage.gone(COUPON);
    expect(await stage.baseline()).toEqual(['checkout', 'orders-db', 'pricing']);
    await stage.gone(LOGIN);
    expect(await stage.baseline()).toEqual([]);
    expect(await stage.record('baseline')).toMatchObject({ desired: 'removed' });
  });

  it('follows the plan of the environment', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    await stage.up('feat/coupon', { include: ['accounts'] });
    expect(await stage.demands()).toEqual({});
    expect(await stage.baseline()).toEqual([]);
    await stage.up('feat/coupon');
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
  });

  it('belongs to the plan that was accepted last, whoever demanded last', async () => {
    const stage = stageOf();
    stage.beforeTurn.set('environments', () => stage.up('feat/coupon', { include: ['accounts'] }));
    await stage.up('feat/coupon');
    expect((await stage.plan(COUPON)).boundary.map(({ name }) => name)).toEqual(['accounts']);
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts'] });
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);

    stage.beforeTurn.set('environments', () => stage.up('feat/coupon'));
    await stage.up('feat/coupon', { include: ['accounts'] });
    expect((await stage.plan(COUPON)).boundary.map(({ name }) => name)).toEqual(['ldap']);
    expect(await stage.baseline()).toEqual([]);
  });

  it('is not lost when somebody tidies up before the environment lives', async () => {
    const stage = stageOf();
    stage.beforeTurn.set('environments', () => stage.tidy());
    await stage.up('feat/coupon');
    expect(await stage.demands()).toEqual({ [COUPON]: ['accounts'] });
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
  });

  it('is there, and planned, at the moment an environment is accepted', async () => {
    const stage = stageOf();
    const desire = stage.store.desire.bind(stage.store);
    const seen: unknown[] = [];
    stage.store.desire = async (wish) => {
      if (wish.name === COUPON) seen.push(await stage.demands(), await stage.baseline());
      return await desire(wish);
    };
    stage.beforeTurn.set('environments', () => stage.tidy());
    await stage.up('feat/coupon');
    expect(seen).toEqual([{ [COUPON]: ['accounts'] }, ['accounts', 'accounts-db']]);
  });

  it('stays when an `up` fails, since the environment goes on as it was', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    const source = { repository: 'audit.git', branch: 'release', paths: ['.'] };
    stage.catalog = smallCompany(service({ name: 'audit', source }), {
      ...service({ name: 'report', expose: true, dependencies: ['pricing', 'audit'] }),
    });
    await expect(
      stage.up('feat/coupon', { entries: ['report'], include: ['accounts'] }),
    ).rejects.toMatchObject({ code: 'REVISION_NOT_FOUND' });
    expect((await stage.record(COUPON)).generation).toBe(1);
    expect((await stage.demands())[COUPON]).toContain('accounts');
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
  });

  it('stays while another project, that knows nothing of it, demands something else', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    const other = new EnvironmentsStage({
      catalog: smallCompany(
        service({ name: 'blog', expose: true, dependencies: ['posts', 'images'] }),
        service({ name: 'posts' }),
        service({ name: 'images' }),
      ),
      branches: { 'feat/post': { 'posts.git': ['main.ts'] } },
      store: stage.store,
    });
    other.catalog = {
      ...other.catalog,
      components: new Map(
        ['blog', 'images', 'posts'].flatMap((name) => {
          const component = other.catalog.components.get(name);
          return component === undefined ? [] : [[name, component] as const];
        }),
      ),
    };
    await other.up('feat/post');
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db', 'images']);
    await other.environments.baselineUp([], true);
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db', 'blog', 'images', 'posts']);
    expect(other.repositories.synced).not.toContain('accounts.git');
  });

  it('is planned anew when somebody else demands something meanwhile', async () => {
    const stage = stageOf();
    stage.beforeTurn.set('baseline', () => stage.up('feat/login'));
    await stage.up('feat/coupon');
    expect(await stage.baseline()).toEqual([
      'accounts',
      'accounts-db',
      'checkout',
      'orders-db',
      'pricing',
    ]);
  });
});

describe('down', () => {
  it('accepts the removal by name or by branch, and wakes who carries it out', async () => {
    for (const nameOrBranch of [COUPON, 'feat/coupon']) {
      const stage = stageOf();
      await stage.up('feat/coupon');
      stage.woken.length = 0;
      expect(await stage.environments.down(nameOrBranch)).toMatchObject({
        name: COUPON,
        desired: 'removed',
        generation: 2,
      });
      expect(stage.woken).toEqual([COUPON]);
    }
  });

  it('of nothing is nothing, and success', async () => {
    const stage = stageOf();
    expect(await stage.environments.down('feat/coupon')).toBeNull();
    expect(stage.woken).toEqual([]);
  });

  it('does not take the baseline from those who use it', async () => {
    const stage = stageOf();
    await stage.up('feat/coupon');
    await expect(stage.environments.down('baseline')).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'run `offshoot baseline down`',
    });
    expect(await stage.record('baseline')).toMatchObject({ desired: 'up' });
  });
});

describe('get', () => {
  it('finds an environment by name or by branch', async () => {
    const stage = stageOf();
    const { record } = await stage.up('feat/coupon');
    expect(await stage.environments.get(COUPON)).toEqual(record);
    expect(await stage.environments.get('feat/coupon')).toEqual(record);
  });

  it('says what it looked for', async () => {
    await expect(stageOf().environments.get('feat/coupon')).rejects.toMatchObject({
      code: 'ENVIRONMENT_NOT_FOUND',
      message: 'there is no environment of the name or branch "feat/coupon"',
    });
  });
});
