import type { Command } from 'commander';
import { parseDuration, say, withInstallation, type CommandContext } from '../command-context.ts';

export function addWatchCommand(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description('follow the branches of the catalog: up on push, down on merge; by Git alone')
    .option('--interval <duration>', 'time between two looks, 30s at most', parseDuration, 30_000)
    .addHelpText('after', '\nExample:\n  $ offshoot watch --interval 10s')
    .action(async (options: { interval: number }, command: Command) => {
      await withInstallation(context, command, async (installation) => {
        await installation.revive();
        await installation.watch(
          { intervalMs: options.interval, onLine: (line) => say(context, line) },
          context.signal,
        );
      });
    });
}
