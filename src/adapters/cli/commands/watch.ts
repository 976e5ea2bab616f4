import { Option, type Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { parseInterval } from '../flags.ts';

export function addWatchCommand(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description('follow the branches of the catalog: up on push, down on merge; by Git alone')
    .addOption(
      new Option('--interval <duration>', 'time between two looks, 30s at most')
        .argParser(parseInterval)
        .default(30_000, '30s'),
    )
    .addHelpText('after', '\nExample:\n  $ offshoot watch --interval 10s')
    .action(async (flags: { interval: number }, command: Command) => {
      const { watchBranches } = await import('../actions/watch.ts');
      await watchBranches(context, command, flags);
    });
}
