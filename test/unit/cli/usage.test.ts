import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandsOf } from '../../../src/adapters/cli/completion/command-tree.ts';
import { programOf } from '../../support/cli-document.ts';
import { COUPON, smallShop } from '../../support/cli-shop.ts';
import { CliStage } from '../../support/cli-stage.ts';

const ESCAPE = String.fromCodePoint(0x1b);

function stageOf(): CliStage {
  return new CliStage({ catalog: smallShop(), branches: COUPON });
}

const program: Command = programOf();
const PATHS = commandsOf(program)
  .map(({ path }) => path)
  .filter((path) => path !== '');

describe('offshoot', () => {
  it('prints its version alone, opening nothing', async () => {
    const stage = stageOf();
    expect(await stage.run(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    expect(await stage.run(['-V'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    expect(stage.opened).toEqual([]);
  });

  it('without a command says what there is, on stderr, and ends with 2', async () => {
    const { code, stdout, stderr } = await stageOf().run([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: offshoot [options] [command]');
  });

  it('suggests the command, subcommand or flag that was meant', async () => {
    const wrong = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await stageOf().run(args);
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await wrong('pln')).toBe(
      "USAGE: unknown command 'pln'\n(Did you mean plan?)\n(see --help)\n",
    );
    expect(await wrong('catalog', 'grpah')).toContain('Did you mean graph?');
    expect(await wrong('plan', '--isolatoin', 'full')).toContain('Did you mean --isolation?');
    expect(await wrong('up', 'a', 'b')).toContain('too many arguments');
    expect(await wrong('status')).toContain("missing required argument 'environment'");
  });

  it('shows what a person typed without obeying it', async () => {
    const { stderr } = await stageOf().run([`pl${ESCAPE}[2Jn`]);
    expect(stderr).not.toContain(ESCAPE);
    expect(stderr).toContain('\\x1b[2J');
  });

  it('colours nothing unless the stream may be coloured', async () => {
    const plain = await stageOf().run(['status', 'nothing']);
    expect(plain.stderr).not.toContain(ESCAPE);
    const coloured = await stageOf().run(['status', 'nothing'], { hasColour: true });
    expect(coloured.stderr).toContain(`${ESCAPE}[31mENVIRONMENT_NOT_FOUND`);
  });
});

describe('the help of', () => {
  it.each(PATHS)('%s is on stdout, ends with 0, and has an example', async (path) => {
    const { code, stdout, stderr } = await stageOf().run([...path.split(' '), '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: offshoot ${path}`, 'u'));
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ /u);
  });

  it.each(PATHS)('%s is the same by `help`', async (path) => {
    const words = path.split(' ');
    const asked = await stageOf().run([...words.slice(0, -1), 'help', ...words.slice(-1)]);
    expect(asked.stdout).toBe((await stageOf().run([...words, '--help'])).stdout);
  });

  it('the program lists every command', async () => {
    const { stdout } = await stageOf().run(['--help']);
    for (const path of PATHS.filter((each) => !each.includes(' '))) {
      expect(stdout).toMatch(new RegExp(`^ {2}${path} `, 'mu'));
    }
  });

  it('a command is no wider than the window', async () => {
    const { stdout } = await stageOf().run(['plan', '--help'], { columns: 60 });
    const flags = stdout.slice(0, stdout.indexOf('Examples:')).split('\n');
    expect(flags.every((line) => line.length <= 60)).toBe(true);
  });
});

describe('-o', () => {
  const PRINTING = commandsOf(program).filter(({ flags }) =>
    flags.some(({ long }) => long === '--output'),
  );

  it('is a flag of every command that prints data', () => {
    expect(PRINTING.map(({ path }) => path)).toEqual([
      'up',
      'list',
      'status',
      'plan',
      'explain',
      'logs',
      'test',
      'report',
      'baseline status',
      'catalog lint',
      'catalog graph',
      'catalog what-depends-on',
      'catalog schema',
      'calls decode',
      'calls replay',
      'doctor',
    ]);
  });

  it.each(PRINTING.map(({ path }) => path))(
    'of %s refuses another format before anything is done',
    async (path) => {
      const stage = stageOf();
      const { code, stderr } = await stage.run([...path.split(' '), 'a', '-o', 'xml']);
      expect(code).toBe(2);
      expect(stderr).toContain('json, yaml');
      expect(stage.opened).toEqual([]);
    },
  );
});
