import type { EnvironmentResourceStatus } from '../../../contract/environment-resource.ts';
import type { EnvironmentStatus } from '../../../application/ports/environment-store.ts';
import type { TaskState, TaskStatus } from '../../../domain/plan/plan.ts';
import { packText, unpackText } from './packing.ts';

/** Of `packed`, in base64; with the readable part it stays below the 64 KiB of a status. */
const PACKED_LENGTH_MAX = 40 * 1024;
const READABLE_COUNT_MAX = 50;
const READABLE_MESSAGE_MAX = 200;
const CONDITION_MESSAGE_MAX = 2048;

const DONE: ReadonlySet<TaskState> = new Set(['Succeeded', 'Skipped']);

type Packed = Pick<EnvironmentStatus, 'tasks' | 'addresses'>;

/**
 * The status as the resource holds it: for people the counters and what failed or is unfinished, for programs
 * all tasks in one compressed field, since a plan of hundreds of tasks would not fit in any other way.
 *
 * @param at - When it is written, ISO 8601.
 */
export function statusObjectOf(status: EnvironmentStatus, at: string): EnvironmentResourceStatus {
  const { tasks, addresses } = status;
  const done = tasks.filter(({ state }) => DONE.has(state)).length;
  return {
    observedGeneration: status.observedGeneration,
    conditions: status.conditions.map((condition) => ({
      ...condition,
      message: condition.message.slice(0, CONDITION_MESSAGE_MAX),
    })),
    progress: `${done}/${tasks.length}`,
    counters: countersOf(tasks),
    tasks: readableTasks(tasks),
    addresses: addresses.slice(0, READABLE_COUNT_MAX),
    updatedAt: at,
    packed: packedWithin({ tasks, addresses }),
  };
}

/** What `statusObjectOf` was given, less what did not fit. */
export function statusOf(object: EnvironmentResourceStatus): EnvironmentStatus {
  const { observedGeneration, conditions, packed } = object;
  const { tasks, addresses } = unpackText(packed) as Packed;
  return {
    observedGeneration,
    conditions: conditions as EnvironmentStatus['conditions'],
    tasks,
    addresses,
  };
}

function countersOf(tasks: readonly TaskStatus[]): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const { state } of tasks) {
    const key = state.toLowerCase();
    counters[key] = (counters[key] ?? 0) + 1;
  }
  return counters;
}

const READABLE_ORDER: readonly TaskState[] = ['Failed', 'Running', 'Aborted', 'Pending'];

function readableTasks(tasks: readonly TaskStatus[]): EnvironmentResourceStatus['tasks'] {
  return READABLE_ORDER.flatMap((state) => tasks.filter((task) => task.state === state))
    .slice(0, READABLE_COUNT_MAX)
    .map(({ id, state, code, message }) => ({
      id,
      state,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message: message.slice(0, READABLE_MESSAGE_MAX) }),
    }));
}

/** What goes first when not all fits, one after another. States and codes go last of all. */
const CUTS: readonly ((task: TaskStatus) => TaskStatus)[] = [
  (task) => ({ ...task, waitsFor: task.waitsFor.slice(0, 2) }),
  (task) => (task.evidence === undefined ? task : { ...task, evidence: task.evidence.slice(-512) }),
  (task) => without(task, ['evidence']),
  (task) => ({ ...without(task, ['startedAt', 'finishedAt']), waitsFor: [] }),
  (task) => without(task, ['message']),
];

function without(
  task: TaskStatus,
  keys: readonly ('evidence' | 'message' | 'startedAt' | 'finishedAt')[],
): TaskStatus {
  const copy = { ...task };
  for (const key of keys) delete copy[key];
  return copy;
}

function packedWithin(whole: Packed): string {
  let { tasks } = whole;
  let text = packText(whole);
  for (const cut of CUTS) {
    if (text.length <= PACKED_LENGTH_MAX) return text;
    tasks = tasks.map(cut);
    text = packText({ ...whole, tasks });
  }
  if (text.length <= PACKED_LENGTH_MAX) return text;
  // Thousands of tasks: what is done can be seen again, what failed cannot be guessed.
  tasks = tasks.filter(({ state }) => !DONE.has(state)).slice(0, 500);
  return packText({ tasks, addresses: whole.addresses.slice(0, READABLE_COUNT_MAX) });
}
