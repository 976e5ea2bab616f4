import type { Command } from 'commander';
import { printLines, type CommandContext } from '../command-context.ts';
import { bashLines } from '../completion/bash-script.ts';
import { commandsOf } from '../completion/command-tree.ts';
import { fishLines } from '../completion/fish-script.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A script for the shell, made from the commands themselves, so that it cannot drift from them. */
export function printCompletion(context: CommandContext, program: Command, shell: Shell): void {
  const commands = commandsOf(program);
  switch (shell) {
    case 'bash':
      printLines(context, bashLines(commands));
      return;
    case 'zsh':
      printLines(context, [
        'autoload -U +X compinit && compinit',
        'autoload -U +X bashcompinit && bashcompinit',
        ...bashLines(commands),
      ]);
      return;
    case 'fish':
      printLines(context, fishLines(commands));
  }
}
