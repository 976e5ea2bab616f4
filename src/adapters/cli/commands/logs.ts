import { InvalidArgumentError, type Command } from 'commander';
import { printLines, withInstallation, type CommandContext } from '../command-context.ts';
import { printable } from '../table.ts';

export function addLogsCommand(program: Command, context: CommandContext): void {
  program
    .command('logs')
    .description('print what a component, a build or a test run has written')
    .argument('<environment>', 'name or branch')
    .argument('<component>', 'a component, or an id like build/checkout or test/<run>')
    .option('--tail <lines>', 'only the last so many lines', parseCount)
    .option('-f, --follow', 'go on until interrupted')
    .option('--timestamps', 'with the time of each line')
    .addHelpText('after', '\nExample:\n  $ offshoot logs feat/coupon promotions --tail 20 -f')
    .action(
      async (
        name: string,
        component: string,
        options: { tail?: number; follow?: boolean; timestamps?: boolean },
        command: Command,
      ) => {
        await withInstallation(context, command, async ({ environments, views }) => {
          const record = await environments.get(name);
          const lines = views.logs(record.name, component, {
            signal: context.signal,
            follow: options.follow === true,
            ...(options.tail === undefined ? {} : { tail: options.tail }),
          });
          for await (const { at, text } of lines) {
            printLines(context, [printable(options.timestamps === true ? `${at} ${text}` : text)]);
          }
        });
      },
    );
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) {
    throw new InvalidArgumentError('expected a whole number of 0 or more');
  }
  return count;
}
