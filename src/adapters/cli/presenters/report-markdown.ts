import type { Culprit, Report } from '../../../domain/calls/report.ts';
import { oneLine, printable } from '../safe-text.ts';
import { countText } from '../table.ts';
import { isFailing, latencyText, originText } from './report-text.ts';

/** Failed cases that a comment lists; a forge refuses one of more than 65,536 characters. */
const CASES_SHOWN_MAX = 50;
const CULPRITS_SHOWN_MAX = 10;
const NAMES_SHOWN_MAX = 20;
const TEXT_LENGTH_MAX = 300;
const LOG_LINES_MAX = 20;

/** The report as a comment on a pull request. Text of others stays text: it never becomes markup. */
export function reportMarkdown(report: Report): string {
  const failing = report.culprits.filter((culprit) => isFailing(report, culprit));
  const mark = report.outcome === 'passed' ? '✅' : '❌';
  return [
    `## ${mark} ${text(report.suite)} on ${text(report.environment)}`,
    '',
    caseCountLine(report),
    ...failing.slice(0, CULPRITS_SHOWN_MAX).flatMap(culpritLines),
    ...victimLines(report),
    ...failedCaseLines(report),
    ...listed(
      'Breaches',
      report.breaches.map(({ code, from, to }) => `${text(code)}: ${text(from)} → ${text(to)}`),
    ),
    ...listed('Notes', report.notes.map(text)),
    '',
  ].join('\n');
}

function caseCountLine({ cases }: Report): string {
  const failed = cases.filter(({ outcome }) => outcome === 'failed').length;
  const skipped = cases.filter(({ outcome }) => outcome === 'skipped').length;
  const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${failed} of ${countText(cases.length, 'case')} failed${rest}.`;
}

function culpritLines(culprit: Culprit): readonly string[] {
  const { component, edge, code, reason, origin, latencyMs, cases, confidence, log } = culprit;
  const place = edge === null ? text(component) : `${text(edge.from)} → ${text(edge.to)}`;
  const names = cases.slice(0, NAMES_SHOWN_MAX).map(text).join(', ');
  const more = cases.length - NAMES_SHOWN_MAX;
  return [
    '',
    `### 🔴 ${place}: ${text(code)}`,
    '',
    `- **Origin**: ${originText(origin)}`,
    `- **Reason**: ${text(reason)}`,
    ...(latencyMs === null ? [] : [`- **Latency**: ${latencyText(latencyMs)}`]),
    ...(cases.length === 0 ? [] : [`- **Cases**: ${names}${more > 0 ? ` and ${more} more` : ''}`]),
    ...(confidence === 'high' ? [] : ['- **Confidence**: low']),
    ...logLines(component, log),
  ];
}

function logLines(component: string, log: readonly string[]): readonly string[] {
  if (log.length === 0) return [];
  const lines = log
    .slice(-LOG_LINES_MAX)
    .map((line) => cut(oneLine(line)))
    .filter((line) => line !== '');
  const fence = '`'.repeat(Math.max(3, longestRunOfBackticks(lines.join('\n')) + 1));
  return ['', `Last log lines of ${text(component)}:`, '', `${fence}text`, ...lines, fence];
}

function victimLines({ verdicts }: Report): readonly string[] {
  const victims = verdicts.filter(({ verdict }) => verdict === 'Impaired');
  if (victims.length === 0) return [];
  const names = victims.slice(0, NAMES_SHOWN_MAX).map(({ component }) => text(component));
  const more = victims.length - NAMES_SHOWN_MAX;
  return ['', `Only because of that: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`];
}

function failedCaseLines({ cases }: Report): readonly string[] {
  const failed = cases.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return [];
  const more = failed.length - CASES_SHOWN_MAX;
  return [
    '',
    '| Failed case | Message |',
    '| --- | --- |',
    ...failed
      .slice(0, CASES_SHOWN_MAX)
      .map(({ name, message }) => `| ${cell(name)} | ${cell(message ?? '')} |`),
    ...(more > 0 ? ['', `And ${more} more.`] : []),
  ];
}

function listed(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length - NAMES_SHOWN_MAX;
  return [
    '',
    `**${title}**`,
    '',
    ...items.slice(0, NAMES_SHOWN_MAX).map((item) => `- ${item}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

/** Words that mean nothing to Markdown or to a forge; `GH-7` would link to an issue. */
const PLAIN = /^(?!.*\bgh-\d)[a-z0-9]+(?:[ -][a-z0-9]+)*$/iu;

/**
 * Plain words as they are, everything else as code: there nothing is markup, no name is notified, no
 * number links to an issue, and it reads well, which escapes do not.
 */
function text(of: string): string {
  const line = cut(oneLine(of)).trim();
  if (line === '' || PLAIN.test(line)) return line;
  const fence = '`'.repeat(longestRunOfBackticks(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** In a table even code ends at a `|` that is not escaped. */
function cell(of: string): string {
  return text(of).replaceAll('|', '\\|');
}

function longestRunOfBackticks(of: string): number {
  return [...of.matchAll(/`+/gu)].reduce((longest, [run]) => Math.max(longest, run.length), 0);
}

function cut(of: string): string {
  const safe = printable(of);
  return safe.length <= TEXT_LENGTH_MAX ? safe : `${safe.slice(0, TEXT_LENGTH_MAX - 1)}…`;
}
