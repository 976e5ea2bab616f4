import type { Argument, Command, Option } from 'commander';
import { EXIT_CODES, EXIT_MEANINGS } from '../../src/adapters/cli/exit-codes.ts';
import { createPaint } from '../../src/adapters/cli/paint.ts';
import { createProgram } from '../../src/adapters/cli/program.ts';
import type { CliServices } from '../../src/adapters/cli/services.ts';
import { recordedTerminal } from './terminal.ts';

/** `docs/cli.md`, made from the commands themselves. */

/** The program with services that nobody may ask: only its commands are looked at. */
export function programOf(): Command {
  const refuse = (): never => {
    throw new Error('a command was run that should only be looked at');
  };
  const services: CliServices = {
    version: '0.0.0',
    clock: { nowMs: refuse, sleep: refuse },
    settings: refuse,
    catalog: refuse,
    recordings: refuse,
    spans: refuse,
    installation: refuse,
    serve: refuse,
    controller: refuse,
    tap: refuse,
    doctor: refuse,
    reportToJunit: refuse,
    command: ['offshoot'],
    example: '',
  };
  const paint = createPaint(false);
  const { terminal } = recordedTerminal();
  return createProgram({
    services,
    terminal,
    paint,
    messagePaint: paint,
    signal: new AbortController().signal,
    exitCode: 0,
  });
}

const HEAD = `# The command line

Generated from the commands by \`npm run generate\`; do not edit. \`offshoot COMMAND --help\` says the same.

- Data goes to stdout, progress and messages to stderr: \`offshoot plan feat/coupon -o json > plan.json\` is a JSON
  file. What others build on is described in \`src/contract/\`; fields may be added, never renamed.
- Progress is a tree that is drawn again on a terminal, and plain lines elsewhere, when \`CI\` is set, and with
  \`TERM=dumb\`. \`NO_COLOR\` turns colours off; there are none in files and pipes.
- Durations are written like \`90s\`, \`5m\`, \`2h\`, \`7d\` or \`1h30m\`; \`0\` as a timeout means never.
- An environment is named by its own name or by its branch, everywhere.
- Flags that take names may be repeated, and take several with commas.
- A setting is taken from the flag, else from the environment variable, else from \`offshoot.yaml\`:
  \`--project\` and \`OFFSHOOT_PROJECT\`, \`--catalog\` and \`OFFSHOOT_CATALOG\`, \`--engine\` and \`OFFSHOOT_ENGINE\`,
  \`--context\` and \`OFFSHOOT_CONTEXT\`. State is kept in \`OFFSHOOT_HOME\`.
- Interrupting a command that waits ends the wait, not the work. A second interrupt ends the command at once.
`;

export function cliDocument(): string {
  const program = programOf();
  return [
    HEAD,
    exitCodeSection(),
    ...listed('## Flags of every command', optionItems(program)),
    ...commandSections(program, 'offshoot'),
  ].join('\n');
}

const COLUMNS_MAX = 110;

function exitCodeSection(): string {
  const items = Object.entries(EXIT_MEANINGS).flatMap(([exit, meaning]) => {
    const codes = Object.entries(EXIT_CODES)
      .filter(([, code]) => String(code) === exit)
      .map(([code]) => code);
    return [`- **${exit}**: ${meaning}`, ...wrapped(codes.join(', ')).map((line) => `  ${line}`)];
  });
  return [
    '## Exit codes',
    '',
    'With the [error codes](errors.md) that end a command so.',
    '',
    ...items,
    '',
  ].join('\n');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length === 0 || longer.length > COLUMNS_MAX) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function commandSections(parent: Command, path: string): readonly string[] {
  return parent.commands.flatMap((command) => {
    const name = `${path} ${command.name()}`;
    return command.commands.length > 0
      ? [groupSection(command, name), ...commandSections(command, name)]
      : [commandSection(command, name)];
  });
}

function groupSection(command: Command, name: string): string {
  const items = command.commands.map(
    (child) => `- \`${name} ${child.name()}\`: ${child.description()}`,
  );
  return [`## ${name}`, '', sentence(command.description()), '', ...items, ''].join('\n');
}

function commandSection(command: Command, name: string): string {
  return [
    `## ${name}`,
    '',
    sentence(command.description()),
    '',
    '```text',
    `${name} ${command.usage()}`,
    '```',
    '',
    ...listed('Arguments:', command.registeredArguments.map(argumentItem)),
    ...listed('Flags:', optionItems(command)),
    ...outputOf(command, name),
    ...afterHelp(command),
  ].join('\n');
}

function listed(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [title, '', ...items, ''];
}

function optionItems(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((option) => `- \`${option.flags}\`: ${option.description}${noteOf(option)}`);
}

function argumentItem(argument: Argument): string {
  const rest = argument.variadic ? '...' : '';
  const name = argument.required ? `<${argument.name()}${rest}>` : `[${argument.name()}${rest}]`;
  return `- \`${name}\`: ${argument.description}${noteOf(argument)}`;
}

function noteOf(of: Option | Argument): string {
  const { argChoices, defaultValueDescription } = of;
  const value = of.defaultValue as string | number | boolean | undefined;
  const isSwitch = 'isBoolean' in of && (of.isBoolean() || of.negate);
  const initially = defaultValueDescription ?? (isSwitch ? undefined : value);
  const notes = [
    ...(argChoices === undefined
      ? []
      : [`one of ${argChoices.map((word) => `\`${word}\``).join(', ')}`]),
    ...(initially === undefined ? [] : [`\`${String(initially)}\` unless told`]),
  ];
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}

/** What each command prints as JSON and YAML. */
const OUTPUTS: Readonly<Record<string, string>> = {
  up: 'the environment',
  list: '`{ "environments": [the environments] }`',
  status: 'the environment',
  plan: 'the plan; with `--explain` also `picks` and `findings`, as `offshoot explain`',
  explain:
    '`{ "picks": [which revision, by which rule], "findings": [which component changed, and why] }`',
  logs: '`{ "at", "stream", "text" }` a line',
  test: 'the report',
  report: 'the report',
  'baseline status': '`{ "baseline": an environment or null, "demands": { who: [components] } }`',
  'catalog lint': '`{ "diagnostics": [the mistakes] }`',
  'catalog graph': '`{ "components", "dependencies", "cycles" }`',
  'catalog what-depends-on': '`[{ "name", "witness": [the way to it] }]`',
  'catalog schema': 'a JSON Schema, draft 7',
  'calls decode': 'one call a line',
  'calls replay': 'the report',
  doctor:
    '`{ "findings": [{ "check", "outcome": "pass|warn|fail", "message", "code", "costs", "remedy" }] }`',
};

function outputOf(command: Command, name: string): readonly string[] {
  if (!command.options.some(({ long }) => long === '--output')) return [];
  const output = OUTPUTS[name.replace(/^offshoot /u, '')];
  if (output === undefined) throw new Error(`say in OUTPUTS what "${name}" prints`);
  return [`Prints as JSON and YAML: ${output}.`, ''];
}

/** Examples and exit codes, as `--help` prints them after the flags. */
function afterHelp(command: Command): readonly string[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  const after = help.slice(help.search(/^Examples?:$/mu));
  return after
    .trimEnd()
    .split('\n\n')
    .flatMap((paragraph) => {
      const [title = '', ...lines] = paragraph.split('\n');
      if (!/^Examples?:$/u.test(title)) return [paragraph, ''];
      const commands = lines.map((line) => line.replace(/^ {2}\$ /u, ''));
      return [title, '', '```sh', ...commands, '```', ''];
    });
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
