import { Option, type Command } from 'commander';
import { globalFlags, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { parsePort } from '../flags.ts';
import type { ControllerOptions } from '../services.ts';

export function addControllerCommand(program: Command, context: CommandContext): void {
  program
    .command('controller')
    .description('carry out what is desired of all environments of a cluster')
    .addOption(
      new Option('--health-port <port>', 'of /healthz, /readyz and /metrics; 0 for a free one')
        .argParser(parsePort)
        .default(7401),
    )
    .option('--health-host <address>', 'address of that port', '127.0.0.1')
    .addHelpText(
      'after',
      `
Several may run: one leads, the others take over within 15 seconds. Reads no catalog and no Git.

Example:
  $ offshoot controller --context staging`,
    )
    .action(async (flags: ControllerOptions, command: Command) => {
      const { services, signal } = context;
      const code = await services.controller(globalFlags(command), flags, signal);
      context.exitCode = code === 0 ? EXIT.fine : EXIT.infrastructure;
    });
}
