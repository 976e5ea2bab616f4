import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodeOf } from '../../../src/adapters/cli/actions/report.ts';
import { reportDocumentSchema } from '../../../src/contract/report-document.ts';
import type { Culprit, Report } from '../../../src/domain/calls/report.ts';
import { unreachableEdge } from '../../../src/domain/calls/wiring.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { COUPON, smallShop } from '../../support/cli-shop.ts';
import { CliStage, type StageOptions } from '../../support/cli-stage.ts';
import { sampleReport } from '../../support/state-samples.ts';
import { DEEP, reportOf } from '../../support/told-report.ts';

const NAME = environmentNameOf('feat/coupon');

function stageOf(options: Partial<StageOptions> = {}): CliStage {
  return new CliStage({ catalog: smallShop(), branches: COUPON, ...options });
}

function culprit(origin: Culprit['origin'], ...cases: string[]): Culprit {
  return {
    component: `${origin}-thing`,
    origin,
    edge: null,
    code: 'http.500',
    reason: 'failed',
    latencyMs: 1,
    confidence: 'high',
    cases,
    evidence: [],
    log: [],
  };
}

/** A report of failed cases and their causes, all of them `Failing`. */
function failed(cases: readonly string[], culprits: readonly Culprit[]): Report {
  return {
    ...sampleReport('run-1', NAME),
    cases: cases.map((name) => ({ name, outcome: 'failed', message: null, window: null })),
    culprits,
    verdicts: culprits.map(({ component, origin, reason, code }) => ({
      component,
      verdict: 'Failing',
      origin,
      reason,
      code,
      latencyMs: null,
      evidence: [],
    })),
  };
}

describe('the exit code of a report', () => {
  it.each(['change', 'path'] as const)('is 3 when a cause is of origin %s', (origin) => {
    expect(exitCodeOf(failed(['a'], [culprit(origin, 'a')]))).toBe(3);
  });

  it.each(['baseline', 'external', 'infrastructure'] as const)(
    'is 9 when every cause is of origin %s',
    (origin) => {
      expect(exitCodeOf(failed(['a'], [culprit(origin, 'a')]))).toBe(9);
    },
  );

  it('is 3 when one cause of several is the change', () => {
    const report = failed(['a', 'b'], [culprit('baseline', 'a'), culprit('change', 'b')]);
    expect(exitCodeOf(report)).toBe(3);
  });

  it('is 3 when a failed case has no known cause', () => {
    expect(exitCodeOf(failed(['a', 'b'], [culprit('external', 'a')]))).toBe(3);
    expect(exitCodeOf(failed(['a'], []))).toBe(3);
  });

  it('is 3 when what might be a cause as well is nothing but a suspicion', () => {
    const report = failed(['a'], [culprit('external', 'a')]);
    expect(exitCodeOf({ ...report, verdicts: [] })).toBe(3);
  });

  it('is 0 when the tests passed', () => {
    expect(exitCodeOf({ ...sampleReport('run-1', NAME), outcome: 'passed' })).toBe(0);
  });
});

describe('offshoot report', () => {
  it.each(['feat/coupon', NAME])(
    'finds the newest by %s, also after the environment',
    async (by) => {
      const stage = stageOf();
      await stage.store.saveReport(sampleReport('run-1', NAME));
      await stage.store.saveReport(sampleReport('run-2', NAME));
      const { code, stdout } = await stage.run(['report', by, '-o', 'json']);
      expect(code).toBe(0);
      expect(reportDocumentSchema.parse(JSON.parse(stdout)).id).toBe('run-2');
    },
  );

  it('prints the document of the contract, whole, as JSON and YAML', async () => {
    const stage = stageOf();
    await stage.store.saveReport({ ...reportOf(DEEP), environment: NAME });
    const { stdout } = await stage.run(['report', NAME, '-o', 'json']);
    const document = reportDocumentSchema.parse(JSON.parse(stdout));
    expect(document.culprits[0]).toMatchObject({ component: 'pricing', origin: 'path' });
    expect(document.calls.length).toBeGreaterThan(0);
    expect(parse((await stage.run(['report', NAME, '-o', 'yaml'])).stdout)).toEqual(document);
  });

  it('finds another run by its id, but not one of another environment', async () => {
    const stage = stageOf();
    await stage.store.saveReport(sampleReport('run-1', NAME));
    await stage.store.saveReport(sampleReport('run-2', NAME));
    await stage.store.saveReport(sampleReport('run-3', 'other'));
    const { stdout } = await stage.run(['report', NAME, '--run', 'run-1', '-o', 'json']);
    expect(reportDocumentSchema.parse(JSON.parse(stdout)).id).toBe('run-1');
    const { code, stderr } = await stage.run(['report', NAME, '--run', 'run-3']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('REPORT_NOT_FOUND')]);
  });

  it('says before any verdict which edges did not hold', async () => {
    const stage = stageOf();
    const port = { name: 'http', port: 8080 };
    const edge = { from: 'cart', to: 'products', port, tls: 'none' } as const;
    const wiring = [unreachableEdge(edge, 'nothing-listens')];
    await stage.store.saveReport({ ...reportOf(DEEP), environment: NAME, wiring });
    const { stdout } = await stage.run(['report', NAME]);
    const lines = stdout.split('\n');
    const line = lines.findIndex((text) => text.includes('EDGE_UNREACHABLE'));
    expect(lines[line]).toContain('EDGE_UNREACHABLE cart → products: nothing listens');
    expect(line).toBeLessThan(lines.findIndex((text) => text.includes('pricing')));
    const { stdout: json } = await stage.run(['report', NAME, '-o', 'json']);
    expect(reportDocumentSchema.parse(JSON.parse(json)).wiring).toEqual(wiring);
    const { stdout: markdown } = await stage.run(['report', NAME, '-o', 'markdown']);
    expect(markdown).toContain('EDGE_UNREACHABLE cart → products: nothing listens');
  });

  it('ends with 0 however red it is, unless --exit-code is given', async () => {
    const stage = stageOf();
    await stage.store.saveReport(failed(['a'], [culprit('baseline', 'a')]));
    expect((await stage.run(['report', NAME])).code).toBe(0);
    expect((await stage.run(['report', NAME, '--exit-code'])).code).toBe(9);
  });

  it('ends with 2 when there is none', async () => {
    const { code, stderr } = await stageOf().run(['report', NAME]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('offshoot test')]);
  });

  it('says the cause first, in red, and its victims in grey', async () => {
    const stage = stageOf();
    await stage.store.saveReport({ ...reportOf(DEEP), environment: NAME });
    const { stdout } = await stage.run(['report', NAME], { hasColour: true });
    const [headline, , cause] = stdout.split('\n');
    expect(headline).toContain('\u001b[31m✘ ');
    expect(cause).toContain('\u001b[31m● pricing');
    expect(stdout).toContain('\u001b[90m○ checkout');
  });

  it('shows several causes, a faulty edge, suspects and unexplained failures', async () => {
    const base = failed(['a', 'b', 'c'], [culprit('change', 'a'), culprit('external', 'b', 'c')]);
    const stage = stageOf();
    await stage.store.saveReport({
      ...base,
      culprits: [
        ...base.culprits.map((one) => ({ ...one, edge: { from: 'cart', to: 'pricing' } })),
        { ...culprit('path'), component: 'ads' },
      ],
      undeclared: [{ from: 'cart', to: 'ads' }],
    });
    const { stdout } = await stage.run(['report', NAME]);
    expect(stdout).toContain('● cart → pricing  http.500\n  blamed      change-thing\n');
    expect(stdout).toContain('  cases       b\n              c\n');
    expect(stdout).toContain('? ads may have a part in it: http.500, failed');
    expect(stdout).toContain('not in the catalog: cart → ads');
    await stage.store.saveReport({ ...failed(['a'], []), id: 'run-9' });
    expect((await stage.run(['report', NAME])).stdout).toContain('? no cause was found');
  });
});

describe('offshoot test', () => {
  it('runs the only suite and ends with the exit code of its report', async () => {
    const stage = stageOf();
    stage.report = ({ id }) => ({ ...failed(['a'], [culprit('infrastructure', 'a')]), id });
    await stage.run(['up', 'feat/coupon']);
    const { code, stdout, stderr } = await stage.run(['test', 'feat/coupon', '-o', 'json']);
    expect(code).toBe(9);
    expect(reportDocumentSchema.parse(JSON.parse(stdout)).environment).toBe(NAME);
    expect(stderr).toBe(`running shop-e2e on ${NAME} (run-1)\n`);
  });

  it('ends with 0 when the tests passed, and writes JUnit on stdout alone', async () => {
    const stage = stageOf();
    stage.report = ({ id }) => ({ ...sampleReport(id, NAME), outcome: 'passed' });
    await stage.run(['up', 'feat/coupon']);
    const { code, stdout } = await stage.run(['test', NAME, 'shop-e2e', '-o', 'junit']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^<\?xml /u)]);
  });

  it('ends with 3 and the reason when the suite could not be run', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    const { code, stderr } = await stage.run(['test', NAME]);
    expect(code).toBe(3);
    expect(stderr).toContain('TEST_SUITE_FAILED_TO_RUN: the suite could not be started');
  });

  it('ends with 2 for a suite that the catalog does not have, or an environment that is not there', async () => {
    const stage = stageOf();
    expect((await stage.run(['test', NAME])).code).toBe(2);
    await stage.run(['up', 'feat/coupon']);
    const { code, stderr } = await stage.run(['test', NAME, 'smoke']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"shop-e2e"')]);
  });

  it('ends with 6 when the run is not over in time and with 7 when interrupted; the run goes on', async () => {
    const stage = stageOf({ agent: (of, name) => of.settle(name) });
    await stage.run(['up', 'feat/coupon']);
    const late = await stage.run(['test', NAME, '-t', '1s']);
    expect([late.code, late.stdout]).toEqual([6, '']);
    expect(late.stderr).toContain(`\`offshoot report ${NAME}\` shows it`);
    stage.interrupt.abort();
    expect((await stage.run(['test', NAME])).code).toBe(7);
    expect((await stage.store.pendingTests(NAME)).map(({ run }) => run.id)).toEqual([
      'run-1',
      'run-2',
    ]);
  });
});
