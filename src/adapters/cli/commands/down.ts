import type { Command } from 'commander';
import { waitForRemoval } from '../../../application/environments/wait.ts';
import { parseDuration, say, withInstallation, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { conditionOf } from '../presenters/environment-text.ts';

export function addDownCommand(program: Command, context: CommandContext): void {
  program
    .command('down')
    .description('take an environment away, completely; already gone is success')
    .argument('<environment>', 'name or branch')
    .option('--no-wait', 'return as soon as the wish is accepted')
    .option('-t, --timeout <duration>', 'give up waiting after this long', parseDuration, 120_000)
    .addHelpText('after', '\nExample:\n  $ offshoot down feat/coupon')
    .action(async (name: string, options: { wait: boolean; timeout: number }, command: Command) => {
      await withInstallation(context, command, async (installation) => {
        const record = await installation.environments.down(name);
        if (record === null) {
          say(context, `"${name}" has no environment`);
          return;
        }
        if (!options.wait) return;
        const isGone = await waitForRemoval(
          { store: installation.store, clock: context.services.clock },
          record,
          { timeoutMs: options.timeout, signal: context.signal },
        );
        if (isGone) {
          say(context, `${record.name} is gone`);
          return;
        }
        context.exitCode = EXIT.timeout;
        const now = await installation.store.get(record.name);
        const removing = now === null ? undefined : conditionOf(now, 'Removing');
        say(context, `WAIT_TIMEOUT: "${record.name}" is still there: ${removing?.message ?? ''}`);
      });
    });
}
