import type { Command } from 'commander';
import type { ReportFlags } from '../actions/report.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption, REPORT_FORMATS } from '../flags.ts';

export function addReportCommand(program: Command, context: CommandContext): void {
  program
    .command('report')
    .description('show the newest report of an environment, also after it is gone')
    .argument('<environment>', 'name or branch')
    .option('--run <id>', 'another one than the newest')
    .option('--exit-code', 'end with 3 or 9 when it is failing, as `test` does')
    .addOption(outputOption(REPORT_FORMATS))
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot report feat/coupon
  $ offshoot report feat/coupon -o markdown > comment.md`,
    )
    .action(async (name: string, flags: ReportFlags, command: Command) => {
      const { showReport } = await import('../actions/report.ts');
      await showReport(context, command, name, flags);
    });
}
