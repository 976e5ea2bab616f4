import { describe, expect, it } from 'vitest';
import { createPaint } from '../../src/adapters/cli/paint.ts';
import { taskTreeOf } from '../../src/adapters/cli/progress/task-tree.ts';
import { treeLines } from '../../src/adapters/cli/progress/tree-lines.ts';
import type { TaskStatus } from '../../src/domain/plan/plan.ts';
import { smallShop } from '../support/cli-shop.ts';
import { planOf } from '../support/plans.ts';

/** What a person sees while an environment comes up, reviewed like code. */

const NOW_MS = Date.UTC(2026, 0, 1, 12);
const PLAN = planOf(smallShop());

type Steps = Readonly<Record<string, Partial<TaskStatus>>>;

const took = (startedSecondsAgo: number, seconds?: number): Partial<TaskStatus> => ({
  startedAt: new Date(NOW_MS - startedSecondsAgo * 1_000).toISOString(),
  ...(seconds === undefined
    ? {}
    : { finishedAt: new Date(NOW_MS - (startedSecondsAgo - seconds) * 1_000).toISOString() }),
});
const done = (startedSecondsAgo: number, seconds: number): Partial<TaskStatus> => ({
  state: 'Succeeded',
  ...took(startedSecondsAgo, seconds),
});

const STATES: Readonly<Record<string, Steps>> = {
  'mid-way': {
    'namespace/coupon': done(9, 0.04),
    'build/accounts': done(8.9, 3.2),
    'deploy/accounts': { state: 'Skipped' },
    'deploy/promotions': done(8.9, 1.31),
    'deploy/orders-db': { state: 'Running', ...took(6.5) },
    'deploy/pricing': { state: 'Running', attempts: 2, ...took(4.2) },
    'deploy/checkout': { waitsFor: ['deploy/orders-db', 'deploy/pricing'] },
    'deploy/gateway': { waitsFor: ['deploy/checkout'] },
    'expose/gateway': { waitsFor: ['deploy/gateway'] },
  },
  failed: {
    'namespace/coupon': done(9, 0.04),
    'deploy/accounts': done(8, 1),
    'deploy/promotions': done(8.9, 1.31),
    'deploy/orders-db': done(8.9, 2),
    'deploy/pricing': {
      state: 'Failed',
      code: 'CRASH_LOOP',
      message: 'ended 3 times, last with exit code 1',
      ...took(4.2, 4),
    },
    'deploy/checkout': { state: 'Aborted', waitsFor: ['deploy/pricing'] },
    'deploy/gateway': { state: 'Aborted', waitsFor: ['deploy/checkout'] },
    'expose/gateway': { state: 'Aborted', waitsFor: ['deploy/gateway'] },
  },
};

function pictureOf(steps: Steps, rows: number): string {
  const tasks = PLAN.tasks.map(({ id }): TaskStatus => ({
    id,
    state: 'Pending',
    attempts: 1,
    waitsFor: [],
    ...steps[id],
  }));
  const picture = { environment: PLAN.environment, tree: taskTreeOf(PLAN), tasks };
  const look = { paint: createPaint(false), spinner: '⠹', nowMs: NOW_MS };
  return `${treeLines(picture, look, rows).join('\n')}\n`;
}

describe('the progress of', () => {
  it.each(Object.entries(STATES))('%s is as reviewed', async (name, steps) => {
    await expect(pictureOf(steps, 40)).toMatchFileSnapshot(`cli-progress-${name}.snap.txt`);
  });

  it('a window with few rows is as reviewed', async () => {
    const picture = pictureOf(STATES['failed'] ?? {}, 6);
    await expect(picture).toMatchFileSnapshot('cli-progress-few-rows.snap.txt');
  });
});
