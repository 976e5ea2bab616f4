import type { Command } from 'commander';
import { waitForRemoval } from '../../../application/environments/wait.ts';
import type { EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import { say, withInstallation, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { removalAfterwards } from './afterwards.ts';
import { conditionOf } from '../presenters/environment-text.ts';
import type { Installation } from '../services.ts';

export interface DownFlags {
  readonly wait?: boolean;
  readonly timeout: number;
}

export async function takeDown(
  context: CommandContext,
  command: Command,
  name: string,
  flags: DownFlags,
): Promise<void> {
  await withInstallation(context, command, async (installation) => {
    const record = await installation.environments.down(name);
    if (record === null) say(context, `"${name}" has no environment`);
    else if (flags.wait === false) {
      say(context, `${record.name} is being removed`);
      if (!(await installation.goesOn(record.name))) {
        say(context, await removalAfterwards(installation, record));
      }
    } else await followRemoval(context, installation, record, flags.timeout);
  });
}

/** Waits until it is gone and says how that ended. */
export async function followRemoval(
  context: CommandContext,
  installation: Pick<Installation, 'store' | 'pollMs' | 'goesOn'>,
  record: EnvironmentRecord,
  timeoutMs: number,
): Promise<void> {
  const { store, pollMs } = installation;
  const wantedAgain = new AbortController();
  const isGone = await waitForRemoval({ store, clock: context.services.clock }, record, {
    timeoutMs,
    pollMs,
    signal: AbortSignal.any([context.signal, wantedAgain.signal]),
    onState: ({ desired }) => {
      if (desired === 'up') wantedAgain.abort();
    },
  });
  const { messagePaint: paint } = context;
  if (isGone) say(context, `${record.name} is gone`);
  else if (wantedAgain.signal.aborted) {
    context.exitCode = EXIT.superseded;
    say(context, paint.warn(`SUPERSEDED: "${record.name}" is wanted again`));
  } else if (context.signal.aborted) {
    context.exitCode = EXIT.superseded;
    const afterwards = await removalAfterwards(installation, record);
    say(
      context,
      paint.warn(`CANCELLED: interrupted before "${record.name}" was gone; ${afterwards}`),
    );
  } else {
    context.exitCode = EXIT.timeout;
    const now = await store.get(record.name);
    const removing = now === null ? undefined : conditionOf(now, 'Removing');
    const why = removing === undefined ? '' : `: ${removing.message}`;
    say(context, paint.warn(`WAIT_TIMEOUT: "${record.name}" is still there${why}`));
  }
}
