import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedEngine } from '../../../src/adapters/embedded/embedded-engine.ts';
import { openState, type State } from '../../../src/adapters/sqlite/state.ts';
import { startChild } from '../../support/child-processes.ts';
import { doomedPlan, engineOver } from '../../support/embedded-child.ts';
import { driverOf, processesOf } from '../../support/embedded-stage.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

const AGENT = new URL('../../support/embedded-child.ts', import.meta.url).pathname;

let folder: TemporaryFolder;
let home: string;
let project: string;
let state: State;
let engine: EmbeddedEngine;

beforeEach(async () => {
  folder = await temporaryFolder();
  await chmod(folder.path, 0o711);
  home = join(folder.path, 'home');
  project = join(folder.path, 'project');
  for (const each of [home, project]) await mkdir(each);
  await writeFile(join(project, '001.sql'), 'CREATE TABLE things (id int)');
  state = openState(join(folder.path, 'state.db'));
  engine = engineOver(state, home, project);
});
afterEach(async () => {
  await engine.remove('doomed');
  await state.close();
  await folder.remove();
});

async function killedAgent(): Promise<void> {
  const agent = startChild(AGENT, [home, project, join(folder.path, 'state.db')]);
  await agent.line((line) => line === 'up' || line.startsWith('failed'));
  await agent.kill();
  expect(agent.lines).toEqual(['up']);
}

describe.runIf(process.platform === 'linux')('after kill -9 of an agent', () => {
  it('everything it left is ended, daemons and databases too, and nobody else', async () => {
    const bystander = spawn('sleep', ['60'], {
      cwd: project,
      env: { PATH: process.env['PATH'], OFFSHOOT_ENVIRONMENT: 'doomed' },
    });
    await killedAgent();
    const left = processesOf(home, 'doomed');
    // The service, its daemon, the worker, and the database with its children.
    expect(left.length).toBeGreaterThanOrEqual(6);
    await engine.recover('doomed');
    expect(processesOf(home, 'doomed')).toEqual([]);
    expect(await state.ledger.processesOf('doomed')).toEqual([]);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill('SIGKILL');
  });

  it('what died is to be applied again, what was done for good is not', async () => {
    await killedAgent();
    await engine.recover('doomed');
    const tasks = (await engine.observe('doomed')).map(({ task }) => task).toSorted();
    expect(tasks).toEqual(['migrate/orders-db', 'run/tax-rates']);
  });

  it('the next one carries on: the same ports, the same data', async () => {
    await killedAgent();
    const before = await state.ledger.portsOf('doomed');
    const [address] = await engine.addresses('doomed');
    await engine.recover('doomed');
    const observed = await driverOf(engine).drive(doomedPlan(engine));
    expect(observed.filter((each) => each.state !== 'Succeeded')).toEqual([]);
    expect(await state.ledger.portsOf('doomed')).toEqual(before);
    expect(await (await fetch(address?.url ?? '')).text()).toBe('alive');
    const log = await engine.logTail('doomed', 'orders-db', 100);
    expect(log.filter((line) => line.includes('ready to accept connections'))).toHaveLength(2);
  });

  it('removal by somebody else leaves nothing', async () => {
    await killedAgent();
    expect(await engine.remove('doomed')).toEqual({ left: [] });
    expect(processesOf(home, 'doomed')).toEqual([]);
    expect((await state.ledger.portsOf('doomed')).size).toBe(0);
    expect(await state.ledger.tasksOf('doomed')).toEqual([]);
  });
});
