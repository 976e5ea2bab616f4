import type { Command } from 'commander';
import type { TestRun } from '../../../application/ports/environment-store.ts';
import { OperationError } from '../../../domain/errors.ts';
import { parseDuration, say, withInstallation, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Installation } from '../services.ts';
import { exitCodeOf, printReport, REPORT_FORMATS } from './report.ts';

const POLL_MS = 50;

export function addTestCommand(program: Command, context: CommandContext): void {
  program
    .command('test')
    .description(
      'run a test suite against an environment and report which component failed, and why',
    )
    .argument('<environment>', 'name or branch')
    .argument('[suite]', 'needed when the catalog has several')
    .option('-t, --timeout <duration>', 'give up waiting after this long', parseDuration, 900_000)
    .option('-o, --output <format>', REPORT_FORMATS.join(', '), 'table')
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot test feat/coupon
  $ offshoot test feat/coupon shop-e2e -o junit > report.xml

Exit code: 0 passed, 3 failing through this change, 9 failing but not through this change.`,
    )
    .action(
      async (
        name: string,
        suite: string | undefined,
        options: { timeout: number; output: string },
        command: Command,
      ) => {
        await withInstallation(context, command, async (installation) => {
          await installation.revive();
          const requested = await installation.environments.requestTest(name, suite ?? null);
          say(context, `running ${requested.suite} on ${requested.environment} (${requested.id})`);
          const run = await waitForRun(context, installation, requested, options.timeout);
          if (run === null) return;
          const report = await installation.reports.report(run.id);
          if (report === null) {
            throw new OperationError(
              'TEST_SUITE_FAILED_TO_RUN',
              run.message ?? `"${run.suite}" ended without a report`,
            );
          }
          await printReport(context, report, options.output);
          context.exitCode = exitCodeOf(report);
        });
      },
    );
}

/** Null when the wait ended first; the exit code is set then. */
async function waitForRun(
  context: CommandContext,
  { testRuns }: Pick<Installation, 'testRuns'>,
  requested: TestRun,
  timeoutMs: number,
): Promise<TestRun | null> {
  const { clock } = context.services;
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const run = await testRuns.testRun(requested.id);
    if (run === null || run.state === 'finished') return run;
    if (context.signal.aborted || clock.nowMs() >= endMs) {
      context.exitCode = context.signal.aborted ? EXIT.superseded : EXIT.timeout;
      say(
        context,
        `the run ${requested.id} goes on; \`offshoot report\` shows it when it has ended`,
      );
      return null;
    }
    await clock.sleep(POLL_MS, context.signal);
  }
}
