import type { Command } from 'commander';
import { explanationDocument } from '../../../application/documents.ts';
import { OperationError } from '../../../domain/errors.ts';
import {
  OUTPUT_FLAG,
  OUTPUT_HELP,
  printData,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { explanationLines } from '../presenters/plan-text.ts';

export function addExplainCommand(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .description('say why each component of an environment changed and why it runs at its revision')
    .argument('<environment>', 'name or branch')
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .addHelpText('after', '\nExample:\n  $ offshoot explain feat/coupon')
    .action(async (name: string, options: { output: string }, command: Command) => {
      await withInstallation(context, command, async ({ environments, store }) => {
        const record = await environments.get(name);
        const explanation = await store.explanation(record.uid);
        if (explanation === null) {
          throw new OperationError('NOT_FOUND', `nothing is recorded about "${record.name}"`);
        }
        await printData(context, options.output, explanationDocument(explanation), () =>
          explanationLines(explanation.findings, explanation.picks, context.paint),
        );
      });
    });
}
