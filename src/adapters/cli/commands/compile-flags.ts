import { Option, type Command } from 'commander';
import type { CompileRequest } from '../../../application/environments/compile.ts';
import { OperationError } from '../../../domain/errors.ts';
import { collectNames, collectPins } from '../command-context.ts';

/** The flags that say what an environment is made of, shared by `plan` and `up`. */
export interface CompileFlags {
  readonly branch?: string;
  readonly changed: readonly string[];
  readonly pin: Readonly<Record<string, string>>;
  readonly entry: readonly string[];
  readonly include: readonly string[];
  readonly isolation: 'path' | 'full';
  readonly unchanged: 'baseline' | 'head';
}

export function addCompileFlags(command: Command): Command {
  return command
    .option('-b, --branch <branch>', 'the branch, when not given as argument')
    .option(
      '--pin <component=ref>',
      'run a component at a branch, tag or commit (repeatable)',
      collectPins,
      {},
    )
    .option(
      '--entry <component>',
      'what tests and people call, instead of the exposed services (repeatable)',
      collectNames,
      [],
    )
    .option('--include <component>', 'take a component in (repeatable)', collectNames, [])
    .addOption(
      new Option('--isolation <kind>', 'how much runs inside')
        .choices(['path', 'full'])
        .default('path'),
    )
    .addOption(
      new Option('--unchanged <revision>', 'what unchanged components inside run at')
        .choices(['baseline', 'head'])
        .default('baseline'),
    );
}

export function compileRequestOf(
  argument: string | undefined,
  flags: CompileFlags,
): CompileRequest {
  const branch = argument ?? flags.branch ?? null;
  const { changed } = flags;
  if (branch === null && changed.length === 0) {
    throw new OperationError('USAGE', 'name a branch, or say what changed with --changed a,b');
  }
  if (branch !== null && changed.length > 0) {
    throw new OperationError('USAGE', 'give either a branch or --changed, not both');
  }
  return {
    branch,
    changed,
    // A pin without a ref is "this component, at the branch".
    pins: Object.fromEntries(
      Object.entries(flags.pin).map(([name, ref]) => [name, ref === '' ? (branch ?? '') : ref]),
    ),
    entries: flags.entry,
    include: flags.include,
    isolation: flags.isolation,
    unchanged: flags.unchanged,
  };
}
