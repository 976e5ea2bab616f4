import type { TaskStatus } from '../../../domain/plan/plan.ts';
import type { Paint } from '../paint.ts';
import { reasonOf } from '../presenters/environment-text.ts';
import { oneLine } from '../safe-text.ts';
import { durationText, namesText } from '../table.ts';

/** How one task looks at one moment. */
export interface Look {
  readonly paint: Paint;
  /** The present picture of whatever turns. */
  readonly spinner: string;
  readonly nowMs: number;
}

const WAITING_NAMES_MAX = 3;

export function taskLine(task: TaskStatus, look: Look): string {
  const { paint } = look;
  const length = lengthOf(task, look.nowMs);
  const id = oneLine(task.id);
  const time = length === null ? '' : ` ${paint.dim(durationText(length))}`;
  switch (task.state) {
    case 'Succeeded':
      return `${paint.good('✔')} ${id}${time}`;
    case 'Skipped':
      return `${paint.dim('✔')} ${id} ${paint.dim('already up to date')}`;
    case 'Running':
      return `${paint.warn(look.spinner)} ${id}${time}${attemptText(task, paint)}`;
    case 'Failed':
      return `${paint.bad('✘')} ${id}${time} ${paint.bad(reasonOf(task))}`;
    case 'Aborted':
      return `${paint.dim('⊘')} ${id} ${paint.dim(reasonOf(task))}`;
    case 'Pending':
      return `${paint.dim('·')} ${id}${waitingText(task, paint)}`;
  }
}

function attemptText({ attempts }: TaskStatus, paint: Paint): string {
  return attempts > 1 ? ` ${paint.warn(`attempt ${attempts}`)}` : '';
}

function waitingText({ waitsFor }: TaskStatus, paint: Paint): string {
  if (waitsFor.length === 0) return '';
  return ` ${paint.dim(oneLine(`waits for ${namesText(waitsFor, WAITING_NAMES_MAX)}`))}`;
}

/** Milliseconds a task took, or has taken so far; null when it has not begun. */
export function lengthOf(task: TaskStatus, nowMs: number | null): number | null {
  if (task.startedAt === undefined || task.state === 'Skipped') return null;
  const end = task.finishedAt === undefined ? nowMs : Date.parse(task.finishedAt);
  return end === null ? null : Math.max(0, end - Date.parse(task.startedAt));
}
