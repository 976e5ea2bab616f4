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
  installation: Pick<Installation, 'testRuns' | 'pollMs' | 'goesOn'>,
  requested: TestRun,
  timeoutMs: number,
): Promise<TestRun | null> {
  const { testRuns, pollMs } = installation;
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
      const afterwards = (await installation.goesOn(run.environment))
        ? `goes on; \`offshoot report ${run.environment}\` shows it when it has ended`
        : `is not over, and nobody goes on with it, as no controller runs: \`offshoot test ${run.environment}\` begins anew`;
      say(context, context.messagePaint.warn(`${code}: the run ${run.id} ${afterwards}`));
      return null;
    }
    await clock.sleep(pollMs, context.signal);
  }
}
