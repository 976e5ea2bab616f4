import type { Command } from 'commander';
import type { BaselineUpFlags } from '../actions/baseline.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption, timeoutOption } from '../flags.ts';

export function addBaselineCommand(program: Command, context: CommandContext): void {
  const baseline = program
    .command('baseline')
    .description('the components that environments use but do not run')
    .addHelpText('after', '\nExample:\n  $ offshoot baseline status');

  baseline
    .command('up')
    .description('run components in the baseline, all of the catalog unless named')
    .argument('[components...]', 'names of the catalog')
    .option('--refresh', 'move everything that runs there to the head of its branch')
    .addOption(timeoutOption('10m'))
    .addHelpText(
      'after',
      '\nExamples:\n  $ offshoot baseline up accounts payments\n  $ offshoot baseline up --refresh',
    )
    .action(async (components: string[], flags: BaselineUpFlags, command: Command) => {
      const { baselineUp } = await import('../actions/baseline.ts');
      await baselineUp(context, command, components, flags);
    });

  baseline
    .command('status')
    .description('what the baseline runs, and which environments asked for it')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ offshoot baseline status -o json')
    .action(async (flags: { output: string }, command: Command) => {
      const { baselineStatus } = await import('../actions/baseline.ts');
      await baselineStatus(context, command, flags);
    });

  baseline
    .command('down')
    .description('end what no environment uses')
    .addOption(timeoutOption('2m'))
    .addHelpText('after', '\nExample:\n  $ offshoot baseline down')
    .action(async (flags: { timeout: number }, command: Command) => {
      const { baselineDown } = await import('../actions/baseline.ts');
      await baselineDown(context, command, flags);
    });
}
