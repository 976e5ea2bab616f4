import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';

type Given = [
  name: string,
  component: string,
  words: readonly string[],
  flags: object,
  command: Command,
];

export function addExecCommand(program: Command, context: CommandContext): void {
  program
    .command('exec')
    .description('run a command beside a component: in its folder, with its variables')
    .argument('<environment>', 'name or branch')
    .argument('<component>', 'a component that runs there')
    .argument('<command...>', 'what to run, after --')
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot exec feat/coupon checkout -- env
  $ offshoot exec feat/coupon orders -- node scripts/backfill.ts --dry-run

Ends with the exit code of the command.`,
    )
    .action(async (...given: Given) => {
      const [name, component, words, , command] = given;
      const { runBeside } = await import('../actions/exec.ts');
      await runBeside(context, command, { name, component }, words);
    });
}
