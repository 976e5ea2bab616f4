import { compareText } from '../diagnostic.ts';
import { invariant } from '../errors.ts';
import { at, digraphFromEdgeList, targetsOf } from '../graph/digraph.ts';
import type { Digraph } from '../graph/digraph.ts';
import { criticalPath, longestRemaining, topologicalOrder } from '../graph/order.ts';
import type { Plan, Task } from './plan.ts';
import { TASK_KINDS } from './plan.ts';

/** Every Task after all it waits for; among those that wait equally deep, by kind and then by name. */
export function inPlanOrder(tasks: readonly Task[]): readonly Task[] {
  const graph = graphOf(tasks);
  const order = topologicalOrder(graph);
  invariant(order !== null, 'the tasks of a plan wait for each other');
  const depths = new Int32Array(graph.size);
  for (const number of order) {
    for (const later of targetsOf(graph, number)) {
      depths[later] = Math.max(at(depths, later), at(depths, number) + 1);
    }
  }
  const ranked = tasks.map((task, number) => ({ task, depth: at(depths, number) }));
  return ranked.toSorted(compareRanked).map(({ task }) => task);
}

/** Task id → milliseconds from its start to the end of the longest chain that waits for it. */
export function prioritiesOf(plan: Pick<Plan, 'tasks'>): ReadonlyMap<string, number> {
  const graph = graphOf(plan.tasks);
  const remaining = longestRemaining(graph, weightsOf(plan.tasks, graph));
  return new Map(plan.tasks.map((task, number) => [task.id, remaining[number] as number]));
}

/** Ids along the longest chain of estimates; ties go to the smaller id. */
export function criticalPathOf(tasks: readonly Task[]): readonly string[] {
  const byId = tasks.toSorted((a, b) => compareText(a.id, b.id));
  const graph = graphOf(byId);
  return criticalPath(graph, weightsOf(byId, graph)).flatMap((number) => byId[number]?.id ?? []);
}

interface Ranked {
  readonly task: Task;
  readonly depth: number;
}

function compareRanked(a: Ranked, b: Ranked): number {
  return (
    a.depth - b.depth ||
    TASK_KINDS.indexOf(a.task.kind) - TASK_KINDS.indexOf(b.task.kind) ||
    compareText(a.task.id, b.task.id)
  );
}

/** Nodes that are no Task, which stand last, take no time. */
function weightsOf(tasks: readonly Task[], graph: Digraph): Float64Array {
  const weights = new Float64Array(graph.size);
  for (const [number, task] of tasks.entries()) weights[number] = task.estimateMs;
  return weights;
}

/**
 * Edges from earlier to later; a node is the place of a Task in the list. The members of a start
 * group all wait for the same, so the group has a node of its own between that and them: a group of
 * thousands would otherwise have millions of edges.
 */
function graphOf(tasks: readonly Task[]): Digraph {
  const numbers = new Map(tasks.map((task, number) => [task.id, number]));
  const groups = new Map<string, number>();
  const sources: number[] = [];
  const targets: number[] = [];
  const addAll = (ids: readonly string[], target: number): void => {
    for (const id of ids) {
      const source = numbers.get(id);
      invariant(source !== undefined, `"${id}" is waited for, and is not a task`);
      sources.push(source);
      targets.push(target);
    }
  };
  for (const [number, { after, startGroup }] of tasks.entries()) {
    if (startGroup === null) {
      addAll(after, number);
      continue;
    }
    const known = groups.get(startGroup);
    const group = known ?? tasks.length + groups.size;
    if (known === undefined) {
      groups.set(startGroup, group);
      addAll(after, group);
    }
    sources.push(group);
    targets.push(number);
  }
  return digraphFromEdgeList(tasks.length + groups.size, { sources, targets });
}
