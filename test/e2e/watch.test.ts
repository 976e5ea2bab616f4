import { renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, chainOf, givenCompany, soon } from '../support/installation.ts';
import type { Command, Installation } from '../support/installation.ts';

/** `offshoot watch` over real repositories: environments come and go with their branches. */

let company: Installation;
let watch: Command;
beforeEach(async () => {
  company = await givenCompany();
  watch = startWatch();
});
afterEach(() => company.close());

function startWatch(): Command {
  return company.start('watch', '--interval', '300ms');
}

function living(): readonly string[] {
  return company
    .rows("SELECT branch FROM environments WHERE removed_at IS NULL AND name <> 'baseline'")
    .map(({ branch }) => String(branch));
}

/** The address of the environment once it is ready at a generation. */
async function readyAt(branch: string, generation: number): Promise<string> {
  const name = await soon(() => {
    const [row] = company.rows(
      'SELECT name FROM environments WHERE branch = ? AND removed_at IS NULL',
      branch,
    );
    expect(company.observed(String(row?.['name']))).toEqual({ isReady: true, generation });
    return String(row?.['name']);
  });
  const [row] = company.rows(
    "SELECT json_extract(status_json, '$.addresses[0].url') AS url FROM environments WHERE name = ? AND removed_at IS NULL",
    name,
  );
  return String(row?.['url']);
}

async function nothingRemains(): Promise<void> {
  await soon(() => expect(company.remains()).toEqual([]));
}

describe('watch', () => {
  it('brings a pushed branch up, redeploys only what a push changed, and goes once every repository has merged', async () => {
    company.push('feat/hello', 'greeter', 'one');
    company.push('feat/hello', 'gateway', 'one');
    company.push('topic/other', 'names', 'not followed');
    const url = await readyAt('feat/hello', 1);
    const first = await ask(url);
    expect(chainOf(first)).toBe('gateway:one → greeter:one → names:main');

    company.push('feat/hello', 'greeter', 'two');
    await soon(async () => expect(chainOf(await ask(url))).toContain('greeter:two'));
    const second = await ask(url);
    expect(second.pid).toBe(first.pid);
    expect(second.next?.next?.pid).toBe(first.next?.next?.pid);
    expect(living()).toEqual(['feat/hello']);

    company.repository('greeter').fastForward('feat/hello');
    await readyAt('feat/hello', 2);
    await looksOften();
    expect(living()).toEqual(['feat/hello']);
    company.repository('gateway').squashMerge('feat/hello');
    await nothingRemains();
    watch.signal('SIGTERM');
    expect((await watch.ended).code).toBe(0);
  });

  it('takes deleted branches away, but nothing while a repository cannot be reached', async () => {
    company.push('feat/gone', 'greeter', 'gone');
    company.push('feat/stays', 'greeter', 'stays');
    await readyAt('feat/gone', 1);
    await readyAt('feat/stays', 1);
    const { path } = company.repository('greeter');
    renameSync(path, `${path}.away`);
    await soon(() => expect(watch.stderr()).toContain('GIT_UNAVAILABLE'));
    await looksOften();
    expect(living().toSorted()).toEqual(['feat/gone', 'feat/stays']);
    renameSync(`${path}.away`, path);
    company.repository('greeter').deleteBranch('feat/gone');
    await soon(() => expect(living()).toEqual(['feat/stays']));
    company.repository('greeter').deleteBranch('feat/stays');
    await nothingRemains();
  });

  it('loses nothing when it is killed: what was pushed, merged or killed meanwhile is found by the next', async () => {
    company.push('feat/old', 'greeter', 'old');
    await readyAt('feat/old', 1);
    watch.signal('SIGKILL');
    await watch.ended;
    company.repository('greeter').merge('feat/old');
    company.repository('greeter').deleteBranch('feat/old');
    company.push('feat/new', 'greeter', 'new');
    company.killAgentOf('baseline');
    watch = startWatch();
    const url = await readyAt('feat/new', 1);
    await soon(async () =>
      expect(chainOf(await ask(url))).toBe('gateway:main → greeter:new → names:main'),
    );
    await soon(() => expect(living()).toEqual(['feat/new']));

    // An agent that dies while somebody watches is not missed for long.
    const [row] = company.rows(
      "SELECT name FROM environments WHERE branch = 'feat/new' AND removed_at IS NULL",
    );
    company.killAgentOf(String(row?.['name']));
    await soon(async () => expect(chainOf(await ask(url))).toContain('greeter:new'));
    company.repository('greeter').rebaseMerge('feat/new');
    await nothingRemains();
  });
});

/** As long as the watcher needs for several looks. */
async function looksOften(): Promise<void> {
  await new Promise((resolve) => void setTimeout(resolve, 1_500));
}
