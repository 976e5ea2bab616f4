import { describe, expect, it } from 'vitest';
import { baselineRevisions, wakeBaseline } from '../../../src/application/environments/baseline.ts';
import { BASELINE } from '../../../src/application/ports/environment-store.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { component } from '../../support/catalogs.ts';
import { EnvironmentsStage } from '../../support/environments-stage.ts';
import { BRANCHES, service, smallCompany } from '../../support/small-company.ts';

const COUPON = environmentNameOf('feat/coupon');

function stageOf(): EnvironmentsStage {
  return new EnvironmentsStage({ catalog: smallCompany(), branches: BRANCHES });
}

async function shaOf(stage: EnvironmentsStage, name: string): Promise<string | undefined> {
  return (await baselineRevisions(stage.store)).get(name)?.sha;
}

describe('the baseline that people ask for', () => {
  it('runs what they name and all it needs, externals as boundary', async () => {
    const stage = stageOf();
    const record = await stage.environments.baselineUp(['accounts'], false);
    expect(record).toMatchObject({ name: BASELINE, desired: 'up', generation: 1 });
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
    expect((await stage.plan(BASELINE)).boundary).toEqual([{ name: 'ldap', usedBy: ['accounts'] }]);
    expect(stage.woken).toEqual([BASELINE]);
  });

  it('runs everything when they name nothing', async () => {
    const stage = stageOf();
    await stage.environments.baselineUp([], false);
    expect(await stage.baseline()).toEqual([
      'accounts',
      'accounts-db',
      'checkout',
      'gateway',
      'orders-db',
      'pricing',
    ]);
  });

  it('refuses names that the catalog does not have, and writes nothing', async () => {
    const stage = stageOf();
    await expect(
      stage.environments.baselineUp(['accounts', 'acounts', 'x'], false),
    ).rejects.toMatchObject({
      code: 'CATALOG_UNKNOWN_COMPONENT',
      message: 'the catalog has no component "acounts", "x"',
    });
    expect(await stage.written()).toEqual([[], {}]);
  });

  it('is written once, however often it is asked for', async () => {
    const stage = stageOf();
    const first = await stage.environments.baselineUp([], false);
    expect(await stage.environments.baselineUp([], false)).toEqual(first);
  });

  it('is nothing where the catalog has nothing', async () => {
    const stage = stageOf();
    stage.catalog = { components: new Map(), testSuites: new Map() };
    expect(await stage.environments.baselineUp([], false)).toBeNull();
    expect(stage.woken).toEqual([]);
  });

  it('ends when they take it back, except for what an environment uses', async () => {
    const stage = stageOf();
    await stage.environments.baselineUp([], false);
    await stage.up('feat/coupon');
    expect(await stage.environments.baselineDown()).toMatchObject({ desired: 'up' });
    expect(await stage.baseline()).toEqual(['accounts', 'accounts-db']);
    await stage.gone(COUPON);
    expect(await stage.baseline()).toEqual([]);
  });

  it('is gone for good when nobody else uses it', async () => {
    const stage = stageOf();
    await stage.environments.baselineUp([], false);
    const removed = await stage.environments.baselineDown();
    expect(removed).toMatchObject({ desired: 'removed', generation: 2 });
    // Asking again changes nothing.
    expect(await stage.environments.baselineDown()).toEqual(removed);
  });

  it('that never was is nothing to take back', async () => {
    expect(await stageOf().environments.baselineDown()).toBeNull();
  });
});

describe('revisions of the baseline', () => {
  it('are the heads of the branches that components follow', async () => {
    const stage = stageOf();
    const source = { repository: 'prices.git', paths: ['.'] };
    stage.catalog = smallCompany(
      service({ name: 'declared', source: { ...source, branch: 'feat/next' } }),
      service({ name: 'by-default', source: { ...source, defaultBranch: 'main' } }),
      component({ name: 'no-source' }),
    );
    const other = new EnvironmentsStage({
      catalog: stage.catalog,
      branches: { 'feat/next': { 'prices.git': ['main.ts'] } },
    });
    await other.environments.baselineUp(['declared', 'by-default', 'no-source'], false);
    expect(await baselineRevisions(other.store)).toEqual(
      new Map(
        (
          [
            ['by-default', 'main'],
            ['declared', 'feat/next'],
          ] as const
        ).map(([name, branch]) => {
          const sha = other.repositories.sha('prices.git', branch);
          return [name, { repository: 'prices.git', sha, branch }];
        }),
      ),
    );
    expect(other.repositories.synced).toEqual(['prices.git']);
  });

  it('stay while components run, whatever is pushed, until somebody refreshes them', async () => {
    const stage = stageOf();
    await stage.environments.baselineUp(['accounts'], false);
    const before = stage.repositories.sha('accounts.git', 'main');
    stage.repositories.push('accounts.git', 'main');
    await stage.environments.baselineUp([], false);
    expect(await shaOf(stage, 'accounts')).toBe(before);
    await stage.environments.baselineUp([], true);
    expect(await shaOf(stage, 'accounts')).toBe(stage.repositories.sha('accounts.git', 'main'));
  });

  it('begin anew when a component has moved to another repository', async () => {
    const stage = stageOf();
    await stage.environments.baselineUp(['accounts'], false);
    const moved = service({
      name: 'accounts',
      source: { repository: 'identity.git', paths: ['.'] },
    });
    stage.catalog = {
      ...stage.catalog,
      components: new Map([...stage.catalog.components, ['accounts', moved]]),
    };
    await stage.environments.baselineUp(['accounts'], false);
    expect(await shaOf(stage, 'accounts')).toBe(stage.repositories.sha('identity.git', 'main'));
  });

  it('that cannot be found are refused, naming the branch and the repository', async () => {
    const stage = stageOf();
    const source = { repository: 'audit.git', branch: 'release', paths: ['.'] };
    stage.catalog = smallCompany(service({ name: 'audit', source }));
    await expect(stage.environments.baselineUp(['audit'], false)).rejects.toMatchObject({
      code: 'REVISION_NOT_FOUND',
      message: '"audit" follows branch "release", which "audit.git" does not have',
    });
    expect(await stage.baseline()).toEqual([]);
  });

  it('are none where there is no baseline', async () => {
    const stage = stageOf();
    expect(await baselineRevisions(stage.store)).toEqual(new Map());
    const woken: string[] = [];
    await wakeBaseline({
      store: stage.store,
      agents: { wake: (name) => Promise.resolve(void woken.push(name)) },
    });
    expect(woken).toEqual([]);
  });
});
