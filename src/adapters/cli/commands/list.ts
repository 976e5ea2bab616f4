import type { Command } from 'commander';
import { environmentDocument } from '../../../application/documents.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import {
  OUTPUT_FLAG,
  OUTPUT_HELP,
  printData,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { environmentLines, environmentTable } from '../presenters/environment-text.ts';

export function addListCommand(program: Command, context: CommandContext): void {
  program
    .command('list')
    .description('list the environments')
    .option('--removed', 'also those of the past')
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .addHelpText('after', '\nExample:\n  $ offshoot list -o json')
    .action(async (options: { removed?: boolean; output: string }, command: Command) => {
      await withInstallation(context, command, async (installation) => {
        await installation.revive();
        const all = await installation.store.list({ removed: options.removed === true });
        const records = all.filter(({ name }) => name !== BASELINE);
        const document = { environments: records.map(environmentDocument) };
        await printData(context, options.output, document, () =>
          environmentTable(records, context.services.clock.nowMs()),
        );
      });
    });
}

export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('show one environment: conditions, addresses, tasks and what they wait for')
    .argument('<environment>', 'name or branch')
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .addHelpText('after', '\nExample:\n  $ offshoot status feat/coupon')
    .action(async (name: string, options: { output: string }, command: Command) => {
      await withInstallation(context, command, async (installation) => {
        await installation.revive();
        const record = await installation.environments.get(name);
        await printData(context, options.output, environmentDocument(record), () =>
          environmentLines(record, context.paint),
        );
      });
    });
}
