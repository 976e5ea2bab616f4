import { waitForReady, type WaitOutcome } from '../../../application/environments/wait.ts';
import type { EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { say, type CommandContext } from '../command-context.ts';
import { EXIT, EXIT_CODES } from '../exit-codes.ts';
import { failedTaskLines } from '../presenters/environment-text.ts';
import { lineProgress } from '../progress/line-progress.ts';
import { treeProgress } from '../progress/tree-progress.ts';
import type { Installation } from '../services.ts';
import { workAfterwards } from './afterwards.ts';

interface Followed {
  readonly record: EnvironmentRecord;
  readonly plan: Plan;
  readonly timeoutMs: number;
}

/** Shows the way to ready and sets the exit code by how it ended. */
export async function follow(
  context: CommandContext,
  installation: Pick<Installation, 'store' | 'pollMs' | 'goesOn'>,
  { record, plan, timeoutMs }: Followed,
): Promise<EnvironmentRecord> {
  const progress = context.terminal.isInteractive
    ? treeProgress(plan, context)
    : lineProgress(context);
  const outcome = await waitForReady(
    { store: installation.store, clock: context.services.clock },
    record,
    {
      timeoutMs,
      pollMs: installation.pollMs,
      signal: context.signal,
      onState: (state) => progress.show(state),
    },
  ).finally(() => progress.finish());
  const afterwards = isLeft(outcome) ? await workAfterwards(installation, record) : '';
  tellOutcome(context, outcome, { name: record.name, afterwards });
  return 'record' in outcome ? outcome.record : record;
}

/** Whether there is work that nobody waits for any more. */
function isLeft({ kind }: WaitOutcome): boolean {
  return kind === 'cancelled' || kind === 'timeout';
}

function tellOutcome(
  context: CommandContext,
  outcome: WaitOutcome,
  { name, afterwards }: { readonly name: string; readonly afterwards: string },
): void {
  const { messagePaint: paint } = context;
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
      context.exitCode = EXIT.superseded;
      say(context, paint.warn(`CANCELLED: "${name}" was removed meanwhile`));
      return;
    case 'cancelled':
      context.exitCode = EXIT.superseded;
      say(context, paint.warn(`CANCELLED: interrupted before "${name}" was ready; ${afterwards}`));
      return;
    case 'timeout':
      context.exitCode = EXIT.timeout;
      say(context, paint.warn(`WAIT_TIMEOUT: "${name}" is not ready yet; ${afterwards}`));
  }
}
