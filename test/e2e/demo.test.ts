import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processHost } from '../../src/adapters/embedded/processes/process-host.ts';
import { PROGRAM } from '../support/installation.ts';
import { pack } from '../support/pack.ts';

/** What a new user does first, from the checkout and from the installed package, whatever their machine has. */

/** For slow disks, networks and busy machines; how long it takes is measured by `npm run bench -- demo`. */
const PATIENCE_MS = 300_000;
/** No command outlives its test. */
const COMMAND_LIMIT_MS = 120_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offshoot-e2e-'));
  // As root, databases run as another user, who must come by here.
  chmodSync(folder, 0o711);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

async function run(
  command: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly variables?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const [program, ...args] = command;
  const { PATH, HOME, LANG } = process.env;
  const child = spawn(program, args, {
    cwd: options.cwd ?? folder,
    env: { PATH, HOME, LANG, NO_COLOR: '1', ...options.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_LIMIT_MS,
  });
  let output = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  child.stderr.on('data', (part: Buffer) => (output += part.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

interface RanDemo extends Ran {
  readonly left: readonly string[];
  /** All that it said, if it failed. */
  readonly told: readonly string[];
}

/** Runs the demo with a folder of its own for temporary files, and looks at what is left. */
async function runDemo(program: string): Promise<RanDemo> {
  const temporary = mkdtempSync(join(folder, 'demo-'));
  chmodSync(temporary, 0o711);
  const ran = await run([program, 'demo'], { variables: { TMPDIR: temporary } });
  const host = processHost();
  const processes = (): readonly string[] =>
    host
      .table()
      .filter(({ isZombie, pid }) => !isZombie && host.hasVariables(pid, [`TMPDIR=${temporary}`]))
      .map(({ pid }) => `process ${pid}`);
  const left = [...processes(), ...readdirSync(temporary)];
  rmSync(temporary, { recursive: true, force: true });
  return { ...ran, left, told: ran.code === 0 ? [] : ran.output.split('\n') };
}

const STORY: Readonly<Record<string, RegExp>> = {
  'the environment is ready': /^ {2}ready after \d+\.\d s$/mu,
  'promotions is red': /^● promotions {2}http\.500$/mu,
  'the change did it': /^ {2}origin +change/mu,
  'pricing is its victim': /^○ .*\bpricing\b/mu,
  'checkout is its victim': /^○ .*\bcheckout\b/mu,
  'gateway is its victim': /^○ .*\bgateway\b/mu,
  'the developer mends it': /The developer mends it/u,
  'the tests are green': /passed, 0 of 5 cases failed/u,
  'the branch is merged': /feat\/coupon: merged or deleted, torn down/u,
  'the other one too': /feat\/express: merged or deleted, torn down/u,
  'nothing is left': /no environment, no process, no port and no folder is left/u,
};

/** The parts of the story that the output tells, each before or after the mending, where it belongs. */
function storyIn(output: string): readonly string[] {
  const mendedAt = output.indexOf('The developer mends it');
  const [before, after] = [output.slice(0, mendedAt), output.slice(mendedAt)];
  const isLate = Object.keys(STORY).indexOf('the developer mends it');
  return Object.entries(STORY)
    .filter(([, pattern], index) => pattern.test(index < isLate ? before : after))
    .map(([part]) => part);
}

describe('bin/offshoot', () => {
  it('runs from any folder and through links, also chains of relative ones', async () => {
    const links = join(folder, 'links');
    mkdirSync(join(links, 'deep'), { recursive: true });
    symlinkSync(PROGRAM, join(links, 'first'));
    symlinkSync('../first', join(links, 'deep', 'second'));
    for (const program of [PROGRAM, join(links, 'first'), join(links, 'deep', 'second')]) {
      const { code, output } = await run([program, '--version'], { cwd: '/' });
      expect({ code, output }).toEqual({ code: 0, output: '0.1.0\n' });
    }
    const { PATH = '' } = process.env;
    const found = await run(['offshoot', '--version'], {
      cwd: join(links, 'deep'),
      variables: { PATH: `${dirname(PROGRAM)}${delimiter}${PATH}` },
    });
    expect(found).toMatchObject({ code: 0, output: '0.1.0\n' });
  });

  it('takes the Node of its packages, however old the one of the machine is, and needs no HOME', async () => {
    const bin = join(folder, 'old-node');
    mkdirSync(bin);
    writeFileSync(join(bin, 'node'), '#!/bin/sh\necho v12.0.0\nexit 1\n', { mode: 0o755 });
    const variables = { PATH: `${bin}${delimiter}/usr/bin${delimiter}/bin` };
    const ran = await run([PROGRAM, '--version'], { variables });
    expect(ran).toMatchObject({ code: 0, output: '0.1.0\n' });
    const homeless = await run([PROGRAM, '--version'], {
      variables: { ...variables, HOME: undefined },
    });
    expect(homeless).toMatchObject({ code: 0, output: '0.1.0\n' });
  });
});

describe('the demo', () => {
  it(
    'tells its whole story and leaves nothing',
    async () => {
      const { code, output, left, told } = await runDemo(PROGRAM);
      expect(storyIn(output)).toEqual(Object.keys(STORY));
      expect({ code, left, told }).toEqual({ code: 0, left: [], told: [] });
    },
    PATIENCE_MS,
  );

  it(
    'tells it from the installed package too',
    async () => {
      const tarball = await pack(join(folder, 'packed'));
      const place = join(folder, 'installed');
      mkdirSync(place);
      const installed = await run(
        ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball],
        { cwd: place },
      );
      expect(installed).toMatchObject({ code: 0 });
      const program = join(place, 'node_modules', '.bin', 'offshoot');
      expect(await run([program, '--version'])).toMatchObject({ code: 0, output: '0.1.0\n' });
      const { code, output, left, told } = await runDemo(program);
      expect(storyIn(output)).toEqual(Object.keys(STORY));
      expect({ code, left, told }).toEqual({ code: 0, left: [], told: [] });
    },
    PATIENCE_MS,
  );
});
