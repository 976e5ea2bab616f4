import { ERROR_CODES, isErrorCode, type ErrorCode } from '../errors.ts';
import type { Plan, TaskStatus } from './plan.ts';
import { mustHave } from '../must-have.ts';
import { neededComponents } from './plan-lookup.ts';
import { hasFailed, isDone } from './task-states.ts';

/** A condition without its instants, which who writes it adds. */
export interface PlanCondition {
  readonly type: 'Ready' | 'Progressing';
  readonly status: 'True' | 'False';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** `Ready`, then `Progressing`. */
export function conditionsOf(
  plan: Plan,
  tasks: readonly TaskStatus[],
  outcome: 'running' | 'ready' | 'failed',
): readonly PlanCondition[] {
  return [readyCondition(plan, tasks, outcome), progressingCondition(tasks, outcome)];
}

function readyCondition(
  plan: Plan,
  tasks: readonly TaskStatus[],
  outcome: 'running' | 'ready' | 'failed',
): PlanCondition {
  const failed = tasks.filter(({ state }) => state === 'Failed');
  if (outcome === 'ready') {
    return failed.length === 0
      ? ready('TasksSucceeded', `all ${tasks.length} tasks are done`)
      : ready('OptionalTasksFailed', `optional, and failed: ${listed(failed)}`);
  }
  const culprit = culpritOf(plan, failed);
  if (culprit === undefined) return unready('Deploying', `${tasks.length} tasks are to be done`);
  const { id, code = 'INTERNAL', message = code } = culprit;
  return unready(reasonOf(code), `"${id}" failed: ${message}`);
}

/** The first failure in plan order of what the environment needs, if there is one. */
function culpritOf(plan: Plan, failed: readonly TaskStatus[]): TaskStatus | undefined {
  if (failed.length === 0) return undefined;
  const needed = neededComponents(plan);
  const componentOf = new Map(plan.tasks.map(({ id, component }) => [id, component]));
  return failed.find(({ id }) => {
    const component = mustHave(componentOf, id);
    return component === null || needed.has(component);
  });
}

function progressingCondition(
  tasks: readonly TaskStatus[],
  outcome: 'running' | 'ready' | 'failed',
): PlanCondition {
  const doneCount = tasks.filter(({ state }) => isDone(state)).length;
  const failedCount = tasks.filter(({ state }) => hasFailed(state)).length;
  const counts = `${doneCount} of ${tasks.length} tasks are done`;
  const message = failedCount === 0 ? counts : `${counts}, ${failedCount} failed or were aborted`;
  if (outcome === 'running') {
    return { type: 'Progressing', status: 'True', reason: 'TasksRunning', message };
  }
  const reason = outcome === 'ready' ? 'Completed' : 'TasksFailed';
  return { type: 'Progressing', status: 'False', reason, message };
}

function ready(reason: string, message: string): PlanCondition {
  return { type: 'Ready', status: 'True', reason, message };
}

function unready(reason: string, message: string): PlanCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

function listed(tasks: readonly TaskStatus[]): string {
  return tasks.map(({ id }) => `"${id}"`).join(', ');
}

const CODES: readonly ErrorCode[] = Object.keys(ERROR_CODES).filter(isErrorCode);

/** `CRASH_LOOP` → `CrashLoop`. */
export function reasonOf(code: ErrorCode): string {
  return code
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** `CrashLoop` → `CRASH_LOOP`; null for the reason of anything but a failure. */
export function codeOfReason(reason: string): ErrorCode | null {
  return CODES.find((code) => reasonOf(code) === reason) ?? null;
}
