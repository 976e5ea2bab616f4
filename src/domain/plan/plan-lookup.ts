import type { Component } from '../catalog/component.ts';
import type { Plan } from './plan.ts';

/** Own keys only: a component may be called `constructor`. */
export function definitionIn(plan: Pick<Plan, 'definitions'>, name: string): Component | undefined {
  return Object.hasOwn(plan.definitions, name) ? plan.definitions[name] : undefined;
}

/**
 * The components without which the environment is not what was asked for: those that were changed,
 * lie on a path or were taken in on purpose, and all they depend on other than optionally. A plan
 * that was asked for nothing in particular needs everything.
 */
export function neededComponents(plan: Plan): ReadonlySet<string> {
  const asked = plan.components.filter(({ role }) => role !== 'dependency' && role !== 'datastore');
  const roots = asked.length > 0 ? asked : plan.components;
  const needed = new Set(roots.map(({ name }) => name));
  // The set grows while it is walked through.
  for (const name of needed) {
    for (const dependency of definitionIn(plan, name)?.dependencies ?? []) {
      if (!dependency.optional) needed.add(dependency.name);
    }
  }
  return needed;
}

/** Optional dependencies of a component that the environment cannot give it at present. */
export function unavailableTo(
  plan: Plan,
  name: string,
  isBroken: (component: string) => boolean,
): readonly string[] {
  const dependencies = definitionIn(plan, name)?.dependencies ?? [];
  return dependencies
    .filter((dependency) => dependency.optional)
    .map((dependency) => dependency.name)
    .filter((dependency) => definitionIn(plan, dependency) === undefined || isBroken(dependency));
}
