import { InvalidArgumentError, type Command } from 'commander';
import { globalFlags, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the REST interface on loopback; see docs/rest.md')
    .option('--port <port>', 'of the interface', parsePort, 7400)
    .option('--health-port <port>', 'of /healthz, /readyz and /metrics', parsePort, 7401)
    .option('--host <address>', 'a loopback address; others need sign-in', '127.0.0.1')
    .option('--no-watch', 'do not follow branches')
    .addHelpText('after', '\nExample:\n  $ offshoot serve --port 7400')
    .action(
      async (
        options: { port: number; healthPort: number; host: string; watch: boolean },
        command: Command,
      ) => {
        const code = await context.services.serve(globalFlags(command), options, context.signal);
        context.exitCode = code === 0 ? EXIT.fine : EXIT.infrastructure;
      },
    );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('expected a port between 0 and 65535');
  }
  return port;
}
