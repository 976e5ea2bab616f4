import { describe, expect, it } from 'vitest';
import { fitReport, REPORT_BYTES_MAX } from '../../../src/domain/calls/report/fit-report.ts';
import type { Report, TestCase } from '../../../src/domain/calls/report.ts';
import { callsOf } from '../../support/call-story.ts';
import { DEEP, reportOf } from '../../support/told-report.ts';

function bytesOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}

function many<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** 200 calls whose reasons are as long as they may be. */
function withCalls(report: Report): Report {
  const [call] = callsOf('test → gateway 500');
  if (call === undefined) throw new Error('story');
  const others = many(197, (index) => ({ ...call, id: `x${index}`, reason: 'é'.repeat(2_000) }));
  return { ...report, calls: [...report.calls.slice(0, 3), ...others] };
}

/** As large as anything could make it. */
function monster(): Report {
  const report = withCalls(reportOf(DEEP));
  const cases = many<TestCase>(5_000, (index) => ({
    name: `${index} ${'漢'.repeat(250)}`,
    outcome: index % 2 === 0 ? 'failed' : 'passed',
    message: index % 2 === 0 ? '漢'.repeat(1_000) : null,
    window: null,
  }));
  const names = cases.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  const revisions = Object.fromEntries(many(18_000, (index) => [`s${index}`, 'a'.repeat(40)]));
  const [culprit] = report.culprits;
  const [verdict] = report.verdicts;
  if (culprit === undefined || verdict === undefined) throw new Error('no culprit');
  const edge = { from: 'a'.repeat(40), to: 'b'.repeat(40) };
  return {
    ...report,
    cases,
    // A case has one cause, so its name is in one culprit only.
    culprits: many(50, (index) => ({
      ...culprit,
      cases: names.slice(index * 50, index * 50 + 50),
      reason: 'r'.repeat(1_500),
      log: many(20, () => 'l'.repeat(512)),
    })),
    verdicts: many(2_000, () => ({ ...verdict, verdict: 'Unknown', reason: 'r'.repeat(600) })),
    edges: many(5_000, () => ({ ...edge, calls: 1, failed: 1, p50Ms: 1, p95Ms: 1 })),
    undeclared: many(5_000, () => edge),
    unseen: many(5_000, () => edge),
    breaches: many(1_000, () => ({ ...edge, code: 'BASELINE_LEAK', evidence: ['c1'] })),
    revisions,
    baselineRevisions: revisions,
    notes: many(100, () => 'n'.repeat(1_000)),
  };
}

describe('fitReport', () => {
  it('leaves alone what fits', () => {
    const report = reportOf(DEEP);
    expect(fitReport(report)).toBe(report);
  });

  it('cuts calls that are not evidence first, and says so', () => {
    const report = withCalls(reportOf(DEEP));
    const fitting = fitReport(report);
    expect(bytesOf(report)).toBeGreaterThan(REPORT_BYTES_MAX);
    expect(fitting.calls.map(({ id }) => id)).toEqual(report.culprits[0]?.evidence);
    expect({ ...fitting, calls: [], notes: [] }).toEqual({ ...report, calls: [], notes: [] });
    expect(fitting.notes).toEqual(['the report was cut to its size limit']);
  });

  it('makes anything fit, and keeps the outcome and the first culprit', () => {
    const report = monster();
    const fitting = fitReport(report);
    expect(bytesOf(fitting)).toBeLessThanOrEqual(REPORT_BYTES_MAX);
    expect(fitting).toMatchObject({ id: report.id, outcome: 'failed' });
    expect(fitting.culprits[0]).toMatchObject({ component: 'pricing', code: 'http.500' });
    expect(fitting.cases.length).toBeGreaterThan(0);
  });
});
