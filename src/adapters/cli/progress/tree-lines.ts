import type { TaskState, TaskStatus } from '../../../domain/plan/plan.ts';
import { isDone } from '../presenters/environment-text.ts';
import { oneLine } from '../safe-text.ts';
import { countText, durationText } from '../table.ts';
import { taskLine, type Look } from './task-line.ts';
import type { TreeRow } from './task-tree.ts';

/** What a frame shows of a plan. */
export interface Picture {
  readonly environment: string;
  readonly tree: readonly TreeRow[];
  readonly tasks: readonly TaskStatus[];
}

/** The whole tree where it fits into `rows`; else a list of what matters most now, and how much is left out. */
export function treeLines(picture: Picture, look: Look, rows: number): readonly string[] {
  const statuses = new Map(picture.tasks.map((task) => [task.id, task]));
  const all = picture.tree.map(({ id, branch }) => ({
    branch,
    status: statuses.get(id) ?? { id, state: 'Pending' as const, attempts: 0, waitsFor: [] },
  }));
  const head = headLine(picture, all, look);
  if (all.length < rows) {
    return [
      head,
      ...all.map(({ branch, status }) => `  ${look.paint.dim(branch)}${taskLine(status, look)}`),
    ];
  }
  const room = Math.max(0, rows - 2);
  const shown = mostUrgent(all, room);
  const hidden = all.filter((_, index) => !shown.has(index)).map(({ status }) => status);
  return [
    head,
    ...[...shown]
      .toSorted((a, b) => a - b)
      .flatMap((index) => {
        const row = all[index];
        return row === undefined ? [] : [`  ${taskLine(row.status, look)}`];
      }),
    `  ${look.paint.dim(`… and ${hiddenText(hidden)}`)}`,
  ].slice(0, Math.max(1, rows));
}

interface Row {
  readonly status: TaskStatus;
}

function headLine({ environment }: Picture, rows: readonly Row[], { paint, nowMs }: Look): string {
  const done = rows.filter(({ status }) => isDone(status.state)).length;
  const starts = rows.flatMap(({ status: { startedAt, state } }) =>
    startedAt === undefined || state === 'Skipped' ? [] : [Date.parse(startedAt)],
  );
  const since = starts.reduce((earliest, ms) => Math.min(earliest, ms), nowMs);
  const time = starts.length === 0 ? '' : `  ${durationText(nowMs - since)}`;
  return `${paint.strong(oneLine(environment))}  ${done} of ${countText(rows.length, 'task')}${time}`;
}

/** What a person looks for first. */
const URGENCY: readonly TaskState[] = [
  'Failed',
  'Running',
  'Pending',
  'Aborted',
  'Succeeded',
  'Skipped',
];

/** Indices of at most `room` rows; of equally urgent ones those higher up in the tree. */
function mostUrgent(rows: readonly Row[], room: number): ReadonlySet<number> {
  const shown = new Set<number>();
  for (const wanted of URGENCY) {
    for (const [index, { status }] of rows.entries()) {
      if (shown.size >= room) return shown;
      if (status.state === wanted) shown.add(index);
    }
  }
  return shown;
}

function hiddenText(hidden: readonly TaskStatus[]): string {
  const parts = URGENCY.flatMap((state) => {
    const count = hidden.filter((task) => task.state === state).length;
    return count === 0 ? [] : [`${count} ${state.toLowerCase()}`];
  });
  return parts.length === 0 ? 'nothing else' : parts.join(', ');
}
