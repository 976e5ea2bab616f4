import type { Component } from '../catalog/component.ts';
import { invariant } from '../errors.ts';
import type { Plan } from './plan.ts';

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
    for (const dependency of definitionOf(plan, name)?.dependencies ?? []) {
      if (!dependency.optional) needed.add(dependency.name);
    }
  }
  return needed;
}

/** Optional dependencies of a component of the plan that the environment cannot give it at present. */
export function unavailableTo(
  plan: Plan,
  name: string,
  isBroken: (component: string) => boolean,
): readonly string[] {
  return definitionIn(plan, name)
    .dependencies.filter((dependency) => dependency.optional)
    .map((dependency) => dependency.name)
    .filter((dependency) => definitionOf(plan, dependency) === undefined || isBroken(dependency));
}

/**
 * The definition of a component of the plan; undefined for any other name. Own keys only: a catalog may
 * speak of a `constructor`, which every object seems to have.
 */
export function definitionOf(
  { definitions }: Pick<Plan, 'definitions'>,
  name: string,
): Component | undefined {
  return Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

function definitionIn(plan: Plan, name: string): Component {
  const definition = definitionOf(plan, name);
  invariant(definition !== undefined, 'a plan defines all that it has a task for');
  return definition;
}
