import type { Command } from 'commander';
import { environmentDocument } from '../../../application/documents.ts';
import { OperationError } from '../../../domain/errors.ts';
import { printData, say, withInstallation, type CommandContext } from '../command-context.ts';
import { compileRequestOf, type CompileFlags } from '../commands/compile-flags.ts';
import { environmentTable } from '../presenters/environment-text.ts';
import { planWarningLines, warningDiagnosticLines } from '../presenters/warnings.ts';
import { workAfterwards } from './afterwards.ts';
import { follow } from './follow.ts';

export interface UpFlags extends CompileFlags {
  readonly wait?: boolean;
  readonly timeout: number;
  readonly output: string;
}

export async function bringUp(
  context: CommandContext,
  command: Command,
  branch: string | undefined,
  flags: UpFlags,
): Promise<void> {
  const request = compileRequestOf(branch, flags);
  if (request.branch === null) throw new OperationError('USAGE', 'name a branch');
  const wish = { ...request, branch: request.branch };
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    const { record, plan, warnings } = await installation.environments.up(wish);
    for (const line of [
      ...warningDiagnosticLines(warnings, context.messagePaint),
      ...planWarningLines(plan.warnings, context.messagePaint),
    ]) {
      say(context, line);
    }
    const isFollowed = flags.wait !== false;
    const last = isFollowed
      ? await follow(context, installation, { record, plan, timeoutMs: flags.timeout })
      : record;
    if (!isFollowed && !(await installation.goesOn(record.name))) {
      const afterwards = await workAfterwards(installation, record);
      say(context, context.messagePaint.warn(`"${record.name}" is accepted; ${afterwards}`));
    }
    await printData(context, flags.output, environmentDocument(last), () =>
      environmentTable([last], context.services.clock.nowMs()),
    );
  });
}
