import type { Command } from 'commander';
import { environmentDocument } from '../../../application/documents.ts';
import { waitForRemoval } from '../../../application/environments/wait.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import {
  OUTPUT_FLAG,
  OUTPUT_HELP,
  parseDuration,
  printData,
  say,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { environmentLines } from '../presenters/environment-text.ts';
import { follow } from './up.ts';

const TIMEOUT_MS = 600_000;

export function addBaselineCommand(program: Command, context: CommandContext): void {
  const baseline = program
    .command('baseline')
    .description('the components that environments use but do not run');
  addBaselineUp(baseline, context);
  addBaselineStatus(baseline, context);
  addBaselineDown(baseline, context);
}

function addBaselineUp(baseline: Command, context: CommandContext): void {
  baseline
    .command('up')
    .description('run components in the baseline, all of the catalog unless named')
    .argument('[components...]')
    .option('--refresh', 'move everything that runs there to the head of its branch')
    .option(
      '-t, --timeout <duration>',
      'give up waiting after this long',
      parseDuration,
      TIMEOUT_MS,
    )
    .addHelpText('after', '\nExample:\n  $ offshoot baseline up accounts payments')
    .action(
      async (
        components: string[],
        options: { refresh?: boolean; timeout: number },
        command: Command,
      ) => {
        await withInstallation(context, command, async (installation) => {
          await installation.revive();
          const record = await installation.environments.baselineUp(
            components,
            options.refresh === true,
          );
          const plan = record === null ? null : await installation.store.plan(record.uid);
          if (record === null || plan === null) return;
          await follow(context, installation, { record, plan, timeoutMs: options.timeout });
        });
      },
    );
}

function addBaselineStatus(baseline: Command, context: CommandContext): void {
  baseline
    .command('status')
    .description('what the baseline runs, and which environments asked for it')
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .action(async (options: { output: string }, command: Command) => {
      await withInstallation(context, command, async (installation) => {
        await installation.revive();
        const record = await installation.store.get(BASELINE);
        const demands = Object.fromEntries(await installation.demands.demands());
        const document = {
          baseline: record === null ? null : environmentDocument(record),
          demands,
        };
        await printData(context, options.output, document, () => [
          ...(record === null
            ? ['the baseline runs nothing']
            : environmentLines(record, context.paint)),
          '',
          ...Object.entries(demands).map(
            ([by, names]) => `${by === '*' ? 'people' : by}: ${names.join(', ')}`,
          ),
        ]);
      });
    });
}

function addBaselineDown(baseline: Command, context: CommandContext): void {
  baseline
    .command('down')
    .description('end what no environment uses')
    .option('-t, --timeout <duration>', 'give up waiting after this long', parseDuration, 120_000)
    .action(async (options: { timeout: number }, command: Command) => {
      await withInstallation(context, command, async (installation) => {
        const record = await installation.environments.baselineDown();
        if (record === null) {
          say(context, 'the baseline runs nothing');
          return;
        }
        if (record.desired === 'up') {
          const users = [...(await installation.demands.demands()).keys()];
          say(context, `the baseline goes on for ${users.join(', ')}`);
          return;
        }
        const isGone = await waitForRemoval(
          { store: installation.store, clock: context.services.clock },
          record,
          { timeoutMs: options.timeout, signal: context.signal },
        );
        if (!isGone) context.exitCode = EXIT.timeout;
        say(context, isGone ? 'the baseline is gone' : 'WAIT_TIMEOUT: the baseline is still there');
      });
    });
}
