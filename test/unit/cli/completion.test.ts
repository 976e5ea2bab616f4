import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from '../../../src/adapters/cli/completion/command-tree.ts';
import { services } from '../../support/catalogs.ts';
import { programOf } from '../../support/cli-document.ts';
import { CliStage } from '../../support/cli-stage.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

const COMMANDS = commandsOf(programOf());

let folder: TemporaryFolder;
let script: string;

async function completionOf(shell: string): Promise<string> {
  const { code, stdout } = await new CliStage({ catalog: services({ a: [] }) }).run([
    'completion',
    shell,
  ]);
  expect(code).toBe(0);
  return stdout;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  script = join(folder.path, 'offshoot.bash');
  await writeFile(script, await completionOf('bash'));
  await writeFile(join(folder.path, 'catalog.yaml'), '');
});
afterAll(() => folder.remove());

/** What a real bash offers when the tab key is pressed after these words; the last may be empty. */
function offered(...words: readonly string[]): readonly string[] {
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      'source "$0"; COMP_WORDS=(offshoot "$@"); COMP_CWORD=$#; _offshoot; printf "%s\\n" "${COMPREPLY[@]}"',
      script,
      ...words,
    ],
    { encoding: 'utf8', cwd: folder.path },
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

describe.each(['bash', 'zsh', 'fish'])('the completion of %s', (shell) => {
  it('has every command and every flag', async () => {
    const text = await completionOf(shell);
    const flags = new Set(COMMANDS.flatMap((command) => command.flags.map(({ long }) => long)));
    expect(flags.size).toBeGreaterThan(20);
    for (const { path } of COMMANDS.slice(1)) expect(text).toContain(path);
    for (const flag of flags) {
      expect(text).toMatch(
        shell === 'fish'
          ? new RegExp(`-l ${flag.slice(2)}( |$)`, 'mu')
          : new RegExp(`[" ]${flag}[" ]`, 'u'),
      );
    }
  });
});

describe('the completion of bash', () => {
  it.each(COMMANDS.map(({ path, ...command }) => ({ path, command })))(
    'offers what "$path" knows',
    ({ path, command }) => {
      const words = path === '' ? [] : path.split(' ');
      expect(offered(...words, '')).toEqual([
        ...command.children.map(({ name }) => name),
        ...command.words,
      ]);
      const flags = command.flags.flatMap(({ short, long }) =>
        short === null ? [long] : [short, long],
      );
      expect(offered(...words, '-')).toEqual(flags);
    },
  );

  it('finishes words that are begun', () => {
    expect(offered('ba')).toEqual(['baseline']);
    expect(offered('catalog', 'what')).toEqual(['what-depends-on']);
    expect(offered('up', '--iso')).toEqual(['--isolation']);
  });

  it('knows the values of flags', () => {
    expect(offered('plan', '-o', '')).toEqual(['table', 'json', 'yaml', 'dot', 'mermaid']);
    expect(offered('catalog', 'graph', '--output', 'm')).toEqual(['mermaid']);
    expect(offered('up', 'feat/coupon', '--isolation', '')).toEqual(['path', 'full']);
    expect(offered('list', '--project', 'cat')).toEqual(['catalog.yaml']);
    expect(offered('up', '--timeout', '')).toEqual([]);
  });

  it('is not led astray by values and arguments that are called like commands', () => {
    expect(offered('--project', 'up', 'catalog', '')).toContain('lint');
    expect(offered('status', 'down', '--o')).toEqual(['--output']);
    expect(offered('up', 'feat/coupon', '-o', 'json', '--wa')).toEqual(['--wait']);
  });

  it('leaves what stands after -- alone', () => {
    expect(offered('exec', 'feat/coupon', 'cart', '--', '-')).toEqual([]);
  });
});

describe('offshoot completion', () => {
  it('refuses another shell', async () => {
    const { code, stderr } = await new CliStage({ catalog: services({ a: [] }) }).run([
      'completion',
      'tcsh',
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('bash, zsh, fish')]);
  });
});
