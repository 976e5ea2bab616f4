import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentListDocumentSchema } from '../../src/contract/environment-document.ts';
import { CHECKS, COMPANY } from '../support/company.ts';
import { addressOf, ask, chainOf, givenCompany, soon } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';

/** `kill -9` of every kind of process of Offshoot at many moments; what is left is looked at, not asked for. */

let company: Installation;
beforeEach(async () => {
  company = await givenCompany();
});
afterEach(() => company.close());

/** The next command finds what was half done. */
async function list(): Promise<readonly string[]> {
  const { json } = await company.fine('list', '-o', 'json');
  return json(environmentListDocumentSchema).environments.map(({ branch }) => branch);
}

async function isReady(name: string): Promise<void> {
  await soon(() => expect(company.observed(name)?.isReady).toBe(true));
}

async function nothingRemains(): Promise<void> {
  await soon(() => expect(company.remains()).toEqual([]));
}

async function downToNothing(branch: string): Promise<void> {
  await company.fine('down', branch);
  await nothingRemains();
}

describe('a killed `up`', () => {
  const moments: Readonly<Record<string, (branch: string) => boolean>> = {
    'the state has begun': () => existsSync(join(company.home, 'state.db')),
    'repositories are fetched': () => existsSync(join(company.home, 'mirrors')),
    'the baseline was asked for': () => company.rows('SELECT * FROM demands').length > 0,
    'the environment was accepted': (branch) => nameOf(branch) !== null,
    'the agent lives': (branch) => company.agentOf(nameOf(branch) ?? '') !== null,
  };

  it.each(Object.entries(moments))(
    'is nothing, or an environment that becomes ready by itself: when %s',
    async (moment, hasCome) => {
      const branch = 'feat/hello';
      company.push(branch, 'greeter', moment);
      const up = company.start('up', branch);
      while (!hasCome(branch)) await sleep(1);
      up.signal('SIGKILL');
      await up.ended;
      const name = nameOf(branch);
      expect(await list()).toEqual(name === null ? [] : [branch]);
      await (name === null ? nothingRemains() : isReady(name));
      const environment = await company.up(branch);
      expect(chainOf(await ask(addressOf(environment)))).toBe(
        `gateway:main → greeter:${moment} → names:main`,
      );
      await downToNothing(branch);
    },
  );
});

describe('a killed agent', () => {
  it('of a ready environment is replaced by the next command, at the same addresses', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    const before = await company.up('feat/hello');
    const ports = company.recordedPorts();
    const told = await ask(addressOf(before));

    company.killAgentOf(before.name);
    await expect(soon(() => ask(addressOf(before)), 500)).rejects.toThrow('ECONNREFUSED');
    expect(await list()).toEqual(['feat/hello']);
    const again = await soon(() => ask(addressOf(before)));
    expect(chainOf(again)).toBe(chainOf(told));
    expect(again.pid).not.toBe(told.pid);
    expect(again.next?.next?.pid, 'the baseline is not touched').toBe(told.next?.next?.pid);
    for (const pid of [told.pid, told.next?.pid ?? 0])
      expect(company.processes()).not.toContain(pid);
    await isReady(before.name);
    expect(company.recordedPorts()).toEqual(ports);
    await downToNothing('feat/hello');
  });

  it('of the baseline is replaced by the next command, for everybody who uses it', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    const environment = await company.up('feat/hello');
    const told = await ask(addressOf(environment));
    company.killAgentOf('baseline');
    await list();
    const again = await soon(async () => {
      const answer = await ask(addressOf(environment));
      expect(answer.next?.next?.pid).toBeTypeOf('number');
      expect(answer.next?.next?.pid).not.toBe(told.next?.next?.pid);
      return answer;
    });
    expect(chainOf(again)).toBe(chainOf(told));
    expect(again.next?.pid, 'the environment is not touched').toBe(told.next?.pid);
    await downToNothing('feat/hello');
  });

  it('in the middle of a deployment is replaced, whenever it was killed', async () => {
    const branch = 'feat/hello';
    for (const delayMs of [0, 100, 250]) {
      company.push(branch, 'greeter', `after-${delayMs}`);
      await company.fine('up', branch, '--no-wait');
      await sleep(delayMs);
      const name = nameOf(branch) ?? '';
      company.killAgentOf(name);
      expect(await list()).toEqual([branch]);
      await isReady(name);
      const environment = await company.up(branch);
      expect(chainOf(await ask(addressOf(environment)))).toContain(`greeter:after-${delayMs}`);
    }
    await downToNothing(branch);
  });

  it('in the middle of a removal is replaced until nothing is left, whenever it was killed', async () => {
    for (const delayMs of [0, 50, 120]) {
      const branch = `feat/after-${delayMs}`;
      company.push(branch, 'greeter', 'leaving');
      const { name } = await company.up(branch);
      await company.fine('down', branch, '--no-wait');
      await sleep(delayMs);
      if (company.agentOf(name) !== null) company.killAgentOf(name);
      expect([[], [branch]]).toContainEqual(await list());
      await nothingRemains();
    }
  });

  it('at the very end of a removal leaves nothing to the next command', async () => {
    for (const table of ['tasks', 'environments']) {
      company.push('feat/hello', 'greeter', table);
      const { name } = await company.up('feat/hello');
      const agent = company.agentOf(name) ?? 0;
      const down = company.start('down', 'feat/hello');
      const sql =
        table === 'tasks'
          ? 'SELECT * FROM tasks WHERE environment = ?'
          : 'SELECT * FROM environments WHERE name = ? AND removed_at IS NULL';
      while (company.rows(sql, name).length > 0) await sleep(0);
      process.kill(agent, 'SIGKILL');
      expect((await down.ended).code).toBe(0);
      await list();
      await nothingRemains();
    }
  });

  it('in the middle of a test run is replaced, and the run begins anew for who waits for it', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    company.push('feat/hello', 'checks', {
      'slow.mjs': "await new Promise((go) => setTimeout(go, 800)); await import('./main.mjs');",
    });
    company.describe({
      ...COMPANY,
      checks: { ...CHECKS, spec: { ...CHECKS.spec, command: ['node', 'slow.mjs'] } },
    });
    const { name } = await company.up('feat/hello');
    const test = company.start('test', 'feat/hello');
    await soon(() =>
      expect(company.rows("SELECT * FROM test_runs WHERE state = 'running'")).toHaveLength(1),
    );
    company.killAgentOf(name);
    expect(await test.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('interrupted and started again') as string,
    });
  });

  it('does not leave a waiting command alone', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    const up = company.start('up', 'feat/hello');
    const name = 'feat-hello-';
    await soon(() => expect(agentNames().some((one) => one.startsWith(name))).toBe(true));
    const environment = agentNames().find((one) => one.startsWith(name)) ?? '';
    company.killAgentOf(environment);
    expect((await up.ended).code).toBe(0);
    const down = company.start('down', 'feat/hello');
    await soon(() =>
      expect(company.rows("SELECT * FROM environments WHERE desired = 'removed'")).not.toEqual([]),
    );
    if (company.agentOf(environment) !== null) company.killAgentOf(environment);
    expect((await down.ended).code).toBe(0);
    await nothingRemains();
  });
});

describe('everything at once', () => {
  it('killed comes back with the next command, at the same addresses', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    const environment = await company.up('feat/hello');
    const before = chainOf(await ask(addressOf(environment)));
    const victims = company.processes();
    expect(victims.length).toBeGreaterThanOrEqual(5);
    company.killAll();
    expect(await list()).toEqual(['feat/hello']);
    await soon(async () => expect(chainOf(await ask(addressOf(environment)))).toBe(before));
    await downToNothing('feat/hello');
  });

  it('ends by itself when somebody removes the state folder', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    await company.up('feat/hello');
    // The agents still write into it while it goes.
    rmSync(company.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    await soon(() => expect(company.processes()).toEqual([]));
  });
});

function agentNames(): readonly string[] {
  return company
    .rows('SELECT environment FROM leases')
    .map(({ environment }) => String(environment));
}

function nameOf(branch: string): string | null {
  const [row] = company.rows(
    'SELECT name FROM environments WHERE branch = ? AND removed_at IS NULL',
    branch,
  );
  return row === undefined ? null : String(row['name']);
}
