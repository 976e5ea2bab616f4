import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planDocumentSchema } from '../../../src/contract/plan-document.ts';
import { explanationSchema } from '../../../src/contract/rest.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { catalogOf, component, services } from '../../support/catalogs.ts';
import { COUPON, smallShop } from '../../support/cli-shop.ts';
import { CliStage, type StageOptions } from '../../support/cli-stage.ts';

function stageOf(options: Partial<StageOptions> = {}): CliStage {
  return new CliStage({ catalog: smallShop(), branches: COUPON, ...options });
}

describe('offshoot plan', () => {
  it('with --changed asks no repository and no state, and knows no revision', async () => {
    const stage = stageOf();
    const { code, stdout, stderr } = await stage.run([
      'plan',
      '--changed',
      'promotions',
      '-o',
      'json',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const plan = planDocumentSchema.parse(JSON.parse(stdout));
    expect(plan.environment).toBe('promotions');
    expect(plan.components.map(({ name, role }) => `${role} ${name}`)).toEqual([
      'path checkout',
      'path gateway',
      'datastore orders-db',
      'path pricing',
      'changed promotions',
    ]);
    expect(plan.components.every(({ revision }) => revision === null)).toBe(true);
    expect(stage.opened.toSorted()).toEqual(['catalog', 'settings']);
  });

  it('is named after all that changed', async () => {
    const { stdout } = await stageOf().run([
      'plan',
      '--changed',
      'pricing,promotions',
      '-o',
      'json',
    ]);
    expect(planDocumentSchema.parse(JSON.parse(stdout)).environment).toBe(
      environmentNameOf('pricing-promotions'),
    );
  });

  it('of a branch says at which revision each component runs, as JSON and as YAML', async () => {
    const json = await stageOf().run(['plan', 'feat/coupon', '-o', 'json']);
    const plan = planDocumentSchema.parse(JSON.parse(json.stdout));
    expect(plan.components.find(({ name }) => name === 'pricing')?.revision).toMatchObject({
      repository: 'pricing.git',
      branch: 'feat/coupon',
    });
    const yaml = await stageOf().run(['plan', 'feat/coupon', '-o', 'yaml']);
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
  });

  it('writes nothing', async () => {
    const stage = stageOf();
    await stage.run(['plan', 'feat/coupon']);
    expect(await stage.store.list()).toEqual([]);
    expect(await stage.store.demands()).toEqual(new Map());
  });

  it('explains itself in every format with --explain', async () => {
    const table = await stageOf().run(['plan', 'feat/coupon', '--explain']);
    expect(table.stdout).toMatch(/promotions +yes/u);
    const json = await stageOf().run(['plan', 'feat/coupon', '--explain', '-o', 'json']);
    const document: unknown = JSON.parse(json.stdout);
    expect(planDocumentSchema.parse(document).components).not.toEqual([]);
    expect(explanationSchema.parse(document).findings).not.toEqual([]);
  });

  it('draws the tasks as DOT and as Mermaid', async () => {
    const dot = await stageOf().run(['plan', '--changed', 'promotions', '-o', 'dot']);
    expect(dot.stdout).toMatch(/^digraph "promotions" \{\n/u);
    expect(dot.stdout).toContain('"deploy/promotions" -> "deploy/pricing"');
    const mermaid = await stageOf().run(['plan', '--changed', 'promotions', '-o', 'mermaid']);
    expect(mermaid.stdout).toMatch(/^flowchart LR\n/u);
  });

  it('shows in a table what is inside, what is boundary, and the critical path', async () => {
    const { stdout } = await stageOf().run(['plan', 'feat/coupon', '--isolation', 'full']);
    expect(stdout).toMatch(/^environment .* \(isolation full\)\n/u);
    expect(stdout).toMatch(/accounts +gateway/u);
    expect(stdout).toMatch(/critical path: namespace\/.* → expose\/gateway, about /u);
    expect(stdout).toMatch(/cost: \d+ m CPU, \d+ MiB/u);
  });

  it('takes entries and included components, repeated or with commas', async () => {
    const args = ['plan', '--changed', 'promotions', '--entry', 'pricing', '--include', 'accounts'];
    const { stdout } = await stageOf().run([...args, '-o', 'json']);
    const names = planDocumentSchema.parse(JSON.parse(stdout)).components.map(({ name }) => name);
    expect(names).toEqual(['accounts', 'pricing', 'promotions']);
  });

  it('suggests the component that was meant', async () => {
    const { code, stderr } = await stageOf().run(['plan', '--changed', 'promotion']);
    expect(code).toBe(2);
    expect(stderr).toContain('CATALOG_UNKNOWN_COMPONENT: "promotion" is not in the catalog');
    expect(stderr).toContain('did you mean "promotions"?');
  });

  it('shows every mistake of the catalog at once and ends with 2', async () => {
    const { code, stdout, stderr } = await stageOf({
      diagnostics: [
        { code: 'CATALOG_UNKNOWN_KEY', severity: 'error', message: 'one' },
        { code: 'CATALOG_START_CYCLE', severity: 'error', message: 'two' },
      ],
    }).run(['plan', '--changed', 'promotions']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error CATALOG_UNKNOWN_KEY: one\nerror CATALOG_START_CYCLE: two\n');
  });

  it.each([
    [[], 'name a branch'],
    [['a', '-b', 'b'], 'two branches are named, "a" and "b"'],
    [['a', '--changed', 'pricing'], 'give either a branch or --changed, not both'],
    [['--changed', 'pricing', '--pin', 'cart=v1'], '--pin and --unchanged need a branch'],
    [['--changed', 'pricing', '--unchanged', 'head'], '--pin and --unchanged need a branch'],
    [['--changed', 'pricing', '--explain'], '--explain needs a branch'],
  ])('refuses %j: %s', async (args, message) => {
    const { code, stderr } = await stageOf().run(['plan', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(`USAGE: ${message}`);
  });
});

describe('the warnings of a plan', () => {
  const many = catalogOf([
    component({ name: 'gateway', expose: true, dependencies: ['cart'] }),
    component({
      name: 'cart',
      dependencies: ['cart-db', ...Array.from({ length: 12 }, (_, n) => `reader-${n}`)],
    }),
    component({ name: 'cart-db', type: 'datastore' }),
    ...Array.from({ length: 12 }, (_, n) =>
      component({ name: `reader-${n}`, dependencies: ['cart-db'] }),
    ),
  ]);

  it('fold after the first five of a code; JSON has them all', async () => {
    const stage = stageOf({ catalog: many });
    const { stdout } = await stage.run(['plan', '--changed', 'cart']);
    const shown = stdout.split('\n').filter((line) => line.startsWith('warning DATA_SPLIT'));
    expect(shown).toHaveLength(6);
    expect(shown[5]).toBe(
      'warning DATA_SPLIT: and 7 more; `offshoot plan` with `-o json` lists all',
    );
    const json = await stage.run(['plan', '--changed', 'cart', '-o', 'json']);
    const { warnings } = planDocumentSchema.parse(JSON.parse(json.stdout));
    expect(warnings.filter(({ code }) => code === 'DATA_SPLIT')).toHaveLength(12);
  });

  it('of the catalog fold too, on stderr', async () => {
    const { code, stdout, stderr } = await stageOf({
      catalog: services({ gateway: [] }),
      diagnostics: Array.from({ length: 9 }, (_, n) => ({
        code: 'CATALOG_UNKNOWN_KEY' as const,
        severity: 'warning' as const,
        message: `number ${n}`,
      })),
    }).run(['plan', '--changed', 'gateway', '-o', 'json']);
    expect(code).toBe(0);
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toContain('number 4\n');
    expect(stderr).not.toContain('number 5');
    expect(stderr).toContain('warning CATALOG_UNKNOWN_KEY: and 4 more of the same');
  });
});
