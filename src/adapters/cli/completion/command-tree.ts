import type { Argument, Command, Option } from 'commander';

/** What a completion script knows of a command: names, flags, and what may follow a flag. */
export interface CompletedCommand {
  /** `catalog graph`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly children: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly CompletedFlag[];
  /** Words that an argument may be, when they are known. */
  readonly words: readonly string[];
}

export interface CompletedFlag {
  readonly long: string;
  readonly short: string | null;
  readonly summary: string;
  readonly value: CompletedValue;
}

/** What follows a flag: nothing, one of some words, a path, or what nobody but the user knows. */
export type CompletedValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'path' }
  | { readonly kind: 'anything' };

/** Every command, the program first, parents before their children. */
export function commandsOf(program: Command): readonly CompletedCommand[] {
  const root = completed(program, '', []);
  return [root, ...program.commands.flatMap((child) => below(child, '', root.flags))];
}

function below(
  command: Command,
  parent: string,
  inherited: readonly CompletedFlag[],
): readonly CompletedCommand[] {
  const path = parent === '' ? command.name() : `${parent} ${command.name()}`;
  return [
    completed(command, path, inherited),
    ...command.commands.flatMap((child) => below(child, path, inherited)),
  ];
}

/** The program's own flags may stand after a command too, except for its version. */
function completed(
  command: Command,
  path: string,
  inherited: readonly CompletedFlag[],
): CompletedCommand {
  const own = command.createHelp().visibleOptions(command).map(flagOf);
  const known = new Set(own.map(({ long }) => long));
  return {
    path,
    summary: command.description(),
    children: command.commands.map((child) => ({
      name: child.name(),
      summary: child.description(),
    })),
    flags: [...own, ...inherited.filter(({ long }) => long !== '--version' && !known.has(long))],
    words: command.registeredArguments.flatMap(({ argChoices }: Argument) => argChoices ?? []),
  };
}

function flagOf(option: Option): CompletedFlag {
  return {
    long: option.long ?? option.flags,
    short: option.short ?? null,
    summary: option.description,
    value: valueOf(option),
  };
}

const PATHS: ReadonlySet<string> = new Set(['<file>', '<folder>']);

function valueOf(option: Option): CompletedValue {
  if (!option.required && !option.optional) return { kind: 'none' };
  if (option.argChoices !== undefined) return { kind: 'words', words: option.argChoices };
  const placeholder = /<[^>]+>/u.exec(option.flags)?.[0] ?? '';
  return { kind: PATHS.has(placeholder) ? 'path' : 'anything' };
}
