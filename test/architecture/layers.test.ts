import { readdirSync } from 'node:fs';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';
import { LAYER_RULES } from './layers.ts';

/** With TypeScript 7 and without swc the cruiser sees no file and reports no violation: so count. */
describe('the import rules', () => {
  let result: ICruiseResult;

  beforeAll(async () => {
    const cruised = await cruise(
      ['src'],
      {
        ruleSet: { forbidden: LAYER_RULES },
        validate: true,
        parser: 'swc',
        tsPreCompilationDeps: true,
        doNotFollow: { path: 'node_modules' },
      },
      { extensions: ['.ts', '.tsx', '.js', '.json'] },
    );
    if (typeof cruised.output === 'string') throw new Error(cruised.output);
    result = cruised.output;
  });

  it('saw every source file there is', () => {
    const onDisk = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/u.test(path))
      .map((path) => `src/${path}`);
    const seen = new Set(result.modules.map((module) => module.source));
    expect(onDisk.filter((path) => !seen.has(path))).toEqual([]);
    expect(onDisk.length).toBeGreaterThan(10);
  });

  it('saw every room', () => {
    const rooms = new Set(result.modules.map((module) => module.source.split('/')[1]));
    for (const room of ['domain', 'application', 'contract', 'adapters', 'main']) {
      expect(rooms).toContain(room);
    }
  });

  it('hold', () => {
    const violations = result.summary.violations.map(
      (violation) => `${violation.rule.name}: ${violation.from} → ${violation.to}`,
    );
    expect(violations).toEqual([]);
  });
});
