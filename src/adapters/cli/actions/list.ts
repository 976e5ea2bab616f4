import type { Command } from 'commander';
import { environmentDocument } from '../../../application/documents.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import { printData, say, withInstallation, type CommandContext } from '../command-context.ts';
import { environmentLines, environmentTable } from '../presenters/environment-text.ts';

export interface ListFlags {
  readonly removed?: boolean;
  readonly output: string;
}

export async function listEnvironments(
  context: CommandContext,
  command: Command,
  flags: ListFlags,
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    const all = await installation.store.list({ removed: flags.removed === true });
    const records = all.filter(({ name }) => name !== BASELINE);
    const document = { environments: records.map(environmentDocument) };
    await printData(context, flags.output, document, () =>
      records.length === 0 ? [] : environmentTable(records, context.services.clock.nowMs()),
    );
    if (records.length === 0 && flags.output === 'table') say(context, 'there is no environment');
  });
}

export async function showStatus(
  context: CommandContext,
  command: Command,
  name: string,
  flags: { readonly output: string },
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    const record = await installation.environments.get(name);
    await printData(context, flags.output, environmentDocument(record), () =>
      environmentLines(record, context.paint),
    );
  });
}
