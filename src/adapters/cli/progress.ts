import type { EnvironmentRecord } from '../../application/ports/environment-store.ts';
import type { Plan, TaskState, TaskStatus } from '../../domain/plan/plan.ts';
import { createPaint, type Paint } from './paint.ts';
import type { Terminal } from './services.ts';
import { durationText, printable } from './table.ts';

/**
 * What a person watches while an environment comes up: on a terminal a tree that is drawn again, else
 * one plain line for each change. Both go to stderr; both say what waits for what.
 */
export interface Progress {
  show(record: Pick<EnvironmentRecord, 'status'>): void;
  /** Leaves the last picture standing. */
  finish(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const WAITING_NAMES_MAX = 3;
/** Taller trees show only what is not done, so that the picture fits most terminals. */
const FULL_TREE_LINES_MAX = 40;

export function createProgress(plan: Plan, terminal: Terminal): Progress {
  return terminal.isInteractive ? treeProgress(plan, terminal) : lineProgress(terminal);
}

/** One line a change: `deploy/checkout running`, `deploy/checkout succeeded 1.2 s`. */
function lineProgress(terminal: Terminal): Progress {
  const shown = new Map<string, TaskState>();
  return {
    show({ status }) {
      for (const task of status.tasks) {
        if (shown.get(task.id) === task.state || task.state === 'Pending') continue;
        shown.set(task.id, task.state);
        if (task.state !== 'Skipped') terminal.stderr.write(`${lineOf(task)}\n`);
      }
    },
    finish() {
      const skipped = shown
        .values()
        .filter((state) => state === 'Skipped')
        .toArray().length;
      if (skipped > 0) terminal.stderr.write(`${skipped} tasks were up to date already\n`);
    },
  };
}

function lineOf(task: TaskStatus): string {
  const length = lengthOf(task, null);
  const words = [task.id, task.state.toLowerCase(), length === null ? '' : durationText(length)];
  const reason = task.state === 'Failed' || task.state === 'Aborted' ? reasonOf(task) : '';
  return [...words, reason].filter((word) => word !== '').join(' ');
}

function treeProgress(plan: Plan, terminal: Terminal): Progress {
  const paint = createPaint(terminal.hasColour);
  let tasks: readonly TaskStatus[] = [];
  let drawnLines = 0;
  let frame = 0;
  const draw = (): void => {
    frame = (frame + 1) % FRAMES.length;
    const spinner = FRAMES[frame] ?? '';
    const lines = treeLines(plan, tasks, { paint, spinner, nowMs: Date.now() });
    const cut = lines.map((line) => cutTo(line, terminal.columns));
    const up = drawnLines === 0 ? '' : `${ESCAPE}[${drawnLines}A`;
    terminal.stderr.write(`${up}${ESCAPE}[0J${cut.join('\n')}\n`);
    drawnLines = cut.length;
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    show({ status }) {
      tasks = status.tasks;
    },
    finish() {
      clearInterval(timer);
      draw();
    },
  };
}

interface Look {
  readonly paint: Paint;
  readonly spinner: string;
  readonly nowMs: number;
}

/** The whole plan, indented by how deep a task is in the DAG; done tasks fold away when it is long. */
export function treeLines(plan: Plan, tasks: readonly TaskStatus[], look: Look): readonly string[] {
  const statuses = new Map(tasks.map((task) => [task.id, task]));
  const depths = depthsOf(plan);
  const all = plan.tasks.map((task) => ({
    status: statuses.get(task.id) ?? { id: task.id, state: 'Pending', attempts: 0, waitsFor: [] },
    depth: depths.get(task.id) ?? 0,
  })) satisfies { status: TaskStatus; depth: number }[];
  const ordered = all.toSorted((a, b) => a.depth - b.depth);
  const isDone = ({ state }: TaskStatus): boolean => state === 'Succeeded' || state === 'Skipped';
  const done = all.filter(({ status }) => isDone(status)).length;
  const visible =
    all.length > FULL_TREE_LINES_MAX ? ordered.filter(({ status }) => !isDone(status)) : ordered;
  const head = look.paint.strong(`${plan.environment}  ${done} of ${all.length} tasks`);
  return [
    head,
    ...visible.slice(0, FULL_TREE_LINES_MAX).map(({ status, depth }) => {
      return `${'  '.repeat(Math.min(depth, 8) + 1)}${taskLine(status, look)}`;
    }),
  ];
}

function taskLine(task: TaskStatus, look: Look): string {
  const { paint } = look;
  const length = lengthOf(task, look.nowMs);
  const time = length === null ? '' : ` ${paint.dim(durationText(length))}`;
  switch (task.state) {
    case 'Succeeded':
      return `${paint.good('✔')} ${task.id}${time}`;
    case 'Skipped':
      return `${paint.dim('✔')} ${task.id} ${paint.dim('already up to date')}`;
    case 'Running':
      return `${paint.warn(look.spinner)} ${task.id}${time}`;
    case 'Failed':
      return `${paint.bad('✘')} ${task.id}${time} ${paint.bad(reasonOf(task))}`;
    case 'Aborted':
      return `${paint.dim('⊘')} ${task.id} ${paint.dim(reasonOf(task))}`;
    case 'Pending':
      return `${paint.dim('·')} ${task.id} ${paint.dim(waitingText(task))}`;
  }
}

function waitingText({ waitsFor }: TaskStatus): string {
  if (waitsFor.length === 0) return '';
  const named = waitsFor.slice(0, WAITING_NAMES_MAX).join(', ');
  const more = waitsFor.length - WAITING_NAMES_MAX;
  return `waits for ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

export function reasonOf(task: TaskStatus): string {
  if (task.state === 'Aborted') return `waits for ${task.waitsFor[0] ?? 'what failed'}`;
  return printable(`${task.code ?? ''}: ${task.message ?? ''}`);
}

/** Milliseconds a task took, or has taken so far; null when it has not begun. */
function lengthOf(task: TaskStatus, nowMs: number | null): number | null {
  if (task.startedAt === undefined || task.state === 'Skipped') return null;
  const end = task.finishedAt === undefined ? nowMs : Date.parse(task.finishedAt);
  return end === null ? null : Math.max(0, end - Date.parse(task.startedAt));
}

/** Longest way from a task without prerequisites; tasks of a plan are a DAG, listed after what they wait for or not. */
function depthsOf(plan: Plan): ReadonlyMap<string, number> {
  const after = new Map(plan.tasks.map((task) => [task.id, task.after]));
  const depths = new Map<string, number>();
  for (const { id } of plan.tasks) {
    const stack = [id];
    while (stack.length > 0) {
      const top = stack.at(-1) ?? '';
      const missing = (after.get(top) ?? []).filter((other) => !depths.has(other));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      const deepest = Math.max(
        -1,
        ...(after.get(top) ?? []).map((other) => depths.get(other) ?? 0),
      );
      depths.set(top, deepest + 1);
    }
  }
  return depths;
}

const ESCAPE = String.fromCharCode(0x1b);
const COLOUR_OR_CHARACTER = new RegExp(`${ESCAPE}\\[\\d+m|.`, 'gsu');

/** Cuts what is visible; colour codes have no width. */
function cutTo(line: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const part of line.matchAll(COLOUR_OR_CHARACTER)) {
    if (!part[0].startsWith(ESCAPE)) width += 1;
    if (width >= columns) return `${line.slice(0, end)}${ESCAPE}[0m`;
    end = part.index + part[0].length;
  }
  return line;
}
