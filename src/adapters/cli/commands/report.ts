import type { Command } from 'commander';
import { reportDocument } from '../../../application/documents.ts';
import type { Report } from '../../../domain/calls/report.ts';
import { environmentNameOf } from '../../../domain/naming/names.ts';
import { OperationError } from '../../../domain/errors.ts';
import {
  printData,
  printLines,
  unknownFormat,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isFailing, reportLines } from '../presenters/report-text.ts';
import { reportMarkdown } from '../presenters/report-markdown.ts';

export const REPORT_FORMATS = ['table', 'json', 'yaml', 'markdown', 'junit'] as const;

export function addReportCommand(program: Command, context: CommandContext): void {
  program
    .command('report')
    .description('show the newest report of an environment, also after it is gone')
    .argument('<environment>', 'name or branch')
    .option('--run <id>', 'another one than the newest')
    .option('--exit-code', 'end with 3 or 9 when it is failing, as `test` does')
    .option('-o, --output <format>', REPORT_FORMATS.join(', '), 'table')
    .addHelpText('after', '\nExample:\n  $ offshoot report feat/coupon -o markdown')
    .action(
      async (
        name: string,
        options: { run?: string; exitCode?: boolean; output: string },
        command: Command,
      ) => {
        await withInstallation(context, command, async ({ reports }) => {
          const report =
            options.run === undefined
              ? ((await reports.latestReport(name)) ??
                (await reports.latestReport(environmentNameOf(name))))
              : await reports.report(options.run);
          if (report === null) {
            throw new OperationError('REPORT_NOT_FOUND', `"${name}" has no report`);
          }
          await printReport(context, report, options.output);
          if (options.exitCode === true) context.exitCode = exitCodeOf(report);
        });
      },
    );
}

export async function printReport(
  context: CommandContext,
  report: Report,
  format: string,
): Promise<void> {
  if (!REPORT_FORMATS.some((known) => known === format))
    throw unknownFormat(format, REPORT_FORMATS);
  if (format === 'markdown') printLines(context, [reportMarkdown(report).trimEnd()]);
  else if (format === 'junit') {
    printLines(context, [context.services.reportToJunit(report).trimEnd()]);
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
