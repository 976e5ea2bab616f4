import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { outputOption } from '../flags.ts';

export function addExplainCommand(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .description('say why each component of an environment changed and why it runs at its revision')
    .argument('<environment>', 'name or branch')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ offshoot explain feat/coupon')
    .action(async (name: string, flags: { output: string }, command: Command) => {
      const { explainEnvironment } = await import('../actions/explain.ts');
      await explainEnvironment(context, command, name, flags);
    });
}
