import type { BoundaryMember, ClosureMember } from '../closure/closure.ts';
import { compareText } from '../diagnostic.ts';
import { sha256Hex } from '../naming/digest.ts';
import { canonicalJson } from './canonical-json.ts';
import { byName, layoutOf, placementOf, revisionOf } from './layout.ts';
import type { Layout, LayoutInput } from './layout.ts';
import { mustHave } from '../must-have.ts';
import type { Plan, PlannedComponent, PlanWarning } from './plan.ts';
import { criticalPathOf, inPlanOrder } from './task-order.ts';
import { tasksOf } from './tasks-of.ts';
import { worktreeBuildsOf } from './worktree-builds.ts';

export interface PlanInput extends LayoutInput {
  /** What the engine is able to do, as far as it shapes the Tasks. */
  readonly traits: { readonly buildsFromSource: boolean };
}

/**
 * Closure and picks made into the DAG of Tasks (design §6).
 *
 * Invariants: the same content gives a byte-equal Plan, whatever the order of files, members or
 * edges; every Task stands after all it waits for; the members of a start group wait for the same;
 * no secret value, no place of a file. What is not here: whether the engine can do it (preflight),
 * and what to start when (`decide.ts`).
 *
 * Cost: linear in the closure, its edges and the length of the Plan; the rest of the catalog is not
 * looked at. The members of a start group each list the union of what the group waits for.
 */
export function planFor(input: PlanInput): Plan {
  const layout = layoutOf(input);
  const builds = worktreeBuildsOf(layout, input.traits.buildsFromSource);
  const tasks = inPlanOrder(tasksOf(layout, builds));
  const { closure } = input;
  return {
    environment: input.environment,
    branch: input.branch,
    isolation: closure.isolation,
    domain: input.domain,
    components: closure.members.toSorted(byName).map((member) => planned(layout, member)),
    boundary: closure.boundary.toSorted(byName).map((member) => boundaryOf(layout, member)),
    definitions: Object.fromEntries(
      [...layout.inside, ...layout.outside].toSorted(([a], [b]) => compareText(a, b)),
    ),
    tasks,
    criticalPath: criticalPathOf(tasks),
    cost: costOf(layout),
    warnings: warningsOf(layout, closure.warnings),
  };
}

/** A short name for exactly this Plan: SHA-256 of its canonical JSON, in hexadecimal. */
export function hashOfPlan(plan: Plan): string {
  return sha256Hex(canonicalJson(plan));
}

function planned(layout: Layout, { name, role, reason, witness }: ClosureMember): PlannedComponent {
  return { name, role, reason, witness, revision: revisionOf(layout, name) };
}

function boundaryOf(layout: Layout, { name }: BoundaryMember): BoundaryMember {
  return { name, usedBy: mustHave(layout.usedBy, name) };
}

function costOf(layout: Layout): Plan['cost'] {
  let cpuMillis = 0;
  let memoryBytes = 0;
  for (const { resources } of layout.inside.values()) {
    cpuMillis += resources.cpuMillis;
    memoryBytes += resources.memoryBytes;
  }
  return { cpuMillis, memoryBytes };
}

function warningsOf(layout: Layout, given: readonly PlanWarning[]): readonly PlanWarning[] {
  const warnings = new Map<string, PlanWarning>();
  for (const { code, component, message, witness } of [...given, ...missingOptionals(layout)]) {
    const known = canonicalJson([code, component, witness]);
    if (!warnings.has(known)) warnings.set(known, { code, component, message, witness });
  }
  return [...warnings.values()].toSorted(compareWarnings);
}

function* missingOptionals(layout: Layout): Generator<PlanWarning> {
  for (const { name, dependencies } of layout.inside.values()) {
    for (const dependency of dependencies) {
      if (!dependency.optional || placementOf(layout, dependency.name) !== 'missing') continue;
      yield {
        code: 'OPTIONAL_DEPENDENCY_MISSING',
        component: name,
        message: `"${name}" runs without its optional dependency "${dependency.name}"; its references are empty`,
        witness: [name, dependency.name],
      };
    }
  }
}

function compareWarnings(a: PlanWarning, b: PlanWarning): number {
  return (
    compareText(a.code, b.code) ||
    compareText(a.component, b.component) ||
    compareText(a.message, b.message) ||
    compareText(a.witness.join('\n'), b.witness.join('\n'))
  );
}
