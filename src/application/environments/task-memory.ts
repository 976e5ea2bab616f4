import type { TaskAttempts } from '../../domain/plan/task-states.ts';
import { isDone } from '../../domain/plan/task-states.ts';
import type { TaskStatus } from '../../domain/plan/plan.ts';
import type { EnvironmentRecord } from '../ports/environment-store.ts';
import { AGAIN_MS, ATTEMPTS_MAX, RETRY_RULES, backoffMs, codeOf, messageOf } from './retry.ts';

/**
 * What the reconciler remembers of handing Tasks to the engine, for one generation of one life.
 *
 * Nothing depends on it: a process that starts anew finds counts and failures in the status, and
 * tries what is pending at once. It only keeps a Task that is refused, or that does not last, from
 * being tried in a hot loop.
 */
export interface TaskMemory {
  readonly attempts: ReadonlyMap<string, TaskAttempts>;
  /** The engine accepted a Task. */
  accepted(task: string, nowMs: number): void;
  /** The engine did not. */
  refused(task: string, error: unknown, nowMs: number): void;
  /** What is done may be tried as often again, should it ever be undone. */
  observed(tasks: readonly TaskStatus[]): void;
}

export interface TaskMemories {
  of(record: EnvironmentRecord): TaskMemory;
  forget(environment: string): void;
}

interface Remembered {
  readonly uid: string;
  readonly generation: number;
  readonly memory: TaskMemory;
}

/** @param random - Source of jitter, from 0 to below 1. */
export function createTaskMemories(random: () => number): TaskMemories {
  const remembered = new Map<string, Remembered>();
  return {
    of(record) {
      const known = remembered.get(record.name);
      if (known?.uid === record.uid && known.generation === record.generation) return known.memory;
      const memory = createTaskMemory(record, random);
      remembered.set(record.name, { uid: record.uid, generation: record.generation, memory });
      return memory;
    },
    forget(environment) {
      remembered.delete(environment);
    },
  };
}

function createTaskMemory(record: EnvironmentRecord, random: () => number): TaskMemory {
  const attempts = attemptsInStatus(record);
  /** Tries since the Task was last done. */
  const tries = new Map(attempts.entries().map(([id, { count }]) => [id, count]));
  const note = (task: string, more: { counts: boolean }): { count: number; tried: number } => {
    const step = more.counts ? 1 : 0;
    const tried = (tries.get(task) ?? 0) + step;
    tries.set(task, tried);
    return { count: (attempts.get(task)?.count ?? 0) + step, tried };
  };
  const memory: TaskMemory = {
    attempts,
    accepted(task, nowMs) {
      const { count, tried } = note(task, { counts: true });
      const notBeforeMs = nowMs + backoffMs(tried, random());
      attempts.set(task, { count, notBeforeMs, failure: tried >= ATTEMPTS_MAX ? GIVEN_UP : null });
    },
    refused(task, error, nowMs) {
      const code = codeOf(error);
      const rule = RETRY_RULES[code];
      const { count, tried } = note(task, { counts: rule !== 'again' });
      const isFinal = rule === 'terminal' || (rule === 'retry' && tried >= ATTEMPTS_MAX);
      const pauseMs = rule === 'again' ? AGAIN_MS : backoffMs(tried, random());
      const failure = isFinal ? { code, message: messageOf(error) } : null;
      attempts.set(task, { count, notBeforeMs: nowMs + pauseMs, failure });
    },
    observed(tasks) {
      for (const { id, state } of tasks) {
        const known = attempts.get(id);
        if (!isDone(state) || known === undefined) continue;
        tries.delete(id);
        attempts.set(id, { count: known.count, notBeforeMs: 0, failure: null });
      }
    },
  };
  memory.observed(record.status.tasks);
  return memory;
}

/** For a Task that is accepted again and again and yet never lasts; shown only when it is not observed. */
const GIVEN_UP = {
  code: 'TASK_INTERRUPTED',
  message: 'the task was started several times and was ended each time before it was done',
} as const;

function attemptsInStatus({ generation, status }: EnvironmentRecord): Map<string, TaskAttempts> {
  const attempts = new Map<string, TaskAttempts>();
  if (status.observedGeneration !== generation) return attempts;
  for (const { id, state, attempts: count, code, message } of status.tasks) {
    if (count === 0) continue;
    const failure =
      state === 'Failed' ? { code: code ?? 'INTERNAL', message: message ?? '' } : null;
    attempts.set(id, { count, notBeforeMs: 0, failure });
  }
  return attempts;
}
