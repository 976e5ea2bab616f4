import { mustHave } from '../must-have.ts';
import { conditionsOf } from './plan-conditions.ts';
import type { PlanCondition } from './plan-conditions.ts';
import type { Plan, Task, TaskStatus } from './plan.ts';
import { neededComponents, unavailableTo } from './plan-lookup.ts';
import { prioritiesOf } from './task-order.ts';
import { deadlineOf, hasFailed, taskStatesOf } from './task-states.ts';
import type { Situation } from './task-states.ts';

export interface DecideInput extends Situation {
  readonly plan: Plan;
  readonly limits: {
    /** Most Tasks Running at once, at least 1. */
    readonly concurrency: number;
  };
}

export interface TaskStart {
  readonly task: Task;
  /** Optional dependencies whose references render empty, by name. */
  readonly unavailable: readonly string[];
}

type Outcome = 'running' | 'ready' | 'failed';

export interface Decision {
  /** All Tasks, in plan order. */
  readonly tasks: readonly TaskStatus[];
  /** What to hand to the engine now, most urgent first. */
  readonly start: readonly TaskStart[];
  /** When time alone changes the answer; milliseconds since the epoch. */
  readonly wakeAtMs: number | null;
  /** Nothing runs and nothing will be started under this generation. */
  readonly settled: boolean;
  readonly outcome: Outcome;
  /** `Ready` first. */
  readonly conditions: readonly PlanCondition[];
}

/**
 * From what is observed to what to do next (design §3.4, §6).
 *
 * A Task starts the moment its own dependencies are ready: no layers, no waves. Among those that may
 * start, the longest remaining path goes first, and a start group that has begun is completed before
 * another begins. A failed Task aborts what waits for it and nothing else.
 *
 * Pure: equal input, equal decision. The same observations after the same time start nothing twice,
 * since what was started is observed as Running.
 */
export function decide(input: DecideInput): Decision {
  const { plan } = input;
  const states = taskStatesOf(plan.tasks, input);
  const tasks = [...states.values()];
  const settled = tasks.every(({ state }) => state !== 'Pending' && state !== 'Running');
  const outcome = settled ? settledOutcome(plan, states) : 'running';
  return {
    tasks,
    start: startsOf(input, states),
    wakeAtMs: wakeAtMsOf(input, states),
    settled,
    outcome,
    conditions: conditionsOf(plan, tasks, outcome),
  };
}

type States = ReadonlyMap<string, TaskStatus>;

function startsOf(input: DecideInput, states: States): readonly TaskStart[] {
  const { plan, limits, nowMs, attempts } = input;
  const running = plan.tasks.filter(({ id }) => states.get(id)?.state === 'Running');
  const free = limits.concurrency - running.length;
  if (free <= 0) return [];
  const priorities = prioritiesOf(plan);
  const begun = new Set(running.map(({ startGroup }) => startGroup));
  const continues = ({ startGroup }: Task): number =>
    startGroup !== null && begun.has(startGroup) ? 1 : 0;
  const startable = plan.tasks
    .filter(({ id }) => isStartable(states.get(id)))
    .filter(({ id }) => (attempts.get(id)?.notBeforeMs ?? nowMs) <= nowMs)
    .map((task) => ({ task, goesOn: continues(task), priority: mustHave(priorities, task.id) }))
    .toSorted((a, b) => b.goesOn - a.goesOn || b.priority - a.priority);
  if (startable.length === 0) return [];
  const broken = brokenComponents(plan, states);
  return startable.slice(0, free).map(({ task }) => ({
    task,
    unavailable:
      task.component === null
        ? []
        : unavailableTo(plan, task.component, (name) => broken.has(name)),
  }));
}

function isStartable(status: TaskStatus | undefined): boolean {
  return status?.state === 'Pending' && status.waitsFor.length === 0;
}

/** A component one of whose Tasks failed, other than the one that shows it to people. */
function brokenComponents(plan: Plan, states: States): ReadonlySet<string> {
  const broken = new Set<string>();
  for (const { id, kind, component } of plan.tasks) {
    if (component !== null && kind !== 'expose' && hasFailed(states.get(id)?.state)) {
      broken.add(component);
    }
  }
  return broken;
}

function wakeAtMsOf(input: DecideInput, states: States): number | null {
  const { plan, observations, attempts, nowMs } = input;
  const byId = new Map(plan.tasks.map((task) => [task.id, task]));
  let wakeAtMs = Number.POSITIVE_INFINITY;
  for (const observation of observations) {
    const task = byId.get(observation.task);
    if (task?.fingerprint !== observation.fingerprint) continue;
    if (states.get(task.id)?.state !== 'Running') continue;
    wakeAtMs = Math.min(wakeAtMs, deadlineOf(task, observation, input));
  }
  for (const [id, { notBeforeMs }] of attempts) {
    if (notBeforeMs <= nowMs || !isStartable(states.get(id))) continue;
    wakeAtMs = Math.min(wakeAtMs, notBeforeMs);
  }
  return Number.isFinite(wakeAtMs) ? wakeAtMs : null;
}

/** The failure of what is only an optional dependency leaves the environment ready. */
function settledOutcome(plan: Plan, states: States): 'ready' | 'failed' {
  const failed = plan.tasks.filter(({ id }) => hasFailed(states.get(id)?.state));
  if (failed.length === 0) return 'ready';
  const needed = neededComponents(plan);
  return failed.some(({ component }) => component === null || needed.has(component))
    ? 'failed'
    : 'ready';
}
