import type { Command } from 'commander';
import type { ListFlags } from '../actions/list.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption } from '../flags.ts';

export function addListCommand(program: Command, context: CommandContext): void {
  program
    .command('list')
    .description('list the environments')
    .option('--removed', 'also those of the past')
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  $ offshoot list\n  $ offshoot list --removed -o json')
    .action(async (flags: ListFlags, command: Command) => {
      const { listEnvironments } = await import('../actions/list.ts');
      await listEnvironments(context, command, flags);
    });
}

export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('show one environment: conditions, addresses, tasks and what they wait for')
    .argument('<environment>', 'name or branch')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ offshoot status feat/coupon\n  $ offshoot status feat/coupon -o yaml',
    )
    .action(async (name: string, flags: { output: string }, command: Command) => {
      const { showStatus } = await import('../actions/list.ts');
      await showStatus(context, command, name, flags);
    });
}
