import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/calls/report.ts';
import { services } from '../support/catalogs.ts';
import { CliStage } from '../support/cli-stage.ts';

/** Reports as people and forges see them, reviewed like code. */

const ENVIRONMENT = 'feat-coupon';
const LOGS: Readonly<Record<string, readonly string[]>> = {
  promotions: [
    'listening on 20001',
    "TypeError: Cannot read properties of undefined (reading 'code')",
  ],
};
const SCENARIOS = ['deep-cause', 'refused-after-crash', 'nothing-to-blame'];
const FORMATS = [
  ['table', 'txt'],
  ['markdown', 'md'],
  ['junit', 'xml'],
] as const;

/** As `test/golden/reports.test.ts` reviews them, with what the application adds. */
function reportOf(scenario: string): Report {
  const text = readFileSync(new URL(`report-${scenario}.json`, import.meta.url), 'utf8');
  const report = JSON.parse(text) as Report;
  return {
    ...report,
    environment: ENVIRONMENT,
    culprits: report.culprits.map((culprit) => ({
      ...culprit,
      log: LOGS[culprit.component] ?? [],
    })),
  };
}

describe.each(SCENARIOS)('the report of %s', (scenario) => {
  it.each(FORMATS)('as %s is as reviewed', async (format, extension) => {
    const stage = new CliStage({ catalog: services({ a: [] }) });
    await stage.store.saveReport(reportOf(scenario));
    const { code, stdout, stderr } = await stage.run(['report', ENVIRONMENT, '-o', format]);
    expect([code, stderr]).toEqual([0, '']);
    await expect(stdout).toMatchFileSnapshot(`cli-report-${scenario}.snap.${extension}`);
  });
});
