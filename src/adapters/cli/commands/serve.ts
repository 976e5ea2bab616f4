import { Option, type Command } from 'commander';
import { globalFlags, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { parsePort } from '../flags.ts';
import type { ServeOptions } from '../services.ts';

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the REST interface on loopback')
    .addOption(
      new Option('--port <port>', 'of the interface; 0 for a free one')
        .argParser(parsePort)
        .default(7400),
    )
    .addOption(
      new Option('--health-port <port>', 'of /healthz, /readyz and /metrics')
        .argParser(parsePort)
        .default(7401),
    )
    .option('--health-host <address>', 'address of that port', '127.0.0.1')
    .option('--host <address>', 'a loopback address; others need sign-in', '127.0.0.1')
    .option('--no-watch', 'do not follow branches')
    .addHelpText('after', '\nExample:\n  $ offshoot serve --port 7400')
    .action(async (flags: ServeOptions, command: Command) => {
      const code = await context.services.serve(globalFlags(command), flags, context.signal);
      context.exitCode = code === 0 ? EXIT.fine : EXIT.infrastructure;
    });
}
