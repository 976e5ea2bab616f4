import type { Report, TestCase } from '../report.ts';

/** A report is at most 512 KiB, whatever the tests and services wrote into it. */
export const REPORT_BYTES_MAX = 512 * 1024;

/**
 * Cuts what matters least until the report fits: calls that are not evidence first, verdicts, culprits and
 * failed cases last. A cut report says so in its notes.
 *
 * @param bytesMax - Of its JSON in UTF-8.
 */
export function fitReport(report: Report, bytesMax: number = REPORT_BYTES_MAX): Report {
  if (sizeOf(report) <= bytesMax) return report;
  let fitting: Report = { ...report, notes: [NOTE, ...report.notes] };
  for (const cut of CUTS) {
    fitting = cut(fitting);
    if (sizeOf(fitting) <= bytesMax) break;
  }
  return fitting;
}

const NOTE = 'the report was cut to its size limit';

function sizeOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}

type Cut = (report: Report) => Report;

/** Each takes what the one before left. */
const CUTS: readonly Cut[] = [
  (report) => ({ ...report, calls: evidenceOnly(report) }),
  (report) => ({ ...report, calls: report.calls.slice(0, 20) }),
  (report) => ({ ...report, calls: [] }),
  (report) => ({ ...report, culprits: report.culprits.map(withShortLog) }),
  (report) => ({ ...report, cases: report.cases.map(withShortMessage) }),
  (report) => ({ ...report, cases: report.cases.filter(({ outcome }) => outcome === 'failed') }),
  (report) => ({ ...report, edges: report.edges.filter(({ failed }) => failed > 0) }),
  withLittleBesides,
  (report) => ({ ...report, verdicts: report.verdicts.filter(isBad) }),
  withRevisionsOfCulprits,
  withFewCases,
  (report) => ({
    ...report,
    verdicts: report.verdicts.slice(0, 100),
    culprits: report.culprits.slice(0, 3),
  }),
];

function evidenceOnly(report: Report): Report['calls'] {
  const evidence = new Set(report.culprits.flatMap((culprit) => culprit.evidence));
  return report.calls.filter(({ id }) => evidence.has(id));
}

function withShortLog(culprit: Report['culprits'][number]): Report['culprits'][number] {
  return { ...culprit, log: culprit.log.slice(-5) };
}

function withShortMessage(testCase: TestCase): TestCase {
  return { ...testCase, message: testCase.message?.slice(0, 200) ?? null };
}

function withLittleBesides(report: Report): Report {
  return {
    ...report,
    edges: report.edges.slice(0, 100),
    undeclared: report.undeclared.slice(0, 50),
    unseen: report.unseen.slice(0, 50),
    breaches: report.breaches.slice(0, 50),
    wiring: report.wiring.slice(0, 50),
    notes: report.notes.slice(0, 10),
  };
}

function isBad({ verdict }: Report['verdicts'][number]): boolean {
  return verdict === 'Failing' || verdict === 'Impaired' || verdict === 'Unknown';
}

function withRevisionsOfCulprits(report: Report): Report {
  const names = new Set(report.culprits.map(({ component }) => component));
  const only = (revisions: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(revisions).filter(([name]) => names.has(name)));
  return {
    ...report,
    revisions: only(report.revisions),
    baselineRevisions: only(report.baselineRevisions),
  };
}

/** One culprit may explain thousands of cases, each with a long name. */
function withFewCases(report: Report): Report {
  const cases = report.cases.slice(0, 100);
  const names = new Set(cases.map(({ name }) => name));
  const culprits = report.culprits.map(({ cases: explained, ...culprit }) =>
    Object.assign(culprit, { cases: explained.filter((name) => names.has(name)) }),
  );
  return { ...report, cases, culprits };
}
