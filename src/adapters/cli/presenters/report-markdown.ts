import type { Report } from '../../../domain/calls/report.ts';
import { isFailing, latencyText, originText } from './report-text.ts';

/** The report as a comment on a pull request. Text of others is escaped: it must not become markup. */
export function reportMarkdown(report: Report): string {
  const failing = report.culprits.filter((culprit) => isFailing(report, culprit));
  const victims = report.verdicts.filter(({ verdict }) => verdict === 'Impaired');
  const failed = report.cases.filter(({ outcome }) => outcome === 'failed');
  return [
    `## ${report.outcome === 'passed' ? '✅' : '❌'} ${escape(report.suite)} on ${escape(report.environment)}`,
    '',
    `${failed.length} of ${report.cases.length} cases failed.`,
    ...failing.flatMap((culprit) => [
      '',
      `### 🔴 ${escape(culprit.component)}: ${escape(culprit.code)}`,
      '',
      `- reason: ${escape(culprit.reason)}`,
      `- latency: ${latencyText(culprit.latencyMs)}`,
      `- origin: ${originText(culprit.origin)}`,
      `- cases: ${culprit.cases.map(escape).join('; ')}`,
      ...(culprit.log.length === 0
        ? []
        : ['', ...culprit.log.map((line) => `    ${oneLine(line)}`)]),
    ]),
    ...(victims.length === 0
      ? []
      : [
          '',
          `Only because of that: ${victims.map(({ component }) => escape(component)).join(', ')}.`,
        ]),
    '',
    '| case | outcome |',
    '| --- | --- |',
    ...report.cases.map(({ name, outcome }) => `| ${escape(name)} | ${outcome} |`),
    '',
  ].join('\n');
}

function escape(text: string): string {
  return oneLine(text).replaceAll(
    /[\\`*_{}[\]<>()#+\-!|@&]/gu,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ');
}
