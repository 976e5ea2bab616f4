import type { ErrorCode } from '../errors.ts';
import type { Task, TaskState, TaskStatus } from './plan.ts';

/** What an engine shows of one Task; a Task that it does not mention has not been applied. */
export interface ObservedTask {
  readonly task: string;
  readonly fingerprint: string;
  readonly generation: number;
  readonly state: 'Running' | 'Succeeded' | 'Failed';
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly evidence?: string;
  /** Of what runs now: a component that is started again begins anew. */
  readonly startedAt: string;
  readonly finishedAt?: string;
}

/** What is known, under one generation, of handing a Task to the engine. */
export interface TaskAttempts {
  readonly count: number;
  /** Not handed over again before; milliseconds since the epoch. */
  readonly notBeforeMs: number;
  /** Why it is not tried any more; null while it may be. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
}

/** Everything that a decision looks at, beside the plan. */
export interface Situation {
  readonly generation: number;
  readonly observations: readonly ObservedTask[];
  /** Of this generation, by Task id. */
  readonly attempts: ReadonlyMap<string, TaskAttempts>;
  readonly nowMs: number;
  /** Instant as ISO 8601 → milliseconds since the epoch. */
  readonly toMs: (instant: string) => number;
}

/** The state of every Task, in plan order. */
export function taskStatesOf(
  tasks: readonly Task[],
  situation: Situation,
): ReadonlyMap<string, TaskStatus> {
  const byTask = Map.groupBy(situation.observations, ({ task }) => task);
  const statuses = new Map<string, TaskStatus>();
  for (const task of tasks) {
    // An observation with another fingerprint is of something that this Task will replace.
    const observation = byTask
      .get(task.id)
      ?.find(({ fingerprint }) => fingerprint === task.fingerprint);
    const observed = observation && statusObserved(task, observation, situation);
    statuses.set(task.id, observed ?? statusBeforeApply(task, situation, statuses));
  }
  return statuses;
}

export function isDone(state: TaskState | undefined): boolean {
  return state === 'Succeeded' || state === 'Skipped';
}

export function hasFailed(state: TaskState | undefined): boolean {
  return state === 'Failed' || state === 'Aborted';
}

/** Undefined when what is observed does not count: the Task is to be applied. */
function statusObserved(
  task: Task,
  observation: ObservedTask,
  situation: Situation,
): TaskStatus | undefined {
  const isOlder = observation.generation < situation.generation;
  const status = (state: TaskState, more: Partial<TaskStatus> = {}): TaskStatus => ({
    id: task.id,
    state,
    ...factsOf(observation),
    ...more,
    attempts: Math.max(1, situation.attempts.get(task.id)?.count ?? 0),
    waitsFor: [],
  });
  if (observation.state === 'Succeeded') return status(isOlder ? 'Skipped' : 'Succeeded');
  if (observation.state === 'Running') {
    if (situation.nowMs < deadlineOf(task, observation, situation)) return status('Running');
    return isOlder ? undefined : status('Failed', overdue(task));
  }
  if (isOlder || observation.code === 'TASK_INTERRUPTED') return undefined;
  return status('Failed', { code: observation.code ?? 'INTERNAL' });
}

/** When a Running Task counts as failed; milliseconds since the epoch. */
export function deadlineOf(
  task: Task,
  observation: ObservedTask,
  { toMs }: Pick<Situation, 'toMs'>,
): number {
  return toMs(observation.startedAt) + task.timeoutMs;
}

function overdue(task: Task): Partial<TaskStatus> {
  const seconds = Math.round(task.timeoutMs / 1000);
  return { code: 'TASK_TIMEOUT', message: `"${task.id}" did not finish within ${seconds} s` };
}

type Facts = Pick<TaskStatus, 'code' | 'message' | 'evidence' | 'startedAt' | 'finishedAt'>;

function factsOf({ code, message, evidence, startedAt, finishedAt }: ObservedTask): Facts {
  return {
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(evidence === undefined ? {} : { evidence }),
    startedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

function statusBeforeApply(
  task: Task,
  { attempts }: Situation,
  statuses: ReadonlyMap<string, TaskStatus>,
): TaskStatus {
  const tried = attempts.get(task.id);
  const base = { id: task.id, attempts: tried?.count ?? 0 };
  if (tried?.failure) return { ...base, state: 'Failed', ...tried.failure, waitsFor: [] };
  const stateOf = (id: string): TaskState | undefined => statuses.get(id)?.state;
  const tolerated = new Set(task.tolerates);
  const broken = task.after.filter((id) => hasFailed(stateOf(id)) && !tolerated.has(id));
  if (broken.length > 0) return { ...base, state: 'Aborted', waitsFor: blamed(broken, statuses) };
  const open = task.after.filter((id) => !isDone(stateOf(id)) && !hasFailed(stateOf(id)));
  return { ...base, state: 'Pending', waitsFor: open };
}

/** What failed first, then the way from there. */
function blamed(
  broken: readonly string[],
  statuses: ReadonlyMap<string, TaskStatus>,
): readonly string[] {
  const [first = ''] = broken.toSorted((a, b) => rank(a, statuses) - rank(b, statuses));
  const root = statuses.get(first)?.state === 'Failed' ? first : statuses.get(first)?.waitsFor[0];
  return [...new Set([root ?? first, first, ...broken])];
}

function rank(id: string, statuses: ReadonlyMap<string, TaskStatus>): number {
  return statuses.get(id)?.state === 'Failed' ? 0 : 1;
}
