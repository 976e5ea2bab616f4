import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CliStage } from '../support/cli-stage.ts';
import { services } from '../support/catalogs.ts';

/** `docs/cli.md` against what `--help` really prints, both ways. */

const DOCUMENT = readFileSync('docs/cli.md', 'utf8');

interface Described {
  /** `-o, --output <format>`; sorted. */
  readonly flags: readonly string[];
  /** `<environment>`, `[suite]`; in order. */
  readonly arguments: readonly string[];
  readonly examples: readonly string[];
}

const helped = new Map<string, Described>();
const documented = documentedCommands();
let globalFlags: readonly string[];

beforeAll(async () => {
  const help = await helpOf([]);
  globalFlags = flagsIn(help, 'Options');
  for (const name of commandsIn(help)) await visit([name]);
});

async function visit(path: readonly string[]): Promise<void> {
  const help = await helpOf(path);
  const children = commandsIn(help);
  if (children.length === 0) {
    const usage = /^Usage: offshoot (.*)$/mu.exec(help)?.[1] ?? '';
    helped.set(path.join(' '), {
      flags: flagsIn(help, 'Options'),
      arguments: usage.split(' ').filter((word) => /^[<[]/u.test(word) && word !== '[options]'),
      examples: [...help.matchAll(/^ {2}\$ (.*)$/gmu)].map(([, line = '']) => line),
    });
  }
  for (const child of children) await visit([...path, child]);
}

async function helpOf(path: readonly string[]): Promise<string> {
  const stage = new CliStage({ catalog: services({ a: [] }) });
  const { stdout } = await stage.run([...path, '--help'], { columns: 100 });
  return stdout;
}

/** The lines of one section of a help text. */
function sectionOf(help: string, title: string): readonly string[] {
  const lines = help.split('\n');
  const start = lines.indexOf(`${title}:`);
  if (start === -1) return [];
  const end = lines.indexOf('', start);
  return lines.slice(start + 1, end === -1 ? undefined : end);
}

function commandsIn(help: string): readonly string[] {
  return sectionOf(help, 'Commands')
    .map((line) => /^ {2}(\S+)/u.exec(line)?.[1] ?? '')
    .filter((name) => name !== '' && name !== 'help');
}

function flagsIn(help: string, title: string): readonly string[] {
  return sectionOf(help, title)
    .map((line) => /^ {2}(-.*?)(?: {2}|$)/u.exec(line)?.[1] ?? '')
    .filter((flag) => flag !== '' && flag !== '-h, --help')
    .toSorted();
}

function documentedCommands(): ReadonlyMap<string, Described> {
  const sections = DOCUMENT.split(/^## /mu).filter((section) => section.startsWith('offshoot '));
  return new Map(
    sections
      .filter((section) => section.includes('```text\n'))
      .map((section) => [/^offshoot (.*)$/mu.exec(section)?.[1] ?? '', describedIn(section)]),
  );
}

function describedIn(section: string): Described {
  const items = [...section.matchAll(/^- `([^`]+)`/gmu)].map(([, item = '']) => item);
  return {
    flags: items.filter((item) => item.startsWith('-')).toSorted(),
    arguments: items.filter((item) => !item.startsWith('-')),
    examples: [...section.matchAll(/^```sh\n([\s\S]*?)^```/gmu)].flatMap(([, lines = '']) =>
      lines.trimEnd().split('\n'),
    ),
  };
}

describe('docs/cli.md', () => {
  it('looks at more than a few commands', () => {
    expect(helped.size).toBeGreaterThan(18);
  });

  it('has every command, and none that does not exist', () => {
    expect([...documented.keys()].toSorted()).toEqual([...helped.keys()].toSorted());
  });

  it('has every flag of every command, and none that does not exist', () => {
    for (const [name, { flags }] of helped) {
      expect({ name, flags: documented.get(name)?.flags }).toEqual({ name, flags });
    }
  });

  it('has the flags that every command takes', () => {
    const section = DOCUMENT.split(/^## /mu).find((each) => each.startsWith('Flags of every'));
    expect(describedIn(section ?? '').flags).toEqual(globalFlags);
  });

  it('has every argument of every command, in order', () => {
    for (const [name, described] of helped) {
      expect({ name, arguments: documented.get(name)?.arguments }).toEqual({
        name,
        arguments: described.arguments,
      });
    }
  });

  it('has the examples of every command', () => {
    for (const [name, { examples }] of helped) {
      expect(examples).not.toEqual([]);
      expect({ name, examples: documented.get(name)?.examples }).toEqual({ name, examples });
    }
  });

  it('lists every exit code once', () => {
    const listed = [...DOCUMENT.matchAll(/^- \*\*(\d)\*\*: /gmu)].map(([, code]) => Number(code));
    expect(listed).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
