import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../src/adapters/cli/command-context.ts';
import { createPaint } from '../../../src/adapters/cli/paint.ts';
import { lineProgress } from '../../../src/adapters/cli/progress/line-progress.ts';
import { taskTreeOf } from '../../../src/adapters/cli/progress/task-tree.ts';
import { treeLines } from '../../../src/adapters/cli/progress/tree-lines.ts';
import { treeProgress } from '../../../src/adapters/cli/progress/tree-progress.ts';
import { widthOf } from '../../../src/adapters/cli/safe-text.ts';
import type { Plan, TaskStatus } from '../../../src/domain/plan/plan.ts';
import { services } from '../../support/catalogs.ts';
import { catalogs } from '../../support/catalogs.ts';
import { CliStage } from '../../support/cli-stage.ts';
import { planOf } from '../../support/plans.ts';
import {
  recordedTerminal,
  Screen,
  type RecordedTerminal,
  type TerminalTraits,
} from '../../support/terminal.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const LOOK = { paint: createPaint(false), spinner: '*', nowMs: NOW_MS };
const PLAN = planOf(
  services({ gateway: ['cart', 'ads'], cart: ['pricing'], pricing: [], ads: [] }),
);

function status(id: string, more: Partial<TaskStatus> = {}): TaskStatus {
  return { id, state: 'Pending', attempts: 1, waitsFor: [], ...more };
}

function secondsAgo(seconds: number): string {
  return new Date(NOW_MS - seconds * 1_000).toISOString();
}

function statusesOf(
  plan: Plan,
  tasks: Readonly<Record<string, Partial<TaskStatus>>>,
): TaskStatus[] {
  return plan.tasks.map(({ id }) => status(id, tasks[id]));
}

function manyTasks(count: number): Plan {
  const names = Array.from({ length: count }, (_, n) => `s${n}`);
  return planOf(
    services(Object.fromEntries(names.map((name, n) => [name, names.slice(n + 1, n + 3)]))),
  );
}

describe('the tree of tasks', () => {
  it('has every task once, below one that it waits for', () => {
    fc.assert(
      fc.property(catalogs(), (catalog) => {
        const plan = planOf(catalog);
        const rows = taskTreeOf(plan);
        expect(rows.map(({ id }) => id).toSorted()).toEqual(
          plan.tasks.map(({ id }) => id).toSorted(),
        );
        for (const [index, { id, branch }] of rows.entries()) {
          const above = rows
            .slice(0, index)
            .findLast((row) => widthOf(row.branch) === widthOf(branch) - 3);
          const after = plan.tasks.find((task) => task.id === id)?.after ?? [];
          expect(above === undefined ? after.length === 0 : after.includes(above.id)).toBe(true);
        }
      }),
    );
  });

  it('does not run out of the window with a chain of hundreds', () => {
    const deepest = Math.max(...taskTreeOf(manyTasks(400)).map(({ branch }) => widthOf(branch)));
    expect(deepest).toBeLessThanOrEqual(36);
  });

  it('does not depend on the order of tasks in the plan, but for siblings', () => {
    const shuffled = taskTreeOf({ tasks: PLAN.tasks.toReversed() });
    expect(shuffled.map(({ id }) => id).toSorted()).toEqual(
      taskTreeOf(PLAN)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(shuffled[0]?.id).toBe('namespace/coupon');
  });
});

describe('the picture', () => {
  const big = manyTasks(500);
  const picture = (tasks: readonly TaskStatus[]): Parameters<typeof treeLines>[0] => ({
    environment: 'coupon',
    tree: taskTreeOf(big),
    tasks,
  });

  it('is never taller than its room, whatever the tasks do', () => {
    const states = ['Pending', 'Running', 'Succeeded', 'Failed', 'Aborted', 'Skipped'] as const;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), (rows, seed) => {
        const tasks = big.tasks.map(({ id }, index) =>
          status(id, { state: states[(seed + index * 7) % states.length] ?? 'Pending' }),
        );
        expect(treeLines(picture(tasks), LOOK, rows).length).toBeLessThanOrEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('shows of a long plan first what failed, then what runs, and counts the rest', () => {
    const tasks = statusesOf(big, {
      'deploy/s499': { state: 'Failed', code: 'CRASH_LOOP', message: 'ended' },
      'deploy/s3': { state: 'Running', startedAt: secondsAgo(2) },
    });
    const lines = treeLines(picture(tasks), LOOK, 10);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('coupon  0 of 502 tasks  2.0 s');
    expect(lines.join('\n')).toContain('✘ deploy/s499 CRASH_LOOP: ended');
    expect(lines.join('\n')).toContain('* deploy/s3 2.0 s');
    expect(lines.at(-1)).toBe('  … and 494 pending');
  });

  it('before anything is known shows every task as pending', () => {
    const lines = treeLines({ environment: 'coupon', tree: taskTreeOf(PLAN), tasks: [] }, LOOK, 40);
    expect(lines).toHaveLength(PLAN.tasks.length + 1);
    expect(lines.slice(1).every((line) => line.includes('· '))).toBe(true);
  });

  it('shows what a task says without obeying it', () => {
    const hostile = `${String.fromCodePoint(0x1b)}[2Jgone\nnext`;
    const tasks = statusesOf(PLAN, {
      'deploy/cart': { state: 'Failed', code: 'CRASH_LOOP', message: hostile },
    });
    const lines = treeLines({ environment: 'coupon', tree: taskTreeOf(PLAN), tasks }, LOOK, 40);
    expect(lines.find((line) => line.includes('deploy/cart'))).toContain(
      'CRASH_LOOP: \\x1b[2Jgone next',
    );
  });
});

/** A command's surroundings, and what a person sees of them. */
interface Watched {
  readonly context: CommandContext;
  readonly interrupt: AbortController;
  readonly recorded: RecordedTerminal;
  readonly screen: () => Screen;
}

function watched(traits: TerminalTraits = {}): Watched {
  const interrupt = new AbortController();
  const recorded = recordedTerminal({ isInteractive: true, columns: 60, rows: 20, ...traits });
  const paint = createPaint(traits.hasColour === true);
  const stage = new CliStage({ catalog: services({ a: [] }) });
  return {
    context: {
      services: stage.services(),
      terminal: recorded.terminal,
      paint,
      messagePaint: paint,
      signal: interrupt.signal,
      exitCode: 0,
    },
    interrupt,
    recorded,
    screen() {
      const screen = new Screen({ columns: 60, rows: 20, ...traits });
      screen.write(recorded.stderr());
      return screen;
    },
  };
}

describe('progress on a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('leaves one last picture and the cursor, however many frames there were', () => {
    const { context, screen } = watched({ hasColour: true });
    const progress = treeProgress(PLAN, context);
    progress.show({
      status: statusOf(statusesOf(PLAN, { 'namespace/coupon': { state: 'Running' } })),
    });
    vi.advanceTimersByTime(2_000);
    expect(screen().isCursorShown).toBe(false);
    const done = statusesOf(
      PLAN,
      Object.fromEntries(PLAN.tasks.map(({ id }) => [id, { state: 'Succeeded' }])),
    );
    progress.show({ status: statusOf(done) });
    progress.finish();
    const last = screen();
    expect(last.isCursorShown).toBe(true);
    expect(last.lines()).toHaveLength(PLAN.tasks.length + 1);
    expect(last.lines()[0]).toBe(`coupon  ${PLAN.tasks.length} of ${PLAN.tasks.length} tasks`);
  });

  it('turns its spinner', () => {
    const { context, recorded } = watched();
    const progress = treeProgress(PLAN, context);
    progress.show({ status: statusOf(statusesOf(PLAN, { 'deploy/cart': { state: 'Running' } })) });
    vi.advanceTimersByTime(300);
    progress.finish();
    expect(new Set(recorded.stderr().match(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] deploy\/cart/gu)).size).toBeGreaterThan(2);
  });

  it('stays within a small window and lines never wrap', () => {
    const { context, screen } = watched({ columns: 24, rows: 8 });
    const progress = treeProgress(manyTasks(100), context);
    vi.advanceTimersByTime(1_000);
    progress.finish();
    expect(screen().lines().length).toBeLessThan(8);
    expect(
      screen()
        .lines()
        .every((line) => line.length < 24),
    ).toBe(true);
  });

  it('leaves nothing behind when the window becomes smaller', () => {
    const { context, recorded, screen } = watched();
    const progress = treeProgress(PLAN, context);
    vi.advanceTimersByTime(500);
    recorded.size.rows = 6;
    vi.advanceTimersByTime(500);
    progress.finish();
    expect(screen().lines()).toHaveLength(5);
  });

  it('gives the cursor back at once when the command is interrupted, and draws no more', () => {
    const { context, interrupt, recorded, screen } = watched();
    const progress = treeProgress(PLAN, context);
    interrupt.abort();
    expect(screen().isCursorShown).toBe(true);
    const written = recorded.stderr().length;
    vi.advanceTimersByTime(1_000);
    progress.finish();
    expect(recorded.stderr()).toHaveLength(written);
  });

  it('draws once when the command was interrupted before it began', () => {
    const { context, interrupt, screen } = watched();
    interrupt.abort();
    treeProgress(PLAN, context);
    expect(vi.getTimerCount()).toBe(0);
    expect(screen().isCursorShown).toBe(true);
  });

  it('writes a frame of 500 tasks that is not larger than the window', () => {
    const { context, recorded } = watched();
    const progress = treeProgress(manyTasks(500), context);
    const before = recorded.stderr().length;
    vi.advanceTimersByTime(100);
    expect(recorded.stderr().length - before).toBeLessThan(60 * 20 * 2);
    progress.finish();
  });
});

function statusOf(
  tasks: readonly TaskStatus[],
): Parameters<ReturnType<typeof lineProgress>['show']>[0]['status'] {
  return { observedGeneration: 1, conditions: [], addresses: [], tasks };
}

describe('progress elsewhere', () => {
  function linesOf(...steps: readonly Readonly<Record<string, Partial<TaskStatus>>>[]): string[] {
    const { context, recorded } = watched({ isInteractive: false });
    const progress = lineProgress(context);
    for (const step of steps) progress.show({ status: statusOf(statusesOf(PLAN, step)) });
    progress.finish();
    return recorded.stderr().split('\n').slice(0, -1);
  }

  it('is one line a change, without any control character', () => {
    const took = { startedAt: secondsAgo(5), finishedAt: secondsAgo(3.8) };
    expect(
      linesOf(
        { 'namespace/coupon': { state: 'Running' } },
        { 'namespace/coupon': { state: 'Running' } },
        { 'namespace/coupon': { state: 'Succeeded', ...took }, 'deploy/ads': { state: 'Running' } },
        {
          'namespace/coupon': { state: 'Succeeded', ...took },
          'deploy/ads': { state: 'Failed', code: 'OUT_OF_MEMORY', message: 'used\nmore', ...took },
        },
      ),
    ).toEqual([
      'namespace/coupon running',
      'namespace/coupon succeeded 1.2 s',
      'deploy/ads running',
      'deploy/ads failed 1.2 s OUT_OF_MEMORY: used more',
    ]);
  });

  it('sums up what was up to date and what was aborted', () => {
    expect(
      linesOf({
        'namespace/coupon': { state: 'Skipped' },
        'deploy/ads': { state: 'Skipped' },
        'deploy/gateway': { state: 'Aborted', waitsFor: ['deploy/cart'] },
      }),
    ).toEqual(['2 tasks up to date already', '1 task aborted: deploy/gateway']);
  });
});
