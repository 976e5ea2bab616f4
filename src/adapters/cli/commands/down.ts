import type { Command } from 'commander';
import type { DownFlags } from '../actions/down.ts';
import type { CommandContext } from '../command-context.ts';
import { timeoutOption, waitOptions } from '../flags.ts';

export function addDownCommand(program: Command, context: CommandContext): void {
  const down = program
    .command('down')
    .description('take an environment away, completely; already gone is success')
    .argument('<environment>', 'name or branch');
  for (const option of waitOptions()) down.addOption(option);
  down
    .addOption(timeoutOption('2m'))
    .addHelpText(
      'after',
      `
Example:
  $ offshoot down feat/coupon

Exit codes: 0 gone, or was never there, 6 something is still left, 7 wanted again meanwhile, or
interrupted.`,
    )
    .action(async (name: string, flags: DownFlags, command: Command) => {
      const { takeDown } = await import('../actions/down.ts');
      await takeDown(context, command, name, flags);
    });
}
