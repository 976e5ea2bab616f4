import { compareText } from '../diagnostic.ts';
import { invariant } from '../errors.ts';
import { digraphFromEdgeList } from '../graph/digraph.ts';
import type { Digraph } from '../graph/digraph.ts';
import { criticalPath, longestRemaining, topologicalOrder } from '../graph/order.ts';
import type { Plan, Task } from './plan.ts';
import { TASK_KINDS } from './plan.ts';

/** Every Task after all it waits for; among those that wait equally deep, by kind and then by name. */
export function inPlanOrder(tasks: readonly Task[]): readonly Task[] {
  const graph = graphOf(tasks);
  const order = topologicalOrder(graph);
  invariant(order !== null, 'the tasks of a plan wait for each other');
  const depths = new Map<string, number>();
  for (const number of order) {
    const task = tasks[number];
    if (task === undefined) continue;
    let depth = 0;
    for (const id of task.after) depth = Math.max(depth, 1 + (depths.get(id) ?? 0));
    depths.set(task.id, depth);
  }
  const depthOf = (task: Task): number => depths.get(task.id) ?? 0;
  return tasks.toSorted(
    (a, b) =>
      depthOf(a) - depthOf(b) ||
      TASK_KINDS.indexOf(a.kind) - TASK_KINDS.indexOf(b.kind) ||
      compareText(a.id, b.id),
  );
}

/** Task id → milliseconds from its start to the end of the longest chain that waits for it. */
export function prioritiesOf(plan: Pick<Plan, 'tasks'>): ReadonlyMap<string, number> {
  const remaining = longestRemaining(graphOf(plan.tasks), estimatesOf(plan.tasks));
  return new Map(plan.tasks.map((task, number) => [task.id, remaining[number] ?? 0]));
}

/** Ids along the longest chain of estimates; ties go to the smaller id. */
export function criticalPathOf(tasks: readonly Task[]): readonly string[] {
  const byId = tasks.toSorted((a, b) => compareText(a.id, b.id));
  const path = criticalPath(graphOf(byId), estimatesOf(byId));
  return path.flatMap((number) => byId[number]?.id ?? []);
}

function estimatesOf(tasks: readonly Task[]): readonly number[] {
  return tasks.map((task) => task.estimateMs);
}

/** Edges from earlier to later; a node is the place of a Task in the list. */
function graphOf(tasks: readonly Task[]): Digraph {
  const numbers = new Map(tasks.map((task, number) => [task.id, number]));
  const sources: number[] = [];
  const targets: number[] = [];
  for (const [target, task] of tasks.entries()) {
    for (const id of task.after) {
      const source = numbers.get(id);
      invariant(source !== undefined, `task "${task.id}" waits for "${id}", which is not a task`);
      sources.push(source);
      targets.push(target);
    }
  }
  return digraphFromEdgeList(tasks.length, { sources, targets });
}
