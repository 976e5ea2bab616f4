import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stepsOf, Walkthrough, type Step } from '../support/walkthrough.ts';

/** The tutorial and the guides, read by a machine that does exactly what they say. */

const ROOT = new URL('../..', import.meta.url).pathname;
const TIMEOUT_MS = 180_000;
const GONE_MS = 60_000;

let root: string;
let walkthrough: Walkthrough;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'offshoot-tutorial-')));
  // As root, databases run as another user, who must come by here.
  await chmod(root, 0o711);
  walkthrough = new Walkthrough(root, join(ROOT, 'bin'));
});

afterEach(async () => {
  await walkthrough.end(0);
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

function stepsIn(document: string): readonly Step[] {
  return stepsOf(readFileSync(join(ROOT, 'docs', document), 'utf8'));
}

function countOf(steps: readonly Step[], kind: Step['kind']): number {
  return steps.filter((step) => step.kind === kind).length;
}

/** Guides that bring files have a story of their own; the others show commands for the reader's. */
const guides = readdirSync(join(ROOT, 'docs', 'how-to'))
  .map((name) => join('how-to', name))
  .filter((document) => countOf(stepsIn(document), 'file') > 0);

describe('a document with files', () => {
  it.each(['tutorial.md', ...guides])(
    '%s works as it stands, prints what it shows, and leaves no process',
    { timeout: TIMEOUT_MS },
    async (document) => {
      const steps = stepsIn(document);
      expect(countOf(steps, 'command')).toBeGreaterThan(1);
      for (const step of steps) await walkthrough.take(step);
      expect(await walkthrough.end(GONE_MS)).toEqual([]);
    },
  );

  it('is the tutorial, with all its parts, and not a few of the guides', () => {
    const steps = stepsIn('tutorial.md');
    expect(countOf(steps, 'command')).toBeGreaterThan(20);
    expect(countOf(steps, 'output')).toBeGreaterThan(2);
    expect(countOf(steps, 'file')).toBeGreaterThan(5);
    expect(guides.length).toBeGreaterThanOrEqual(4);
  });
});
