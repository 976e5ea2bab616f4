import type { Command } from 'commander';
import { reportDocument } from '../../../application/documents.ts';
import type { ReportStore } from '../../../application/ports/environment-store.ts';
import type { Report } from '../../../domain/calls/report.ts';
import { OperationError } from '../../../domain/errors.ts';
import { environmentNameOf } from '../../../domain/naming/names.ts';
import {
  printData,
  printLines,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { reportMarkdown } from '../presenters/report-markdown.ts';
import { isFailing, reportLines } from '../presenters/report-text.ts';

export interface ReportFlags {
  readonly run?: string;
  readonly exitCode?: boolean;
  readonly output: string;
}

export async function showReport(
  context: CommandContext,
  command: Command,
  name: string,
  flags: ReportFlags,
): Promise<void> {
  await withInstallation(context, command, async ({ reports }) => {
    const report = await reportOf(reports, name, flags.run);
    await printReport(context, report, flags.output);
    if (flags.exitCode === true) context.exitCode = exitCodeOf(report);
  });
}

/** Asked of the reports, not of the environments: a report outlives its environment. */
async function reportOf(
  reports: ReportStore,
  nameOrBranch: string,
  run: string | undefined,
): Promise<Report> {
  const names = [nameOrBranch, environmentNameOf(nameOrBranch)];
  if (run !== undefined) {
    const report = await reports.report(run);
    if (report !== null && names.includes(report.environment)) return report;
    throw new OperationError('REPORT_NOT_FOUND', `"${nameOrBranch}" has no report of run "${run}"`);
  }
  for (const name of names) {
    const report = await reports.latestReport(name);
    if (report !== null) return report;
  }
  throw new OperationError('REPORT_NOT_FOUND', `"${nameOrBranch}" has no report`);
}

export async function printReport(
  context: CommandContext,
  report: Report,
  format: string,
): Promise<void> {
  if (format === 'markdown') printLines(context, [reportMarkdown(report).trimEnd()]);
  else if (format === 'junit') {
    printLines(context, [(await context.services.reportToJunit(report)).trimEnd()]);
  } else {
    await printData(context, format, reportDocument(report), () =>
      reportLines(report, context.paint),
    );
  }
}

/** Whose fault it was: 3 when a cause is the change's, or none is known; 9 when every cause is another's. */
export function exitCodeOf(report: Report): ExitCode {
  if (report.outcome === 'passed') return EXIT.fine;
  const causes = report.culprits.filter((culprit) => isFailing(report, culprit));
  const explained = new Set(causes.flatMap(({ cases }) => cases));
  const failed = report.cases.filter(({ outcome }) => outcome === 'failed');
  const isAllExplained = failed.every(({ name }) => explained.has(name));
  const isForeign = causes.every(({ origin }) => origin !== 'change' && origin !== 'path');
  return causes.length > 0 && isAllExplained && isForeign ? EXIT.notThisChange : EXIT.failing;
}
