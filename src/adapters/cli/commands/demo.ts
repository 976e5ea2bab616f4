import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';

export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description(
      'the main job on this machine, in a temporary folder: real Git, processes, database',
    )
    .addHelpText('after', '\nExample:\n  $ npm run demo')
    .action(async () => {
      const { runDemo } = await import('../demo/demo.ts');
      const isFine = await runDemo({
        command: context.services.command,
        example: context.services.example,
        say: (line) => context.terminal.stdout.write(`${line}\n`),
        signal: context.signal,
      });
      if (context.signal.aborted) context.exitCode = EXIT.superseded;
      else context.exitCode = isFine ? EXIT.fine : EXIT.internal;
    });
}
