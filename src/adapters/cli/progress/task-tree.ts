import { compareText } from '../../../domain/diagnostic.ts';
import type { Plan, Task } from '../../../domain/plan/plan.ts';

/** A task and what is drawn before it. */
export interface TreeRow {
  readonly id: string;
  /** `│  ├─ `; empty for a task that waits for nothing. */
  readonly branch: string;
}

/** Deeper ones stand no further right: a chain of hundreds must stay readable. */
const DEPTH_DRAWN_MAX = 12;

/**
 * The DAG as a tree, each task below the one that it can wait for longest: the deepest of its
 * prerequisites, the first by name of equally deep ones. Made once a plan; frames only look at it.
 */
export function taskTreeOf(plan: Pick<Plan, 'tasks'>): readonly TreeRow[] {
  const depths = depthsOf(plan.tasks);
  const children = new Map<string | null, string[]>();
  for (const task of plan.tasks) {
    const parent = parentOf(task, depths);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [task.id]);
    else siblings.push(task.id);
  }
  return rowsOf(children);
}

interface Visit {
  readonly id: string;
  /** What is drawn before the branches of its children. */
  readonly indent: string;
  readonly branch: string;
  readonly depth: number;
}

function rowsOf(children: ReadonlyMap<string | null, readonly string[]>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const stack: Visit[] = (children.get(null) ?? [])
    .map((id) => ({ id, indent: '', branch: '', depth: 0 }))
    .toReversed();
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { id, branch, indent, depth } = visit;
    rows.push({ id, branch });
    const below = children.get(id) ?? [];
    const isFlat = depth >= DEPTH_DRAWN_MAX;
    for (const [index, child] of below.entries().toArray().toReversed()) {
      const isLast = index === below.length - 1;
      stack.push({
        id: child,
        branch: isFlat ? branch : `${indent}${isLast ? '└─ ' : '├─ '}`,
        indent: isFlat ? indent : `${indent}${isLast ? '   ' : '│  '}`,
        depth: depth + 1,
      });
    }
  }
  return rows;
}

function parentOf({ after }: Task, depths: ReadonlyMap<string, number>): string | null {
  let parent: string | null = null;
  let parentDepth = -1;
  for (const id of after) {
    const depth = depths.get(id) ?? -1;
    const isFirst = parent !== null && depth === parentDepth && compareText(id, parent) < 0;
    if (depth > parentDepth || isFirst) {
      parent = id;
      parentDepth = depth;
    }
  }
  return parent;
}

/** Longest way from a task without prerequisites; tasks may be listed in any order. */
function depthsOf(tasks: readonly Task[]): ReadonlyMap<string, number> {
  const after = new Map(tasks.map((task) => [task.id, task.after]));
  const depths = new Map<string, number>();
  for (const { id } of tasks) {
    const stack = [id];
    while (stack.length > 0) {
      const top = stack.at(-1) ?? '';
      const before = (after.get(top) ?? []).filter((other) => after.has(other));
      const missing = before.filter((other) => !depths.has(other));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      depths.set(
        top,
        before.reduce((deepest, other) => Math.max(deepest, depths.get(other) ?? 0), -1) + 1,
      );
    }
  }
  return depths;
}
