import type { Culprit, Report } from '../../../domain/calls/report.ts';
import { unreachableText } from '../../../domain/calls/wiring.ts';
import { oneLine } from '../safe-text.ts';
import { countText } from '../table.ts';
import { evidenceTree, isFailing, isUnexplained, latencyText, originText } from './report-text.ts';

/** How much of a report a comment shows. */
interface Room {
  readonly culprits: number;
  readonly cases: number;
  /** In one enumeration. */
  readonly names: number;
  readonly logLines: number;
  /** Characters of one text of others. */
  readonly text: number;
}

const USUAL: Room = { culprits: 10, cases: 50, names: 20, logLines: 20, text: 300 };
const LITTLE: Room = { culprits: 3, cases: 20, names: 8, logLines: 8, text: 120 };
/** A forge refuses a comment of more than 65,536 characters; others write above and below ours. */
const COMMENT_LENGTH_MAX = 60_000;

/** The report as a comment on a pull request. Text of others stays text: it never becomes markup. */
export function reportMarkdown(report: Report): string {
  const usual = new Comment(report, USUAL).text();
  return usual.length <= COMMENT_LENGTH_MAX ? usual : new Comment(report, LITTLE).text();
}

class Comment {
  readonly #report: Report;
  readonly #room: Room;

  constructor(report: Report, room: Room) {
    this.#report = report;
    this.#room = room;
  }

  text(): string {
    const report = this.#report;
    const failing = report.culprits.filter((culprit) => isFailing(report, culprit));
    const more = failing.length - this.#room.culprits;
    const mark = report.outcome === 'passed' ? '✅' : '❌';
    return [
      `## ${mark} ${this.#safe(report.suite)} on ${this.#safe(report.environment)}`,
      '',
      this.#caseCountLine(),
      ...this.#listed('Wiring', report.wiring.map(unreachableText)),
      ...(isUnexplained(report) ? ['', 'No cause was found; the notes say why.'] : []),
      ...failing.slice(0, this.#room.culprits).flatMap((culprit) => this.#culpritLines(culprit)),
      ...(more > 0 ? ['', `And ${countText(more, 'cause')} more.`] : []),
      ...this.#victimLines(),
      ...this.#failedCaseLines(),
      ...this.#listed(
        'Breaches',
        report.breaches.map(({ code, from, to }) => `${code}: ${from} → ${to}`),
      ),
      ...this.#listed('Notes', report.notes),
      '',
    ].join('\n');
  }

  #caseCountLine(): string {
    const { cases } = this.#report;
    const failed = cases.filter(({ outcome }) => outcome === 'failed').length;
    const skipped = cases.filter(({ outcome }) => outcome === 'skipped').length;
    const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
    return `${failed} of ${countText(cases.length, 'case')} failed${rest}.`;
  }

  #culpritLines(culprit: Culprit): readonly string[] {
    const { component, edge, code, reason, origin, latencyMs, cases, confidence, log } = culprit;
    const place =
      edge === null ? this.#safe(component) : `${this.#safe(edge.from)} → ${this.#safe(edge.to)}`;
    return [
      '',
      `### 🔴 ${place}: ${this.#safe(code)}`,
      '',
      `- **Origin**: ${originText(origin)}`,
      `- **Reason**: ${this.#safe(reason)}`,
      ...(latencyMs === null ? [] : [`- **Latency**: ${latencyText(latencyMs)}`]),
      ...(cases.length === 0 ? [] : [`- **Cases**: ${this.#names(cases)}`]),
      ...(confidence === 'high' ? [] : ['- **Confidence**: low']),
      ...this.#fenced('Evidence:', evidenceTree(culprit, this.#report)),
      ...this.#fenced(
        `Last log lines of ${this.#safe(component)}:`,
        log.slice(-this.#room.logLines),
      ),
    ];
  }

  /** Lines as they are, in a fence that none of them can close. */
  #fenced(title: string, of: readonly string[]): readonly string[] {
    if (of.length === 0) return [];
    const lines = of.map((line) => this.#cut(oneLine(line)));
    const fence = '`'.repeat(Math.max(3, longestRunOfBackticks(lines.join('\n')) + 1));
    return ['', title, '', `${fence}text`, ...lines, fence];
  }

  #victimLines(): readonly string[] {
    const victims = this.#report.verdicts.filter(({ verdict }) => verdict === 'Impaired');
    if (victims.length === 0) return [];
    return ['', `Only because of that: ${this.#names(victims.map(({ component }) => component))}.`];
  }

  #failedCaseLines(): readonly string[] {
    const failed = this.#report.cases.filter(({ outcome }) => outcome === 'failed');
    if (failed.length === 0) return [];
    const more = failed.length - this.#room.cases;
    return [
      '',
      '| Failed case | Message |',
      '| --- | --- |',
      ...failed
        .slice(0, this.#room.cases)
        .map(({ name, message }) => `| ${this.#cell(name)} | ${this.#cell(message ?? '')} |`),
      ...(more > 0 ? ['', `And ${more} more.`] : []),
    ];
  }

  #listed(title: string, items: readonly string[]): readonly string[] {
    if (items.length === 0) return [];
    const more = items.length - this.#room.names;
    return [
      '',
      `**${title}**`,
      '',
      ...items.slice(0, this.#room.names).map((item) => `- ${this.#safe(item)}`),
      ...(more > 0 ? [`- and ${more} more`] : []),
    ];
  }

  #names(names: readonly string[]): string {
    const more = names.length - this.#room.names;
    const shown = names.slice(0, this.#room.names).map((name) => this.#safe(name));
    return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }

  #safe(text: string): string {
    return asText(this.#cut(oneLine(text)).trim());
  }

  /** In a table even code ends at a `|` that is not escaped, or whose backslash is itself escaped. */
  #cell(text: string): string {
    return this.#safe(text).replaceAll(/(\\*)\|/gu, (_, before: string) => {
      const isOdd = before.length % 2 === 1;
      return `${before}${isOdd ? ' ' : ''}\\|`;
    });
  }

  #cut(text: string): string {
    const { text: lengthMax } = this.#room;
    return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
  }
}

/** Words that mean nothing to Markdown or to a forge; `GH-7` would link to an issue. */
const PLAIN = /^(?!.*\bgh-\d)[a-z0-9]+(?:[ -][a-z0-9]+)*$/iu;

/**
 * Plain words as they are, everything else as code: there nothing is markup, no name is notified, no
 * number links to an issue, and it reads well, which escapes do not.
 */
function asText(line: string): string {
  if (line === '' || PLAIN.test(line)) return line;
  const fence = '`'.repeat(longestRunOfBackticks(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

function longestRunOfBackticks(text: string): number {
  return [...text.matchAll(/`+/gu)].reduce((longest, [run]) => Math.max(longest, run.length), 0);
}
