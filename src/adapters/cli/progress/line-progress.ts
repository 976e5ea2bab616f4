import type { TaskState, TaskStatus } from '../../../domain/plan/plan.ts';
import { say, type CommandContext } from '../command-context.ts';
import { reasonOf } from '../presenters/environment-text.ts';
import { countText, durationText, namesText } from '../table.ts';
import type { Progress } from './progress.ts';
import { lengthOf } from './task-line.ts';

/** One line a change: `deploy/checkout running`, `deploy/checkout succeeded 1.2 s`. */
export function lineProgress(context: CommandContext): Progress {
  const shown = new Map<string, TaskState>();
  return {
    show({ status }) {
      for (const task of status.tasks) {
        if (shown.get(task.id) === task.state) continue;
        shown.set(task.id, task.state);
        if (isTold(task.state)) say(context, lineOf(task));
      }
    },
    finish() {
      for (const line of summaryLines(shown)) say(context, line);
    },
  };
}

/** The others would be many at once, or nothing new; they are summed up at the end. */
function isTold(state: TaskState): boolean {
  return state === 'Running' || state === 'Succeeded' || state === 'Failed';
}

function lineOf(task: TaskStatus): string {
  const length = lengthOf(task, null);
  const words = [
    task.id,
    task.state.toLowerCase(),
    length === null ? '' : durationText(length),
    task.state === 'Failed' ? reasonOf(task) : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

function summaryLines(shown: ReadonlyMap<string, TaskState>): readonly string[] {
  const idsOf = (wanted: TaskState): string[] =>
    [...shown].filter(([, state]) => state === wanted).map(([id]) => id);
  const skipped = idsOf('Skipped').length;
  const aborted = idsOf('Aborted');
  return [
    ...(skipped === 0 ? [] : [`${countText(skipped, 'task')} up to date already`]),
    ...(aborted.length === 0
      ? []
      : [`${countText(aborted.length, 'task')} aborted: ${namesText(aborted)}`]),
  ];
}
