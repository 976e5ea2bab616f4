import { describe, expect, it } from 'vitest';
import { reportToJunit } from '../../../src/adapters/junit/write-junit.ts';
import type { Report } from '../../../src/domain/calls/report.ts';
import { failedCase, passedCase } from '../../support/call-story.ts';
import { DEEP, reportOf } from '../../support/told-report.ts';

describe('a report as JUnit', () => {
  it('tells in each failed case what failed it', () => {
    const report = reportOf(DEEP, {
      changed: ['pricing'],
      cases: [passedCase('looks', 500, 600), failedCase('buys "a mug"', 0, 400)],
    });
    expect(reportToJunit(report)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="feat-coupon" tests="2" failures="1" errors="0" skipped="0">
  <testsuite name="e2e" tests="2" failures="1" errors="0" skipped="0" time="1.000" timestamp="2025-10-09T08:53:20.000Z">
    <testcase name="looks" classname="e2e" time="0.100"/>
    <testcase name="buys &#34;a mug&#34;" classname="e2e" time="0.400"><failure message="expected 200">pricing (change) http.500: division by zero&#10;after 5 ms</failure></testcase>
  </testsuite>
</testsuites>
`);
  });

  it('names the edge, the doubt and the last lines of the log', () => {
    const report = reportOf('test → gateway 502 [ gateway → pricing dns "no such name" ]', {
      cases: [failedCase('buys')],
    });
    const culprits = report.culprits.map<Report['culprits'][number]>((culprit) =>
      Object.assign({ ...culprit }, { log: ['last line'] }),
    );
    expect(reportToJunit({ ...report, culprits })).toContain(
      'gateway → pricing (path) dns.nxdomain: gateway cannot reach pricing: no such name&#10;after 5 ms&#10;confidence: low&#10;last line</failure>',
    );
  });

  it('says that no cause was found, and what was skipped', () => {
    const text = reportToJunit(
      reportOf('test → gateway 200', {
        cases: [failedCase('a', 0, 100), { ...passedCase('b'), outcome: 'skipped' }],
      }),
    );
    expect(text).toContain('<failure message="expected 200">no cause found</failure>');
    expect(text).toContain('<testcase name="b" classname="e2e" time="0.000"><skipped/></testcase>');
  });

  it('tells the wiring, breaches and notes beside the cases', () => {
    const report: Report = {
      ...reportOf('test → gateway 200', { cases: [passedCase('a')] }),
      wiring: [
        {
          from: 'cart',
          to: 'cache',
          problem: 'dns',
          message: 'DNS does not know where "cache" is',
        },
      ],
      breaches: [{ code: 'BASELINE_LEAK', from: 'cart', to: 'baseline/cache', evidence: [] }],
      notes: ['9 calls were lost'],
    };
    expect(reportToJunit(report)).toContain(
      '<system-out>EDGE_UNREACHABLE cart → cache: DNS does not know where &#34;cache&#34; is&#10;BASELINE_LEAK cart → baseline/cache&#10;9 calls were lost</system-out>',
    );
  });
});
