import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The main job as a new user sees it: `bin/offshoot demo`, whole, and its first environment. */
export interface DemoBenchRow {
  readonly what: 'first environment ready' | 'whole demo';
  readonly medianS: number;
  readonly budgetS: number;
}

const RUNS = 3;
const PROGRAM = fileURLToPath(new URL('../../bin/offshoot', import.meta.url));

export function benchDemo(): readonly DemoBenchRow[] {
  const runs = Array.from({ length: RUNS }, runDemo);
  return [
    {
      what: 'first environment ready',
      medianS: medianOf(runs.map(({ readyS }) => readyS)),
      budgetS: 10,
    },
    { what: 'whole demo', medianS: medianOf(runs.map(({ wholeS }) => wholeS)), budgetS: 60 },
  ];
}

function runDemo(): { readonly readyS: number; readonly wholeS: number } {
  const ran = spawnSync(PROGRAM, ['demo'], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  const output = ran.stdout + ran.stderr;
  if (ran.status !== 0) throw new Error(`the demo ended with ${ran.status}:\n${output}`);
  return {
    readyS: secondsIn(output, /ready after ([\d.]+) s/u),
    wholeS: secondsIn(output, /the whole demo took ([\d.]+) s/u),
  };
}

function secondsIn(output: string, pattern: RegExp): number {
  const [, seconds] = pattern.exec(output) ?? [];
  if (seconds === undefined) throw new Error(`the demo says nothing like ${pattern}`);
  return Number(seconds);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
