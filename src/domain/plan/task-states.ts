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
  /** Last log lines or exit code, redacted, at most 2 KiB. */
  readonly evidence?: string;
  /** Of what runs now: a component that is started again begins anew. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** Optional dependencies that it was applied to do without; absent when there was none. */
  readonly unavailable?: readonly string[];
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

/** Ids that a status lists of those a Task waits for: enough for a person, however many there are. */
const WAITS_SHOWN_MAX = 16;

/** The state of every Task, in plan order. */
export function taskStatesOf(
  tasks: readonly Task[],
  situation: Situation,
): ReadonlyMap<string, TaskStatus> {
  const byTask = Map.groupBy(situation.observations, ({ task }) => task);
  const statuses = new Map<string, TaskStatus>();
  const waitsOf = waitsIn(statuses);
  for (const task of tasks) {
    // An observation with another fingerprint is of something that this Task will replace.
    const observation = byTask
      .get(task.id)
      ?.find(({ fingerprint }) => fingerprint === task.fingerprint);
    const observed = observation && statusObserved(task, observation, situation);
    const tried = situation.attempts.get(task.id);
    statuses.set(task.id, observed ?? statusBeforeApply(task, tried, waitsOf(task), statuses));
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
  if (observation.state === 'Succeeded') {
    if (!isOlder) return status('Succeeded');
    return isWhole(observation) ? status('Skipped') : undefined;
  }
  if (observation.state === 'Running') {
    if (situation.nowMs < deadlineOf(task, observation, situation)) return status('Running');
    return isOlder ? undefined : status('Failed', overdue(task));
  }
  if (isOlder || observation.code === 'TASK_INTERRUPTED') return undefined;
  return status('Failed', { code: observation.code ?? 'INTERNAL' });
}

/** What a Task had to do without may be there by now. */
function isWhole({ unavailable = [] }: ObservedTask): boolean {
  return unavailable.length === 0;
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

/** How the Tasks that something waits for stand. */
interface Waits {
  readonly failed: readonly string[];
  /** Neither done nor failed. */
  readonly open: readonly string[];
}

type Statuses = ReadonlyMap<string, TaskStatus>;

/** Members of a start group wait for the same, so that is looked at once for all of them. */
function waitsIn(statuses: Statuses): (task: Task) => Waits {
  const ofGroups = new Map<string, Waits>();
  const look = ({ after }: Task): Waits => {
    const failed = after.filter((id) => hasFailed(statuses.get(id)?.state));
    const open = after.filter((id) => isOpen(statuses.get(id)?.state));
    return { failed, open: open.slice(0, WAITS_SHOWN_MAX) };
  };
  return (task) => {
    if (task.startGroup === null) return look(task);
    const waits = ofGroups.get(task.startGroup) ?? look(task);
    ofGroups.set(task.startGroup, waits);
    return waits;
  };
}

function isOpen(state: TaskState | undefined): boolean {
  return !isDone(state) && !hasFailed(state);
}

function statusBeforeApply(
  task: Task,
  tried: TaskAttempts | undefined,
  waits: Waits,
  statuses: Statuses,
): TaskStatus {
  const base = { id: task.id, attempts: tried?.count ?? 0 };
  if (tried?.failure) return { ...base, state: 'Failed', ...tried.failure, waitsFor: [] };
  const broken = waits.failed.filter((id) => !task.tolerates.includes(id));
  if (broken.length > 0) return { ...base, state: 'Aborted', waitsFor: blamed(broken, statuses) };
  return { ...base, state: 'Pending', waitsFor: waits.open };
}

/** What failed first, near before far, then what was aborted in between. */
function blamed(broken: readonly string[], statuses: Statuses): readonly string[] {
  const direct = broken.filter((id) => statuses.get(id)?.state === 'Failed');
  const roots = broken.flatMap((id) => statuses.get(id)?.waitsFor[0] ?? []);
  return [...new Set([...direct, ...roots, ...broken])].slice(0, WAITS_SHOWN_MAX);
}
