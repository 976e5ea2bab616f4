import type { Command } from 'commander';
import { say, withInstallation, type CommandContext } from '../command-context.ts';

export async function watchBranches(
  context: CommandContext,
  command: Command,
  flags: { readonly interval: number },
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    await installation.watch(
      { intervalMs: flags.interval, onLine: (line) => say(context, line) },
      context.signal,
    );
  });
}
