import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stepsOf, Walkthrough } from '../support/walkthrough.ts';

/** The tutorial, read by a machine that does exactly what it says. */

const ROOT = new URL('../..', import.meta.url).pathname;
const TIMEOUT_MS = 180_000;
const GONE_MS = 15_000;

let root: string;
let walkthrough: Walkthrough;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'offshoot-tutorial-')));
  await chmod(root, 0o711);
  walkthrough = new Walkthrough(root, join(ROOT, 'bin'));
});

afterEach(async () => {
  await walkthrough.end(0);
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

describe('the tutorial', () => {
  it(
    'works as it stands, prints what it shows, and leaves no process',
    { timeout: TIMEOUT_MS },
    async () => {
      const steps = stepsOf(readFileSync(join(ROOT, 'docs', 'tutorial.md'), 'utf8'));
      const commands = steps.filter(({ kind }) => kind === 'command');
      const outputs = steps.filter(({ kind }) => kind === 'output');
      const files = steps.filter(({ kind }) => kind === 'file');
      expect(commands.length).toBeGreaterThan(20);
      expect(outputs.length).toBeGreaterThan(2);
      expect(files.length).toBeGreaterThan(5);

      for (const step of steps) await walkthrough.take(step);

      expect(await walkthrough.end(GONE_MS)).toEqual([]);
    },
  );
});
