import { Option, type Command } from 'commander';
import type { CompileRequest } from '../../../application/environments/compile.ts';
import { OperationError } from '../../../domain/errors.ts';
import { collectNames, collectPins, type Pins } from '../flags.ts';

/** The flags that say what an environment is made of, shared by `plan` and `up`. */
export interface CompileFlags {
  readonly branch?: string;
  readonly changed?: readonly string[];
  readonly pin?: Pins;
  readonly entry?: readonly string[];
  readonly include?: readonly string[];
  readonly isolation: 'path' | 'full';
  readonly unchanged?: 'baseline' | 'head';
}

export function addCompileFlags(command: Command): Command {
  return command
    .argument('[branch]', 'the same name in every repository that has it')
    .option('-b, --branch <branch>', 'the branch, when not given as argument')
    .addOption(
      new Option(
        '--pin <component=ref>',
        'run a component at a branch, tag or commit (repeatable)',
      ).argParser(collectPins),
    )
    .addOption(
      new Option(
        '--entry <component>',
        'what tests and people call, instead of the exposed services (repeatable)',
      ).argParser(collectNames),
    )
    .addOption(
      new Option('--include <component>', 'take a component in (repeatable)').argParser(
        collectNames,
      ),
    )
    .addOption(
      new Option('--isolation <kind>', 'how much runs inside')
        .choices(['path', 'full'])
        .default('path'),
    )
    .addOption(
      new Option(
        '--unchanged <revision>',
        'what unchanged components inside run at; baseline unless told',
      ).choices(['baseline', 'head']),
    );
}

/** @throws {OperationError} `USAGE` for flags that contradict each other. */
export function compileRequestOf(
  argument: string | undefined,
  flags: CompileFlags,
): CompileRequest {
  const branch = branchOf(argument, flags.branch);
  const changed = flags.changed ?? [];
  checkWhatChanged(branch, changed, flags);
  return {
    branch,
    changed,
    // A pin without a ref is "this component, at the branch".
    pins: Object.fromEntries(
      Object.entries(flags.pin ?? {}).map(([name, ref]) => [
        name,
        ref === '' ? (branch ?? '') : ref,
      ]),
    ),
    entries: flags.entry ?? [],
    include: flags.include ?? [],
    isolation: flags.isolation,
    unchanged: flags.unchanged ?? 'baseline',
  };
}

function branchOf(argument: string | undefined, flag: string | undefined): string | null {
  if (argument !== undefined && flag !== undefined && argument !== flag) {
    throw new OperationError('USAGE', `two branches are named, "${argument}" and "${flag}"`);
  }
  return argument ?? flag ?? null;
}

function checkWhatChanged(
  branch: string | null,
  changed: readonly string[],
  flags: CompileFlags,
): void {
  if (branch === null && changed.length === 0) {
    throw new OperationError('USAGE', 'name a branch', {
      hint: '`offshoot plan` also takes --changed a,b instead',
    });
  }
  if (changed.length === 0) return;
  if (branch !== null) {
    throw new OperationError('USAGE', 'give either a branch or --changed, not both');
  }
  if (flags.pin !== undefined || flags.unchanged !== undefined) {
    throw new OperationError('USAGE', '--pin and --unchanged need a branch, not --changed');
  }
}
