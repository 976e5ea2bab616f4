import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processHost } from '../../../src/adapters/embedded/processes/process-host.ts';
import type { SuiteOrder } from '../../../src/application/ports/engine.ts';
import type { Component, TestSuite } from '../../../src/domain/catalog/component.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Revision } from '../../../src/domain/revision/revision.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import {
  driverOf,
  embeddedStage,
  script,
  service,
  type EmbeddedStage,
} from '../../support/embedded-stage.ts';
import { planOf } from '../../support/plans.ts';

let stage: EmbeddedStage;

beforeEach(async () => {
  stage = await embeddedStage();
});
afterEach(() => stage.close());

const REVISION: Revision = { repository: 'e2e.git', sha: 'a'.repeat(40), branch: 'main' };

function worktree(): string {
  return join(stage.home, '..', 'worktrees', `${REVISION.repository}-${REVISION.sha}`);
}

function suite(text: string, more: Partial<TestSuite> = {}): TestSuite {
  return {
    name: 'e2e',
    entry: 'gateway',
    command: ['node', '-e', text],
    environment: [
      { name: 'SHOP_URL', value: { kind: 'template', template: '${entry.url}' } },
      { name: 'AT', value: { kind: 'template', template: '${entry.host}:${entry.port}' } },
      { name: 'SHA', value: { kind: 'template', template: '${revision.short}' } },
    ],
    timeoutMs: 20_000,
    junit: 'out/junit.xml',
    safeOnBaseline: true,
    location: { file: 'suite.yaml', line: 1, column: 1 },
    ...more,
  };
}

async function up(environment: string): Promise<Plan> {
  const driver = driverOf(stage.engine);
  const plan = driver.plan(environment, [service({ name: 'gateway', expose: true })]);
  await driver.drive(plan);
  return plan;
}

function order(plan: Plan, tested: TestSuite, more: Partial<SuiteOrder> = {}): SuiteOrder {
  return {
    plan,
    suite: tested,
    revision: REVISION,
    runId: `run-${plan.environment}`,
    target: 'environment',
    ...more,
  };
}

const WRITES_JUNIT = `
  const fs = require('node:fs');
  fs.mkdirSync('out', { recursive: true });
  const { SHOP_URL, OFFSHOOT_ENTRY_URL, OFFSHOOT_ENVIRONMENT, AT, SHA } = process.env;
  console.log('told', SHOP_URL === OFFSHOOT_ENTRY_URL, 'http://' + AT === SHOP_URL, SHA);
  fetch(SHOP_URL).then((response) => response.json()).then(({ env }) => {
    fs.writeFileSync('out/junit.xml', '<testsuite name="' + OFFSHOOT_ENVIRONMENT + '-' + env.OFFSHOOT_ENVIRONMENT + '"/>');
  });
`;

describe('a test suite', () => {
  it('is told where its entry is and gives its JUnit file', async () => {
    const plan = await up('one');
    const result = await stage.engine.runSuite(order(plan, suite(WRITES_JUNIT)));
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
    expect(result.output).toEqual(['told true true aaaaaaa']);
    expect(result.junit).toBe('<testsuite name="one-one"/>');
    const log = await stage.engine.logTail('one', 'test/run-one', 10);
    expect(log).toEqual(['told true true aaaaaaa']);
  });

  it('never gives the JUnit file of an earlier run', async () => {
    const plan = await up('one');
    await stage.engine.runSuite(order(plan, suite(WRITES_JUNIT)));
    const result = await stage.engine.runSuite(order(plan, suite('process.exit(1)')));
    expect(result).toMatchObject({ exitCode: 1, junit: null });
  });

  it('does not meet the files of the same suite in another environment', async () => {
    const [one, two] = [await up('one'), await up('two')];
    const slow = suite(`setTimeout(() => {}, 300); ${WRITES_JUNIT}`);
    const results = await Promise.all(
      [one, two].map((plan) => stage.engine.runSuite(order(plan, slow))),
    );
    expect(results.map(({ junit }) => junit)).toEqual([
      '<testsuite name="one-one"/>',
      '<testsuite name="two-two"/>',
    ]);
    expect(readdirSync(join(stage.home, 'environments', 'two', 'tests'))).toEqual([]);
  });

  it('refuses a JUnit path that leads out of its folder', async () => {
    const plan = await up('one');
    const outside = suite('', { junit: '../../stolen.xml' });
    await expect(stage.engine.runSuite(order(plan, outside))).rejects.toMatchObject({
      code: 'TEST_SUITE_FAILED_TO_RUN',
    });
  });

  it('ends with everything it started, when it is cancelled', async () => {
    const plan = await up('one');
    const endless = suite(`
      const { pid } = require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      console.log(pid);
      setInterval(() => {}, 1000);
    `);
    const cancel = new AbortController();
    const run = stage.engine.runSuite(order(plan, endless, { signal: cancel.signal }));
    setTimeout(() => cancel.abort(), 700);
    const result = await run;
    expect(result).toMatchObject({ exitCode: null, timedOut: false });
    const daemon = Number(result.output[0]);
    expect(daemon).toBeGreaterThan(1);
    expect(processHost().entry(daemon)?.isZombie ?? true).toBe(true);
  });

  it('ends when its environment is removed', async () => {
    const plan = await up('one');
    const run = stage.engine.runSuite(order(plan, suite('setInterval(() => {}, 1000)')));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await stage.engine.remove('one')).toEqual({ left: [] });
    expect(await run).toMatchObject({ exitCode: null });
    expect(existsSync(join(stage.home, 'environments', 'one'))).toBe(false);
  });

  it('against the baseline reaches the entry of the baseline', async () => {
    const plan = await up('one');
    await up('baseline');
    const result = await stage.engine.runSuite(
      order(plan, suite(WRITES_JUNIT), { target: 'baseline' }),
    );
    expect(result.junit).toBe('<testsuite name="one-baseline"/>');
  });

  it('of an entry that the environment does not know says so', async () => {
    const plan = await up('one');
    const lost = suite('', { entry: 'nowhere' });
    await expect(stage.engine.runSuite(order(plan, lost))).rejects.toThrow(
      'the entry "nowhere" of suite "e2e" is neither in the environment nor used by it',
    );
  });
});

describe('a build', () => {
  const buildsOnce = (name: string): Component =>
    component({
      name,
      type: 'job',
      source: { repository: 'e2e.git', paths: ['.'] },
      embedded: {
        command: ['node', '-e', 'console.log("ran")'],
        build: ['sh', '-c', 'echo building; sleep 0.3; echo built >> count'],
      },
    });

  function planned(environment: string, made: Component): Plan {
    return planOf(catalogOf([made]), {
      environment,
      picks: { [made.name]: REVISION },
    });
  }

  it('runs once for a worktree, though two environments ask at once', async () => {
    const driver = driverOf(stage.engine);
    const plans = ['one', 'two'].map((name) => planned(name, buildsOnce('rates')));
    await Promise.all(plans.map((plan) => driver.drive(plan)));
    for (const name of ['one', 'two']) {
      const states = (await stage.engine.observe(name)).map(
        ({ task, state }) => `${task} ${state}`,
      );
      expect(states).toContain('build/rates Succeeded');
      expect(states).toContain('run/rates Succeeded');
    }
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(join(worktree(), 'count'), 'utf8')).toBe('built\n');
    expect(readdirSync(worktree()).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('goes on when whoever was building is dead', async () => {
    await mkdir(worktree(), { recursive: true });
    const dead = { pid: 2 ** 22 - 1, startTime: '1', bootId: 'another boot' };
    await writeFile(join(worktree(), '.offshoot-build.lock'), JSON.stringify(dead));
    await driverOf(stage.engine).drive(planned('one', buildsOnce('rates')));
    expect(existsSync(join(worktree(), 'count'))).toBe(true);
  });

  it('that fails shows its last words and keeps its component from starting', async () => {
    const broken = component({
      ...buildsOnce('rates'),
      dependencies: [],
      embedded: {
        ...script('0'),
        build: ['sh', '-c', 'echo cannot find symbol >&2; exit 2'],
      },
    });
    await driverOf(stage.engine).drive(planned('one', broken));
    const seen = await stage.engine.observe('one');
    expect(seen.find(({ task }) => task === 'build/rates')).toMatchObject({
      state: 'Failed',
      code: 'BUILD_FAILED',
      evidence: 'cannot find symbol',
    });
    expect(seen.map(({ task }) => task)).not.toContain('run/rates');
    expect(await stage.engine.logTail('one', 'build/rates', 5)).toEqual(['cannot find symbol']);
    expect(readdirSync(worktree()).filter((name) => name.startsWith('.offshoot-'))).toEqual([]);
  });
});
