import type { CompletedCommand, CompletedFlag } from './command-tree.ts';

/** For fish: one function finds the command that the words lead to, one line offers each word there. */
export function fishLines(commands: readonly CompletedCommand[]): readonly string[] {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return [
    'function __offshoot_at',
    '  set -l path',
    '  for word in (commandline -opc)[2..-1]',
    '    set -l longer (string trim -- "$path $word")',
    `    if contains -- "$longer" ${paths.map(quoted).join(' ')}`,
    '      set path "$longer"',
    '    end',
    '  end',
    '  test "$path" = "$argv[1]"',
    'end',
    'complete -c offshoot -f',
    ...commands.flatMap(commandLines),
  ];
}

function commandLines({ path, children, words, flags }: CompletedCommand): readonly string[] {
  const start = `complete -c offshoot -n ${quoted(`__offshoot_at "${path}"`)}`;
  return [
    ...children.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary)}`),
    ...(words.length === 0 ? [] : [`${start} -a ${quoted(words.join(' '))}`]),
    ...flags.map((flag) => `${start}${flagText(flag)} -d ${quoted(flag.summary)}`),
  ];
}

function flagText({ long, short, value }: CompletedFlag): string {
  const names = `${short === null ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`;
  switch (value.kind) {
    case 'none':
      return names;
    case 'words':
      return `${names} -x -a ${quoted(value.words.join(' '))}`;
    case 'path':
      return `${names} -r -F`;
    case 'anything':
      return `${names} -x`;
  }
}

/** Single quotes of fish, in which only `\` and `'` are special. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
