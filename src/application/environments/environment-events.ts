import type { TaskState, TaskStatus } from '../../domain/plan/plan.ts';
import type {
  EnvironmentEvent,
  EnvironmentRecord,
  EnvironmentStatus,
} from '../ports/environment-store.ts';

type NewEvent = Omit<EnvironmentEvent, 'id' | 'at'>;

/**
 * What happened between two statuses, in plan order: Tasks that changed their state, then `ready` or
 * `failed` for the environment. Events are appended before the status is written, so a process that
 * is killed in between leaves one twice rather than none.
 */
export function eventsBetween(record: EnvironmentRecord, after: EnvironmentStatus): NewEvent[] {
  const before = record.status;
  const isSameGeneration = before.observedGeneration === after.observedGeneration;
  const states = new Map(before.tasks.map(({ id, state }) => [id, state]));
  const events = after.tasks
    .filter(({ id, state }) => isNews(state, states.get(id)))
    .map((task) => taskEvent(record.name, task));
  const verdict = verdictOf(after);
  if (verdict !== null && !(isSameGeneration && verdictOf(before) === verdict)) {
    events.push(verdictEvent(record, after, verdict));
  }
  return events;
}

/** What was done before and still holds is no news, nor is what has not begun. */
function isNews(state: TaskState, before: TaskState | undefined): boolean {
  if (state === 'Pending' || state === before) return false;
  return state !== 'Skipped' || before !== 'Succeeded';
}

/** @param notes - What stays on purpose, for people. */
export function removalEvent(
  record: EnvironmentRecord,
  type: 'removing' | 'removed',
  notes: readonly string[] = [],
): NewEvent {
  const message =
    type === 'removing'
      ? `the environment "${record.name}" is being removed`
      : [`the environment "${record.name}" is gone`, ...notes].join('; ');
  return { environment: record.name, type, message, data: { generation: record.generation } };
}

function taskEvent(environment: string, task: TaskStatus): NewEvent {
  const { id, state, code, message } = task;
  return {
    environment,
    type: 'task',
    message: message === undefined ? `"${id}" is ${state}` : `"${id}" is ${state}: ${message}`,
    data: { task: id, state, ...(code === undefined ? {} : { code }) },
  };
}

function verdictOf({ conditions }: EnvironmentStatus): 'ready' | 'failed' | null {
  const statusOf = (name: string): string | undefined =>
    conditions.find(({ type }) => type === name)?.status;
  if (statusOf('Ready') === 'True') return 'ready';
  return statusOf('Progressing') === 'False' && statusOf('Ready') === 'False' ? 'failed' : null;
}

function verdictEvent(
  { name, generation }: EnvironmentRecord,
  after: EnvironmentStatus,
  type: 'ready' | 'failed',
): NewEvent {
  const ready = after.conditions.find((condition) => condition.type === 'Ready');
  const because = ready?.message ?? '';
  return {
    environment: name,
    type,
    message: type === 'ready' ? `"${name}" is ready` : `"${name}" is not ready: ${because}`,
    data: { generation, reason: ready?.reason ?? '' },
  };
}
