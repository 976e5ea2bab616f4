import { describe, expect, it } from 'vitest';
import { compile, type CompilePorts } from '../../../src/application/environments/compile.ts';
import { DiagnosticsError, type Diagnostic } from '../../../src/domain/diagnostic.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import type { Revision } from '../../../src/domain/revision/revision.ts';
import { BranchTable } from '../../support/branch-table.ts';
import { HeldBranchMemories } from '../../support/branch-memories.ts';
import { request } from '../../support/environments-stage.ts';
import { BRANCHES, smallCompany } from '../../support/small-company.ts';

const repositories = new BranchTable(BRANCHES);

function portsOf(
  more: Partial<CompilePorts> = {},
  diagnostics: readonly Diagnostic[] = [],
): CompilePorts {
  return {
    catalogs: { load: () => Promise.resolve({ catalog: smallCompany(), diagnostics }) },
    git: { repositories, memories: new HeldBranchMemories() },
    baselineRevisions: () => Promise.resolve(new Map()),
    domain: 'shop.localhost',
    buildsFromSource: true,
    ...more,
  };
}

function baselineOf(component: string): CompilePorts['baselineRevisions'] {
  const revision: Revision = {
    repository: `${component}.git`,
    sha: 'b'.repeat(40),
    branch: 'main',
  };
  return () => Promise.resolve(new Map([[component, revision]]));
}

describe('compiling a branch', () => {
  it('plans what it changes, at the branch, for the environment of its name', async () => {
    const { plan, findings, picks } = await compile(portsOf(), {
      ...request(),
      branch: 'feat/coupon',
    });
    expect(plan).toMatchObject({
      environment: environmentNameOf('feat/coupon'),
      branch: 'feat/coupon',
      domain: 'shop.localhost',
    });
    const changed = plan.components.filter(({ role }) => role === 'changed');
    expect(changed).toMatchObject([
      {
        name: 'pricing',
        revision: {
          branch: 'feat/coupon',
          sha: repositories.sha('pricing.git', 'feat/coupon'),
        },
      },
    ]);
    expect(findings.map(({ component }) => component)).toContain('gateway');
    expect(picks.find(({ component }) => component === 'pricing')?.rule).toBe('same-branch');
  });

  it('takes for what is inside unchanged the revision that the baseline runs, unless the head is asked for', async () => {
    const ports = portsOf({ baselineRevisions: baselineOf('checkout') });
    const shaOf = async (unchanged: 'baseline' | 'head'): Promise<string | undefined> => {
      const { plan } = await compile(ports, { ...request(), branch: 'feat/coupon', unchanged });
      return plan.components.find(({ name }) => name === 'checkout')?.revision?.sha;
    };
    expect(await shaOf('baseline')).toBe('b'.repeat(40));
    expect(await shaOf('head')).toBe(repositories.sha('checkout.git', 'main'));
  });

  it('says so when it changes nothing', async () => {
    await expect(
      compile(portsOf(), { ...request(), branch: 'feat/nothing' }),
    ).rejects.toMatchObject({ code: 'NOTHING_CHANGED' });
  });
});

describe('compiling a list of changes', () => {
  it('asks no repository and knows no revision', async () => {
    const before = repositories.synced.length;
    const { plan, picks, findings } = await compile(portsOf(), {
      ...request(),
      branch: null,
      changed: ['pricing', 'accounts'],
    });
    expect(plan).toMatchObject({ environment: environmentNameOf('pricing-accounts'), branch: '' });
    expect(plan.components.every(({ revision }) => revision === null)).toBe(true);
    expect([picks, findings]).toEqual([[], []]);
    expect(repositories.synced).toHaveLength(before);
  });

  it('is all there is where no repository may be asked', async () => {
    const { plan } = await compile(portsOf({ git: null }), {
      ...request(),
      branch: 'feat/coupon',
      changed: ['pricing'],
    });
    expect(plan.environment).toBe(environmentNameOf('feat/coupon'));
    expect(plan.components.map(({ name }) => name)).toContain('pricing');
  });

  it('hands entries, inclusions and isolation on to the closure', async () => {
    const { plan } = await compile(portsOf(), {
      ...request(),
      branch: null,
      changed: ['pricing'],
      entries: ['checkout'],
      include: ['accounts'],
      isolation: 'full',
    });
    expect(plan.isolation).toBe('full');
    const names = plan.components.map(({ name }) => name);
    expect(names).toContain('accounts');
    expect(names).not.toContain('gateway-db');
  });
});

describe('a catalog', () => {
  it('with errors is refused with all it says', async () => {
    const found: Diagnostic[] = [
      { code: 'CATALOG_UNKNOWN_KEY', severity: 'warning', message: 'odd' },
      { code: 'CATALOG_YAML', severity: 'error', message: 'a tab' },
    ];
    const error = await compile(portsOf({}, found), { ...request(), branch: 'feat/coupon' }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DiagnosticsError);
    expect(error).toMatchObject({ code: 'CATALOG_YAML', diagnostics: found });
  });

  it('with warnings is planned, and they are handed on', async () => {
    const found: Diagnostic[] = [
      { code: 'CATALOG_UNKNOWN_KEY', severity: 'warning', message: 'odd' },
    ];
    const compiled = await compile(portsOf({}, found), { ...request(), branch: 'feat/coupon' });
    expect(compiled.diagnostics).toEqual(found);
  });
});
