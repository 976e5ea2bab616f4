import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { SCHEMA_NAMES } from '../../../src/adapters/cli/commands/catalog.ts';
import { diagnosticDocumentSchema } from '../../../src/contract/diagnostic-document.ts';
import { graphDocumentSchema } from '../../../src/contract/graph-document.ts';
import { DOCUMENT_NAMES, jsonSchemaOf } from '../../../src/contract/json-schema.ts';
import type { Diagnostic } from '../../../src/domain/diagnostic.ts';
import { services } from '../../support/catalogs.ts';
import { smallShop } from '../../support/cli-shop.ts';
import { CliStage } from '../../support/cli-stage.ts';

const WARNING: Diagnostic = {
  code: 'CATALOG_UNKNOWN_KEY',
  severity: 'warning',
  message: 'the key "ower" is not known',
  hint: 'did you mean "owner"?',
  location: { file: 'cart.yaml', line: 3, column: 5 },
};
const ERROR: Diagnostic = { ...WARNING, severity: 'error' };

function stageOf(diagnostics: readonly Diagnostic[] = []): CliStage {
  return new CliStage({ catalog: smallShop(), diagnostics });
}

const lintSchema = z.object({ diagnostics: z.array(diagnosticDocumentSchema) });

describe('offshoot catalog lint', () => {
  it('ends with 0 for a catalog without mistakes and says how much it saw', async () => {
    expect(await stageOf().run(['catalog', 'lint'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '6 components, 1 test suite: no errors, 0 warnings\n',
    });
  });

  it('ends with 0 with warnings only', async () => {
    const { code, stdout, stderr } = await stageOf([WARNING]).run(['catalog', 'lint']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'cart.yaml:3:5: warning CATALOG_UNKNOWN_KEY: the key "ower" is not known\n  did you mean "owner"?\n',
    );
    expect(stderr).toContain('1 warning');
  });

  it('ends with 2 with errors, and lists all of them, warnings too, unfolded', async () => {
    const all = [...Array.from({ length: 9 }, () => WARNING), ERROR];
    const { code, stdout, stderr } = await stageOf(all).run(['catalog', 'lint']);
    expect(code).toBe(2);
    expect(stdout.match(/CATALOG_UNKNOWN_KEY/gu)).toHaveLength(10);
    expect(stderr).toBe('1 error and 9 warnings in the catalog\n');
  });

  it('prints diagnostics as the contract says', async () => {
    const { code, stdout } = await stageOf([ERROR]).run(['catalog', 'lint', '-o', 'json']);
    expect(code).toBe(2);
    expect(lintSchema.parse(JSON.parse(stdout)).diagnostics).toEqual([ERROR]);
    const yaml = await stageOf([ERROR]).run(['catalog', 'lint', '-o', 'yaml']);
    expect(parse(yaml.stdout)).toEqual(JSON.parse(stdout));
  });

  it('opens no state', async () => {
    const stage = stageOf();
    await stage.run(['catalog', 'lint', '--catalog', 'x']);
    expect(stage.opened).toEqual(['catalog']);
  });
});

describe('offshoot catalog graph', () => {
  it('prints the document of the contract as JSON and YAML', async () => {
    const { stdout } = await stageOf().run(['catalog', 'graph', '-o', 'json']);
    const graph = graphDocumentSchema.parse(JSON.parse(stdout));
    expect(graph.components).toHaveLength(6);
    expect(graph.dependencies).toContainEqual({
      from: 'pricing',
      to: 'promotions',
      optional: false,
      startup: 'wait',
      via: 'call',
    });
    const yaml = await stageOf().run(['catalog', 'graph', '-o', 'yaml']);
    expect(parse(yaml.stdout)).toEqual(graph);
  });

  it('names cycles in the table', async () => {
    const stage = new CliStage({
      catalog: services({ a: ['b'], b: ['a', { name: 'c', optional: true }], c: [] }),
    });
    const { stdout } = await stage.run(['catalog', 'graph']);
    expect(stdout).toContain('call each other in a cycle: a, b');
    expect(stdout).toContain('a, c (optional)');
  });

  it('draws DOT and Mermaid', async () => {
    expect((await stageOf().run(['catalog', 'graph', '-o', 'dot'])).stdout).toMatch(/^digraph /u);
    expect((await stageOf().run(['catalog', 'graph', '-o', 'mermaid'])).stdout).toMatch(
      /^flowchart /u,
    );
  });

  it('ends with 2 when the catalog has errors', async () => {
    const { code, stdout } = await stageOf([ERROR]).run(['catalog', 'graph']);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('offshoot catalog what-depends-on', () => {
  it('lists direct and indirect dependents with a witness', async () => {
    const { stdout } = await stageOf().run(['catalog', 'what-depends-on', 'pricing', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      { name: 'checkout', witness: ['checkout', 'pricing'] },
      { name: 'gateway', witness: ['gateway', 'checkout', 'pricing'] },
    ]);
    const table = await stageOf().run(['catalog', 'what-depends-on', 'pricing']);
    expect(table.stdout).toContain('gateway → checkout → pricing');
  });

  it('suggests the component that was meant', async () => {
    const { code, stderr } = await stageOf().run(['catalog', 'what-depends-on', 'pricng']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "pricing"?')]);
  });
});

describe('offshoot catalog schema', () => {
  it('knows the documents that the contract has', () => {
    expect(SCHEMA_NAMES).toEqual(DOCUMENT_NAMES);
  });

  it.each(DOCUMENT_NAMES)('prints the schema of %s, reading no catalog', async (name) => {
    const stage = stageOf();
    const { code, stdout } = await stage.run(['catalog', 'schema', name]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(jsonSchemaOf(name));
    expect(stage.opened).toEqual([]);
  });

  it('prints the schema of components unless told, as YAML when asked', async () => {
    const { stdout } = await stageOf().run(['catalog', 'schema', '-o', 'yaml']);
    expect(parse(stdout)).toEqual(JSON.parse(JSON.stringify(jsonSchemaOf('component'))));
  });

  it('refuses what there is no schema of', async () => {
    const { code, stderr } = await stageOf().run(['catalog', 'schema', 'environment']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('component, test-suite, project')]);
  });
});
