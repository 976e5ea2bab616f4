import { Argument, type Command } from 'commander';
import { printLines, type CommandContext } from '../command-context.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A script for the shell, made from the commands themselves, so that it cannot drift from them. */
export function addCompletionCommand(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', '\nExample:\n  $ source <(offshoot completion bash)')
    .action((shell: (typeof SHELLS)[number]) => {
      const words = wordsOf(program);
      if (shell === 'fish') printLines(context, fishLines(words));
      else
        printLines(
          context,
          shell === 'zsh'
            ? ['autoload -U +X bashcompinit && bashcompinit', ...bashLines(words)]
            : bashLines(words),
        );
    });
}

/** `` → commands and flags, `catalog` → its own, `catalog graph` → its flags. */
function wordsOf(program: Command): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, readonly string[]>();
  const visit = (command: Command, path: string): void => {
    const flags = command.options.map((option) => option.long).filter((long) => long !== undefined);
    words.set(path, [...command.commands.map((child) => child.name()), ...flags, '--help']);
    for (const child of command.commands) {
      visit(child, path === '' ? child.name() : `${path} ${child.name()}`);
    }
  };
  visit(program, '');
  return words;
}

function bashLines(words: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [
    '_offshoot() {',
    '  local path="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) path="${path:+$path }$word" ;; esac',
    '  done',
    '  local words=""',
    '  case "$path" in',
    ...[...words]
      .map(([path, known]) => `    "${path}"*) words="${known.join(' ')}" ;;`)
      .toReversed(),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -F _offshoot offshoot',
  ];
}

function fishLines(words: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...words].flatMap(([path, known]) => {
    const when = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path}`;
    return known.map((word) =>
      word.startsWith('--')
        ? `complete -c offshoot -n '${when}' -l ${word.slice(2)}`
        : `complete -c offshoot -n '${when}' -f -a ${word}`,
    );
  });
}
