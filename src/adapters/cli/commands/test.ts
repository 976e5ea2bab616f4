import type { Command } from 'commander';
import type { TestFlags } from '../actions/test.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption, REPORT_FORMATS, timeoutOption } from '../flags.ts';

export function addTestCommand(program: Command, context: CommandContext): void {
  program
    .command('test')
    .description(
      'run a test suite against an environment and report which component failed, and why',
    )
    .argument('<environment>', 'name or branch')
    .argument('[suite]', 'needed when the catalog has several')
    .addOption(timeoutOption('15m'))
    .addOption(outputOption(REPORT_FORMATS))
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot test feat/coupon
  $ offshoot test feat/coupon shop-e2e -o junit > report.xml

Exit codes: 0 passed, 3 failing through this change, 9 failing but not through this change, 6 not
ended in time.`,
    )
    .action(async (name: string, suite: string | undefined, flags: TestFlags, command: Command) => {
      const { runTests } = await import('../actions/test.ts');
      await runTests(context, command, { name, suite: suite ?? null }, flags);
    });
}
