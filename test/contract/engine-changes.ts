import { expect, it } from 'vitest';
import type { TaskObservation } from '../../src/application/ports/engine.ts';
import { altered, taskOf } from '../support/engine-stage.ts';
import type { Stage } from '../support/engine-stage.ts';

export function describeReplacement(stage: () => Stage): void {
  it('replaces what ran by what has another fingerprint', async () => {
    const { works } = stage().actors;
    const id = `deploy/${works.name}`;
    const plan = stage().plan('one', [works]);
    await stage().drive(plan);
    const next = stage().plan('one', [altered(works)]);
    expect(taskOf(next, id).fingerprint).not.toBe(taskOf(plan, id).fingerprint);
    await stage().drive(next, 2);
    expect(await stage().observed(next, id)).toMatchObject({
      state: 'Succeeded',
      generation: 2,
      fingerprint: taskOf(next, id).fingerprint,
    });
  });

  it('runs what failed again under a newer generation, and only then', async () => {
    const { fails } = stage().actors;
    const id = `run/${fails.name}`;
    const plan = stage().plan('one', [fails]);
    await stage().drive(plan);
    const first = await stage().observed(plan, id);
    await stage().apply(plan, id, 1);
    await stage().harness.passTime();
    expect(await stage().observed(plan, id)).toEqual(first);
    await stage().apply(plan, id, 2);
    const second = await stage().until('it ends again', async () => {
      const seen = await stage().observed(plan, id);
      return seen?.generation === 2 && seen.state === 'Failed' && seen;
    });
    expect(Date.parse(second.startedAt)).toBeGreaterThan(Date.parse(first?.finishedAt ?? ''));
  });

  it('lets what is up run on under a newer generation', async () => {
    const { works } = stage().actors;
    const id = `deploy/${works.name}`;
    const plan = stage().plan('one', [works]);
    await stage().drive(plan);
    const before = await stage().observed(plan, id);
    await stage().apply(plan, id, 2);
    await stage().harness.passTime();
    const after = await stage().observed(plan, id);
    expect(after).toMatchObject({ state: 'Succeeded', startedAt: before?.startedAt });
  });

  it('begins what is up anew when it need not do without an optional dependency any more', async () => {
    const { works } = stage().actors;
    const id = `deploy/${works.name}`;
    const plan = stage().plan('one', [works]);
    await stage().prepare(plan, id);
    const order = { plan, task: taskOf(plan, id), generation: 1, unavailable: ['hints'] };
    await stage().engine.apply(order);
    const isUp = async (generation: number): Promise<TaskObservation> =>
      await stage().until('it is up', async () => {
        const seen = await stage().observed(plan, id);
        return seen?.generation === generation && seen.state === 'Succeeded' && seen;
      });
    const before = await isUp(1);
    expect(before.unavailable).toEqual(['hints']);
    await stage().engine.apply({ ...order, generation: 2 });
    expect(await isUp(2)).toMatchObject({ startedAt: before.startedAt, unavailable: ['hints'] });
    await stage().harness.passTime();
    await stage().engine.apply({ ...order, generation: 3, unavailable: [] });
    const after = await isUp(3);
    expect(after.unavailable ?? []).toEqual([]);
    expect(Date.parse(after.startedAt)).toBeGreaterThan(Date.parse(before.startedAt));
  });

  it('begins what has not ended anew under a newer generation', async () => {
    const { hangs } = stage().actors;
    const id = `run/${hangs.name}`;
    const plan = stage().plan('one', [hangs]);
    await stage().prepare(plan, id);
    await stage().apply(plan, id, 1);
    const before = await stage().observed(plan, id);
    await stage().harness.passTime();
    await stage().apply(plan, id, 2);
    const after = await stage().observed(plan, id);
    expect(after).toMatchObject({ state: 'Running', generation: 2 });
    expect(Date.parse(after?.startedAt ?? '')).toBeGreaterThan(Date.parse(before?.startedAt ?? ''));
  });

  it('ends what the plan does not have any more, and nothing else', async () => {
    const { works, alsoWorks } = stage().actors;
    const both = stage().plan('one', [works, alsoWorks]);
    await stage().drive(both);
    const kept = await stage().observed(both, `deploy/${works.name}`);
    const fewer = stage().plan('one', [works]);
    await stage().engine.prune(fewer);
    await stage().engine.prune(fewer);
    expect(await stage().observed(both, `deploy/${works.name}`)).toEqual(kept);
    expect(await stage().observed(both, `deploy/${alsoWorks.name}`)).toBeUndefined();
  });
}

export function describeRemoval(stage: () => Stage): void {
  it('takes everything away, and finds nothing the second time', async () => {
    const { works, hangs, fails } = stage().actors;
    const plan = stage().plan('one', [works, hangs, fails]);
    await stage().prepare(plan, `expose/${works.name}`);
    for (const id of [`expose/${works.name}`, `run/${hangs.name}`, `run/${fails.name}`]) {
      await stage().apply(plan, id);
    }
    await stage().ended(plan, `expose/${works.name}`);
    const [address] = await stage().engine.addresses('one');
    await stage().remove('one');
    expect(await stage().engine.observe('one')).toEqual([]);
    expect(await stage().engine.addresses('one')).toEqual([]);
    expect(await stage().harness.answers(address?.url ?? '')).toBe(false);
    expect(await stage().engine.remove('one')).toEqual({ left: [] });
  });

  it('removes what never was without a word', async () => {
    expect(await stage().engine.remove('never-seen')).toEqual({ left: [] });
  });

  it('brings the same environment up again after its removal', async () => {
    const { works } = stage().actors;
    const plan = stage().plan('one', [works]);
    await stage().drive(plan);
    await stage().remove('one');
    await stage().drive(plan);
    expect(await stage().observed(plan, `deploy/${works.name}`)).toMatchObject({
      state: 'Succeeded',
    });
  });

  it('keeps two environments apart', async () => {
    const { works } = stage().actors;
    const [one, two] = [stage().plan('one', [works]), stage().plan('two', [works])];
    await stage().drive(one);
    await stage().drive(two);
    const [ofOne] = await stage().engine.addresses('one');
    const [ofTwo] = await stage().engine.addresses('two');
    expect(ofOne?.url).not.toBe(ofTwo?.url);
    const before = await stage().engine.observe('two');
    await stage().remove('one');
    expect(await stage().engine.observe('one')).toEqual([]);
    expect(await stage().engine.observe('two')).toEqual(before);
    expect(await stage().harness.answers(ofTwo?.url ?? '')).toBe(true);
  });
}
