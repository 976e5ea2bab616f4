import type { Command } from 'commander';
import type { TestRun } from '../../../application/ports/environment-store.ts';
import { OperationError } from '../../../domain/errors.ts';
import { say, withInstallation, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Installation } from '../services.ts';
import { exitCodeOf, printReport } from './report.ts';

export interface TestFlags {
  readonly timeout: number;
  readonly output: string;
}

export async function runTests(
  context: CommandContext,
  command: Command,
  wanted: { readonly name: string; readonly suite: string | null },
  flags: TestFlags,
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    const { environments, reports } = installation;
    const requested = await environments.requestTest(wanted.name, wanted.suite);
    say(context, `running ${requested.suite} on ${requested.environment} (${requested.id})`);
    const run = await waitForRun(context, installation, requested, flags.timeout);
    if (run === null) return;
    const report = await reports.report(run.id);
    if (report === null) {
      throw new OperationError(
        'TEST_SUITE_FAILED_TO_RUN',
        run.message ?? `"${run.suite}" ended without a report`,
      );
    }
    await printReport(context, report, flags.output);
    context.exitCode = exitCodeOf(report);
  });
}

/** Null when the wait ended first; the exit code is set then. */
async function waitForRun(
  context: CommandContext,
  { testRuns, pollMs }: Pick<Installation, 'testRuns' | 'pollMs'>,
  requested: TestRun,
  timeoutMs: number,
): Promise<TestRun | null> {
  const { clock } = context.services;
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const run = await testRuns.testRun(requested.id);
    if (run === null) {
      throw new OperationError('NOT_FOUND', `the run "${requested.id}" is not recorded any more`);
    }
    if (run.state === 'finished') return run;
    if (context.signal.aborted || clock.nowMs() >= endMs) {
      const code = context.signal.aborted ? 'CANCELLED' : 'WAIT_TIMEOUT';
      context.exitCode = context.signal.aborted ? EXIT.superseded : EXIT.timeout;
      say(
        context,
        context.messagePaint.warn(
          `${code}: the run ${run.id} goes on; \`offshoot report ${run.environment}\` shows it when it has ended`,
        ),
      );
      return null;
    }
    await clock.sleep(pollMs, context.signal);
  }
}
