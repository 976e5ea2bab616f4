import type { Command } from 'commander';
import type { UpFlags } from '../actions/up.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption, timeoutOption, waitOptions } from '../flags.ts';
import { addCompileFlags } from './compile-flags.ts';

export function addUpCommand(program: Command, context: CommandContext): void {
  const up = program
    .command('up')
    .description('bring the environment of a branch up, or up to date, and wait until it is ready');
  addCompileFlags(up);
  for (const option of waitOptions()) up.addOption(option);
  up.addOption(timeoutOption('10m'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot up feat/coupon
  $ offshoot up feat/coupon --pin cart=v1.4.2 --include search --timeout 5m
  $ offshoot up feat/coupon --no-wait -o json

Exit codes: 0 ready, 4 a component or its configuration failed, 5 infrastructure, 6 not ready in time,
7 superseded, removed or interrupted, 8 the project has as many environments as it allows.`,
    )
    .action(async (branch: string | undefined, flags: UpFlags, command: Command) => {
      const { bringUp } = await import('../actions/up.ts');
      await bringUp(context, command, branch, flags);
    });
}
