import type { CompletedCommand, CompletedFlag } from './command-tree.ts';

/**
 * For bash 3.2 and newer, and by `bashcompinit` for zsh. The words before the cursor lead to a command;
 * what a flag takes is skipped on the way, so that `-o json` is not mistaken for a name.
 */
export function bashLines(commands: readonly CompletedCommand[]): readonly string[] {
  return [
    '_offshoot() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" path="" skip="" word known flags',
    '  COMPREPLY=()',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    if [ -n "$skip" ]; then skip=""; continue; fi',
    '    if [ "$word" = "--" ]; then return; fi',
    '    case "$path $word" in',
    ...valueCases(commands),
    '    esac',
    '    case "$word" in -*) continue ;; esac',
    '    case "${path:+$path }$word" in',
    `      ${patterns(commands.map(({ path }) => path).filter((path) => path !== ''))}) path="\${path:+$path }$word" ;;`,
    '    esac',
    '  done',
    '  case "$path:$skip" in',
    ...answerCases(commands),
    '  esac',
    '  [ -n "$skip" ] && return',
    '  case "$path" in',
    ...commands.map(
      ({ path, children, words, flags }) =>
        `    "${path}") known="${[...children.map(({ name }) => name), ...words].join(' ')}"; flags="${flags.flatMap(namesOf).join(' ')}" ;;`,
    ),
    '  esac',
    '  case "$current" in',
    '    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;',
    '    *) COMPREPLY=($(compgen -W "$known" -- "$current")) ;;',
    '  esac',
    '}',
    'complete -F _offshoot offshoot',
  ];
}

/** Which words make the next one a value, by command. */
function valueCases(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ path, flags }) =>
    flags
      .filter(({ value }) => value.kind !== 'none')
      .map((flag) => {
        const words = namesOf(flag).map((name) => `${path} ${name}`);
        return `      ${patterns(words)}) skip="${flag.long}"; continue ;;`;
      }),
  );
}

/** What may stand where a value is due. */
function answerCases(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ long, value }) => {
      const at = `    "${path}:${long}")`;
      if (value.kind === 'words') {
        return [`${at} COMPREPLY=($(compgen -W "${value.words.join(' ')}" -- "$current")) ;;`];
      }
      return value.kind === 'path' ? [`${at} COMPREPLY=($(compgen -f -- "$current")) ;;`] : [];
    }),
  );
}

function namesOf({ long, short }: CompletedFlag): readonly string[] {
  return short === null ? [long] : [short, long];
}

function patterns(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join('|');
}
