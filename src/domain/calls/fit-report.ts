import type { Report, TestCase } from './report.ts';

/** A report is at most 512 KiB, whatever the tests and services wrote into it. */
export const REPORT_BYTES_MAX = 512 * 1024;

/** Unit: characters of JSON are counted as UTF-8 bytes. */
function sizeOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}

/**
 * Cuts what matters least until the report fits: calls that are not evidence, then all calls, log lines,
 * messages of passed cases, passed cases, drift and notes, edges. Verdicts, culprits and failed cases stay longest.
 */
export function fitReport(report: Report, bytesMax: number = REPORT_BYTES_MAX): Report {
  if (sizeOf(report) <= bytesMax) return report;
  let fitting = report;
  for (const cut of CUTS) {
    fitting = { ...cut(fitting), notes: [...fitting.notes] };
    if (sizeOf(fitting) <= bytesMax) return withNote(fitting);
  }
  return withNote(fitting);
}

const NOTE = 'the report was cut to its size limit';

function withNote(report: Report): Report {
  return { ...report, notes: [NOTE, ...report.notes] };
}

type Cut = (report: Report) => Report;

const CUTS: readonly Cut[] = [
  (report) => ({ ...report, calls: evidenceOnly(report) }),
  (report) => ({ ...report, calls: report.calls.slice(0, 20) }),
  (report) => ({ ...report, calls: [] }),
  (report) => ({
    ...report,
    culprits: report.culprits.map((culprit) => ({ ...culprit, log: culprit.log.slice(-5) })),
  }),
  (report) => ({ ...report, cases: report.cases.map((testCase) => shortened(testCase, 256)) }),
  (report) => ({ ...report, cases: report.cases.filter(({ outcome }) => outcome === 'failed') }),
  (report) => ({
    ...report,
    undeclared: report.undeclared.slice(0, 100),
    unseen: report.unseen.slice(0, 100),
    notes: report.notes.slice(0, 10),
  }),
  (report) => ({ ...report, edges: report.edges.filter(({ failed }) => failed > 0) }),
  (report) => ({
    ...report,
    verdicts: report.verdicts.filter(
      ({ verdict }) => verdict !== 'Silent' && verdict !== 'Healthy',
    ),
  }),
  (report) => ({ ...report, cases: report.cases.slice(0, 200), edges: report.edges.slice(0, 200) }),
  (report) => ({
    ...report,
    culprits: report.culprits.slice(0, 3),
    verdicts: report.verdicts.slice(0, 200),
    breaches: report.breaches.slice(0, 50),
  }),
];

function evidenceOnly(report: Report): Report['calls'] {
  const evidence = new Set(report.culprits.flatMap((culprit) => culprit.evidence));
  return report.calls.filter(({ id }) => evidence.has(id));
}

function shortened(testCase: TestCase, max: number): TestCase {
  if (testCase.message === null) return testCase;
  const name = testCase.name.slice(0, max);
  return { ...testCase, name, message: testCase.message.slice(0, max) };
}
