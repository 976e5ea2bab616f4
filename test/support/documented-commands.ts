import { execFileSync } from 'node:child_process';
import { codeSpansOf, fencesOf } from './markdown.ts';

/** `offshoot …` in documents, held to what the program itself says it can do. */

/** `catalog lint` → its help; the program's own under the empty text. */
export type Helps = ReadonlyMap<string, string>;

/** The words after `offshoot`, up to the end of that command. */
export type Mention = readonly string[];

/** Code in these languages shows something else. */
const NOT_COMMANDS = new Set(['text', 'mermaid', 'js', 'ts', 'json', 'sql']);

/** The whole tree, found by asking each command for its own help. */
export function helpsOf(program: string, path: readonly string[] = []): Helps {
  const help = execFileSync(program, [...path, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', CI: '1' },
  });
  const listed = /\nCommands:\n(?<commands>(?: .*\n?)+)/u.exec(help)?.groups?.['commands'] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gmu)].map(([, name = '']) => name);
  const below = names
    .filter((name) => name !== 'help')
    .flatMap((name) => [...helpsOf(program, [...path, name])]);
  return new Map([[path.join(' '), help], ...below]);
}

export function mentionsIn(markdown: string): readonly Mention[] {
  const code = [
    ...fencesOf(markdown)
      .filter(({ language }) => !NOT_COMMANDS.has(language))
      .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n')),
    ...codeSpansOf(markdown),
  ];
  return code.flatMap((line) =>
    [...line.matchAll(/(?:^|[\s$(/])offshoot +([^|;&)`#>]+)/gu)].map(([, rest = '']) =>
      rest
        .trim()
        .split(/\s+/u)
        .filter((word) => word !== '…'),
    ),
  );
}

/** What is wrong with a mention, or null. */
export function problemOf(mention: Mention, helps: Helps): string | null {
  const globalHelp = helps.get('') ?? '';
  const words = withoutGlobalFlags(mention, globalHelp);
  const depth = depthOf(words, helps);
  const command = words.slice(0, depth).join(' ');
  const [next] = words.slice(depth);
  if (depth === 0 && next !== undefined && /^[a-z]/u.test(next)) return `no command "${next}"`;
  const help = `${helps.get(command) ?? ''}\n${globalHelp}`;
  const unknown = flagsOf(words.slice(depth)).filter((flag) => !isFlag(flag, help));
  return unknown.length === 0 ? null : `"${command}" has no flag ${unknown.join(', ')}`;
}

/** `--catalog FOLDER plan …` → `plan …`. */
function withoutGlobalFlags(mention: Mention, globalHelp: string): Mention {
  const [flag = '', , ...rest] = mention;
  const takesValue = new RegExp(`${flag} <`, 'u').test(globalHelp);
  return flag.startsWith('--') && takesValue ? withoutGlobalFlags(rest, globalHelp) : mention;
}

/** How many of the words name the command. */
function depthOf(words: Mention, helps: Helps): number {
  let depth = 0;
  while (depth < words.length && helps.has(words.slice(0, depth + 1).join(' '))) depth += 1;
  return depth;
}

function flagsOf(words: Mention): readonly string[] {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end))
    .filter((word) => /^--?[a-z]/iu.test(word))
    .map((flag) => flag.split('=')[0] ?? flag);
}

function isFlag(flag: string, help: string): boolean {
  return new RegExp(`(?:^|[\\s,])${flag}(?=[\\s,])`, 'mu').test(help);
}
