import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskObservation } from '../../src/application/ports/engine.ts';
import type { Component } from '../../src/domain/catalog/component.ts';
import { Stage } from '../support/engine-stage.ts';
import type { EngineHarness } from '../support/engine-stage.ts';
import { describeRemoval, describeReplacement } from './engine-changes.ts';
import { describeSuites, describeViews } from './engine-views.ts';
import { describeWiring } from './engine-wiring.ts';

/** What every engine does; `open` gives one that runs nothing yet. */
export function describeEngine(name: string, open: () => Promise<EngineHarness>): void {
  describe(`the engine ${name}`, () => {
    let harness: EngineHarness;
    beforeEach(async () => {
      harness = await open();
    });
    afterEach(() => harness.close());
    const stage = (): Stage => new Stage(harness);

    describeApply(stage);
    describeFailures(stage);
    describeReplacement(stage);
    describeRemoval(stage);
    describeViews(stage);
    describeSuites(stage);
    describeWiring(stage);
  });
}

function describeApply(stage: () => Stage): void {
  it('shows nothing of what was not applied', async () => {
    expect(await stage().engine.observe('never-seen')).toEqual([]);
    const plan = stage().plan('one', [stage().actors.works]);
    await stage().apply(plan, 'namespace/one');
    const tasks = (await stage().engine.observe('one')).map(({ task }) => task);
    expect(tasks).toEqual(['namespace/one']);
  });

  it('brings a whole plan up and says so Task by Task', async () => {
    const { works, alsoWorks, succeeds } = stage().actors;
    const plan = stage().plan('one', [works, alsoWorks, succeeds]);
    const observations = await stage().drive(plan);
    const shown = observations.map(({ task, state, fingerprint, generation }) => ({
      task,
      state,
      fingerprint,
      generation,
    }));
    expect(shown.toSorted((a, b) => (a.task < b.task ? -1 : 1))).toEqual(
      plan.tasks
        .map(({ id, fingerprint }) => ({
          task: id,
          state: 'Succeeded',
          fingerprint,
          generation: 1,
        }))
        .toSorted((a, b) => (a.task < b.task ? -1 : 1)),
    );
    for (const { startedAt, finishedAt } of observations) {
      expect(new Date(startedAt).toISOString()).toBe(startedAt);
      expect(Date.parse(finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt));
    }
  });

  it('returns when a Task is accepted, and never waits until it is done', async () => {
    const plan = stage().plan('one', [stage().actors.hangs]);
    const id = `run/${stage().actors.hangs.name}`;
    await stage().prepare(plan, id);
    await stage().apply(plan, id);
    expect(await stage().observed(plan, id)).toMatchObject({ state: 'Running', generation: 1 });
  });

  it('changes nothing when the same is applied again', async () => {
    const { hangs, works } = stage().actors;
    const plan = stage().plan('one', [hangs, works]);
    await stage().prepare(plan, `run/${hangs.name}`);
    for (const id of [`run/${hangs.name}`, `deploy/${works.name}`]) await stage().apply(plan, id);
    await stage().ended(plan, `deploy/${works.name}`);
    const before = await stage().engine.observe('one');
    for (const id of [`run/${hangs.name}`, `deploy/${works.name}`]) await stage().apply(plan, id);
    await stage().harness.passTime();
    expect(await stage().engine.observe('one')).toEqual(before);
  });

  it('calls back when an observation may have changed, until told not to', async () => {
    const plan = stage().plan('one', [stage().actors.succeeds]);
    const id = `run/${stage().actors.succeeds.name}`;
    await stage().prepare(plan, id);
    const seen: (string | undefined)[] = [];
    const stop = stage().engine.onChange('one', () => {
      void stage()
        .observed(plan, id)
        .then((observation) => seen.push(observation?.state));
    });
    const others: string[] = [];
    const stopOthers = stage().engine.onChange('two', () => others.push('called'));
    await stage().apply(plan, id);
    await stage().until('the signal tells of the end', async () => seen.includes('Succeeded'));
    stop();
    stopOthers();
    const count = seen.length;
    await stage().engine.remove('one');
    await stage().harness.passTime();
    expect(seen).toHaveLength(count);
    expect(others).toEqual([]);
  });
}

function describeFailures(stage: () => Stage): void {
  const failed = async (component: Component, id: string): Promise<TaskObservation> => {
    const plan = stage().plan('one', [component]);
    await stage().prepare(plan, id);
    await stage().apply(plan, id);
    return await stage().ended(plan, id);
  };

  it('shows a job that fails, with its code and its last words', async () => {
    const { fails } = stage().actors;
    const seen = await failed(fails, `run/${fails.name}`);
    expect(seen).toMatchObject({ state: 'Failed', code: 'JOB_FAILED' });
    expect(seen.message).toBeTruthy();
    expect(seen.evidence).toContain('fail words');
    expect(seen.finishedAt).toBeDefined();
  });

  it('shows a service that ends again and again, with its code and its last words', async () => {
    const { crashes } = stage().actors;
    const seen = await failed(crashes, `deploy/${crashes.name}`);
    expect(seen).toMatchObject({ state: 'Failed', code: 'CRASH_LOOP' });
    expect(seen.evidence).toContain('crash words');
    const [fromUs, toUs] = [0, (stage().harness.nowMs() + 60_000) * 1000];
    const events = await stage().engine.platformEvents('one', fromUs, toUs);
    expect(events.map(({ component, code }) => `${component} ${code}`)).toContain(
      `${crashes.name} CRASH_LOOP`,
    );
  });

  it('shows a service that runs and is not ready in time', async () => {
    const { neverReady } = stage().actors;
    const seen = await failed(neverReady, `deploy/${neverReady.name}`);
    expect(seen).toMatchObject({ state: 'Failed', code: 'PROBE_FAILING' });
  });

  it('leaves the failure of one Task to that Task', async () => {
    const { crashes, fails, works } = stage().actors;
    const plan = stage().plan('one', [crashes, fails, works]);
    const states = new Map(
      (await stage().drive(plan)).map((each) => [each.task, each.state] as const),
    );
    expect(states.get(`deploy/${works.name}`)).toBe('Succeeded');
    expect(states.get(`deploy/${crashes.name}`)).toBe('Failed');
    expect(states.get(`run/${fails.name}`)).toBe('Failed');
  });

  it('finds everything that would fail before anything is written', async () => {
    const { unfit, works } = stage().actors;
    const bad = stage().plan('one', [works, ...unfit.map(({ component }) => component)]);
    const found = await stage().engine.preflight(bad);
    const named = found
      .filter(({ severity }) => severity === 'error')
      .map(({ code, component }) => `${component ?? ''} ${code}`);
    expect(unfit.length).toBeGreaterThanOrEqual(2);
    expect(named.toSorted()).toEqual(
      unfit.map(({ component, code }) => `${component.name} ${code}`).toSorted(),
    );
    const good = await stage().engine.preflight(stage().plan('one', [works]));
    expect(good.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(await stage().engine.observe('one')).toEqual([]);
  });
}
