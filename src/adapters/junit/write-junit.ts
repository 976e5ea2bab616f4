import type { Culprit, Report, TestCase } from '../../domain/calls/report.ts';
import { unreachableText } from '../../domain/calls/wiring.ts';
import { encodeEntities } from './entities.ts';

/** A report as JUnit XML, so that every CI shows it: what failed a case stands in its message. */
export function reportToJunit(report: Report): string {
  const { cases } = report;
  const failures = cases.filter(({ outcome }) => outcome === 'failed').length;
  const skipped = cases.filter(({ outcome }) => outcome === 'skipped').length;
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1_000;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const suite = `name="${encodeEntities(report.suite)}" ${counts} time="${secondsText(seconds)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${encodeEntities(report.environment)}" ${counts}>`,
    `  <testsuite ${suite} timestamp="${encodeEntities(report.startedAt)}">`,
    ...cases.map((testCase) => caseText(report, testCase)),
    ...besideText(report),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** What is no case's: wiring, breaches, notes. */
function besideText({ wiring, breaches, notes }: Report): readonly string[] {
  const lines = [
    ...wiring.map(unreachableText),
    ...breaches.map(({ code, from, to }) => `${code} ${from} → ${to}`),
    ...notes,
  ];
  if (lines.length === 0) return [];
  return [`    <system-out>${encodeEntities(lines.join('\n'))}</system-out>`];
}

function caseText(report: Report, testCase: TestCase): string {
  const { window, outcome, message } = testCase;
  const seconds = window === null ? 0 : (window.toUs - window.fromUs) / 1_000_000;
  const start = `    <testcase name="${encodeEntities(testCase.name)}" classname="${encodeEntities(report.suite)}" time="${secondsText(seconds)}"`;
  if (outcome === 'passed') return `${start}/>`;
  const told = message === null ? '' : ` message="${encodeEntities(message)}"`;
  if (outcome === 'skipped') return `${start}><skipped${told}/></testcase>`;
  const culprit = report.culprits.find(({ cases }) => cases.includes(testCase.name));
  const text = culprit === undefined ? 'no cause found' : culpritText(culprit);
  return `${start}><failure${told}>${encodeEntities(text)}</failure></testcase>`;
}

function culpritText(culprit: Culprit): string {
  const { component, origin, edge, code, reason, latencyMs, confidence, log } = culprit;
  const where = edge === null ? component : `${edge.from} → ${edge.to}`;
  return [
    `${where} (${origin}) ${code}: ${reason}`,
    ...(latencyMs === null ? [] : [`after ${latencyMs} ms`]),
    ...(confidence === 'low' ? ['confidence: low'] : []),
    ...log,
  ].join('\n');
}

function secondsText(seconds: number): string {
  return Number.isFinite(seconds) ? Math.max(0, seconds).toFixed(3) : '0.000';
}
