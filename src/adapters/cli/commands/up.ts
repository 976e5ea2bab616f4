import type { Command } from 'commander';
import { environmentDocument } from '../../../application/documents.ts';
import { waitForReady, type WaitOutcome } from '../../../application/environments/wait.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import type { EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import { OperationError } from '../../../domain/errors.ts';
import {
  OUTPUT_FLAG,
  OUTPUT_HELP,
  parseDuration,
  printData,
  say,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { EXIT, EXIT_CODES } from '../exit-codes.ts';
import { diagnosticLines } from '../failures.ts';
import { environmentTable, failedTaskLines } from '../presenters/environment-text.ts';
import { warningLines } from '../presenters/plan-text.ts';
import { createProgress } from '../progress.ts';
import type { Installation } from '../services.ts';
import { addCompileFlags, compileRequestOf, type CompileFlags } from './compile-flags.ts';

interface UpFlags extends Omit<CompileFlags, 'changed'> {
  readonly wait: boolean;
  readonly timeout: number;
  readonly output: string;
}

export function addUpCommand(program: Command, context: CommandContext): void {
  addCompileFlags(
    program
      .command('up')
      .description(
        'bring the environment of a branch up, or up to date, and wait until it is ready',
      )
      .argument('[branch]'),
  )
    .option('--no-wait', 'return as soon as the wish is accepted')
    .option('-t, --timeout <duration>', 'give up waiting after this long', parseDuration, 600_000)
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot up feat/coupon
  $ offshoot up feat/coupon --pin cart=v1.4.2 --include search --timeout 5m
  $ offshoot up feat/coupon --no-wait -o json`,
    )
    .action(async (branch: string | undefined, options: UpFlags, command: Command) => {
      const request = compileRequestOf(branch, { ...options, changed: [] });
      if (request.branch === null) throw new OperationError('USAGE', 'name a branch');
      const wish = { ...request, branch: request.branch };
      await withInstallation(context, command, async (installation) => {
        await installation.revive();
        const { record, plan, warnings } = await installation.environments.up(wish);
        for (const line of diagnosticLines(warnings, context.paint)) say(context, line);
        for (const line of warningLines(plan, context.paint)) say(context, line);
        const last = options.wait
          ? await follow(context, installation, { record, plan, timeoutMs: options.timeout })
          : record;
        await printData(context, options.output, environmentDocument(last), () =>
          environmentTable([last], context.services.clock.nowMs()),
        );
      });
    });
}

interface Followed {
  readonly record: EnvironmentRecord;
  readonly plan: Plan;
  readonly timeoutMs: number;
}

/** Shows the way to ready and sets the exit code by how it ended. */
export async function follow(
  context: CommandContext,
  installation: Pick<Installation, 'store'>,
  { record, plan, timeoutMs }: Followed,
): Promise<EnvironmentRecord> {
  const progress = createProgress(plan, context.terminal);
  const outcome = await waitForReady(
    { store: installation.store, clock: context.services.clock },
    record,
    { timeoutMs, signal: context.signal, onState: (state) => progress.show(state) },
  ).finally(() => progress.finish());
  tellOutcome(context, outcome, record.name);
  return 'record' in outcome ? outcome.record : record;
}

function tellOutcome(context: CommandContext, outcome: WaitOutcome, name: string): void {
  const { paint } = context;
  switch (outcome.kind) {
    case 'ready':
      return;
    case 'failed':
      context.exitCode = EXIT_CODES[outcome.code];
      for (const line of failedTaskLines(outcome.record.status.tasks, paint)) say(context, line);
      return;
    case 'superseded':
      context.exitCode = EXIT.superseded;
      say(context, paint.warn(`SUPERSEDED: a newer wish took over "${name}"`));
      return;
    case 'removed':
    case 'cancelled':
      context.exitCode = EXIT.superseded;
      say(context, paint.warn(`CANCELLED: "${name}" was removed, or the wait was interrupted`));
      return;
    case 'timeout':
      context.exitCode = EXIT.timeout;
      say(context, paint.warn(`WAIT_TIMEOUT: "${name}" is not ready yet; the work goes on`));
  }
}
