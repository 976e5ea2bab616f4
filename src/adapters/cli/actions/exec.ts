import type { Command } from 'commander';
import { withInstallation, type CommandContext } from '../command-context.ts';

/** The command has this terminal; its exit code becomes ours. */
export async function runBeside(
  context: CommandContext,
  command: Command,
  of: { readonly name: string; readonly component: string },
  words: readonly string[],
): Promise<void> {
  await withInstallation(context, command, async ({ environments, views }) => {
    const record = await environments.get(of.name);
    context.exitCode = await views.exec(record.name, of.component, words);
  });
}
