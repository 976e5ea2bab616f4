import { expect, it } from 'vitest';
import type { LogLine } from '../../src/application/ports/engine.ts';
import type { TestSuite } from '../../src/domain/catalog/component.ts';
import type { Stage } from '../support/engine-stage.ts';

export function describeViews(stage: () => Stage): void {
  it('says where people reach what is exposed, once it is', async () => {
    const { works, alsoWorks } = stage().actors;
    const plan = stage().plan('one', [works, alsoWorks]);
    await stage().prepare(plan, `expose/${works.name}`);
    expect(await stage().engine.addresses('one')).toEqual([]);
    await stage().drive(plan);
    const addresses = await stage().engine.addresses('one');
    expect(addresses.map(({ component }) => component)).toEqual([works.name]);
    expect(await stage().harness.answers(addresses[0]?.url ?? '')).toBe(true);
  });

  it('keeps what components write, each by itself', async () => {
    const { succeeds, works } = stage().actors;
    await stage().drive(stage().plan('one', [succeeds, works]));
    const logOf = async (component: string): Promise<string[]> => {
      const lines: LogLine[] = [];
      for await (const line of stage().engine.logs('one', component, {})) lines.push(line);
      return lines.map(({ text }) => text);
    };
    expect(await logOf(succeeds.name)).toContain('job words');
    expect(await logOf(works.name)).not.toContain('job words');
    expect(await stage().engine.logTail('one', succeeds.name, 5)).toContain('job words');
  });

  it('runs a command beside a component and gives its exit code', async () => {
    const { works } = stage().actors;
    await stage().drive(stage().plan('one', [works]));
    for (const { command, exitCode } of stage().harness.commands) {
      expect(await stage().engine.exec('one', works.name, command)).toBe(exitCode);
    }
    expect(stage().harness.commands.length).toBeGreaterThan(0);
  });
}

export function describeSuites(stage: () => Stage): void {
  it('runs a test suite to its end, its failure or its timeout', async () => {
    const plan = stage().plan('one', [stage().actors.works]);
    await stage().drive(plan);
    const { passes, fails, hangs } = stage().harness.suites;
    const run = async (suite: TestSuite): Promise<unknown> => {
      const result = await stage().engine.runSuite({
        plan,
        suite,
        revision: null,
        runId: `run-${suite.name}`,
        target: 'environment',
      });
      expect(result.finishedAtUs).toBeGreaterThanOrEqual(result.startedAtUs);
      return { exitCode: result.exitCode, timedOut: result.timedOut };
    };
    expect(await run(passes)).toEqual({ exitCode: 0, timedOut: false });
    expect(await run(fails)).toEqual({ exitCode: 3, timedOut: false });
    expect(await run(hangs)).toEqual({ exitCode: null, timedOut: true });
  });
}
