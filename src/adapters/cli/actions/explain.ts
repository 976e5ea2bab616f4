import type { Command } from 'commander';
import { explanationDocument } from '../../../application/documents.ts';
import { OperationError } from '../../../domain/errors.ts';
import { printData, withInstallation, type CommandContext } from '../command-context.ts';
import { explanationLines } from '../presenters/plan-text.ts';

export async function explainEnvironment(
  context: CommandContext,
  command: Command,
  name: string,
  flags: { readonly output: string },
): Promise<void> {
  await withInstallation(context, command, async ({ environments, store }) => {
    const record = await environments.get(name);
    const explanation = await store.explanation(record.uid);
    if (explanation === null) {
      throw new OperationError('NOT_FOUND', `nothing is recorded about "${record.name}"`);
    }
    await printData(context, flags.output, explanationDocument(explanation), () =>
      explanationLines(explanation.findings, explanation.picks, context.paint),
    );
  });
}
