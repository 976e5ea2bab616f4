import { Argument, type Command } from 'commander';
import type { Shell } from '../actions/completion.ts';
import type { CommandContext } from '../command-context.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

export function addCompletionCommand(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(offshoot completion bash)
  $ offshoot completion fish > ~/.config/fish/completions/offshoot.fish`,
    )
    .action(async (shell: Shell) => {
      const { printCompletion } = await import('../actions/completion.ts');
      printCompletion(context, program, shell);
    });
}
