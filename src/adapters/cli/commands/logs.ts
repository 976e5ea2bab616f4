import type { Command } from 'commander';
import type { LogsFlags } from '../actions/logs.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption, parseCount } from '../flags.ts';

export function addLogsCommand(program: Command, context: CommandContext): void {
  program
    .command('logs')
    .description('print what a component, a build or a test run has written')
    .argument('<environment>', 'name or branch')
    .argument('<component>', 'a component, or an id like build/checkout or test/<run>')
    .option('--tail <lines>', 'only the last so many lines', parseCount)
    .option('-f, --follow', 'go on until interrupted')
    .option('--timestamps', 'with the time of each line')
    .option('-p, --previous', 'of the run before the last restart, where the engine keeps it')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot logs feat/coupon promotions --tail 20 -f
  $ offshoot logs feat/coupon promotions -o json | jq .text

As json every line is a document of its own, as yaml too.`,
    )
    .action(async (name: string, component: string, flags: LogsFlags, command: Command) => {
      const { printLogs } = await import('../actions/logs.ts');
      await printLogs(context, command, { name, component }, flags);
    });
}
