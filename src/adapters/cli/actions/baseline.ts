import type { Command } from 'commander';
import { environmentDocument } from '../../../application/documents.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import { printData, say, withInstallation, type CommandContext } from '../command-context.ts';
import { environmentLines } from '../presenters/environment-text.ts';
import { oneLine } from '../safe-text.ts';
import { followRemoval } from './down.ts';
import { follow } from './follow.ts';

export interface BaselineUpFlags {
  readonly refresh?: boolean;
  readonly timeout: number;
}

export async function baselineUp(
  context: CommandContext,
  command: Command,
  components: readonly string[],
  flags: BaselineUpFlags,
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    const { environments, store } = installation;
    const record = await environments.baselineUp(components, flags.refresh === true);
    const plan = record === null ? null : await store.plan(record.uid);
    if (record === null || plan === null) {
      say(context, 'the baseline has nothing to run');
      return;
    }
    await follow(context, installation, { record, plan, timeoutMs: flags.timeout });
  });
}

export async function baselineStatus(
  context: CommandContext,
  command: Command,
  flags: { readonly output: string },
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    await installation.revive();
    const record = await installation.store.get(BASELINE);
    const demands = Object.fromEntries(await installation.demands.demands());
    const document = { baseline: record === null ? null : environmentDocument(record), demands };
    const askers = Object.entries(demands).map(
      ([by, names]) => `asked for by ${by === '*' ? 'people' : by}: ${names.join(', ')}`,
    );
    await printData(context, flags.output, document, () => [
      ...(record === null
        ? ['the baseline runs nothing']
        : environmentLines(record, context.paint)),
      ...(askers.length === 0 ? [] : ['', ...askers.map(oneLine)]),
    ]);
  });
}

export async function baselineDown(
  context: CommandContext,
  command: Command,
  flags: { readonly timeout: number },
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    const record = await installation.environments.baselineDown();
    if (record === null) say(context, 'the baseline runs nothing');
    else if (record.desired === 'up') {
      const users = [...(await installation.demands.demands()).keys()];
      say(context, `the baseline goes on for ${users.join(', ')}`);
    } else await followRemoval(context, installation, record, flags.timeout);
  });
}
