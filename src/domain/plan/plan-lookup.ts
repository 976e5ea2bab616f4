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
    for (const dependency of isDefined(plan, name) ? definitionIn(plan, name).dependencies : []) {
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
    .filter((dependency) => !isDefined(plan, dependency) || isBroken(dependency));
}

/** Own keys only: a component may be called `constructor`. */
function isDefined({ definitions }: Plan, name: string): boolean {
  return Object.hasOwn(definitions, name);
}

function definitionIn({ definitions }: Plan, name: string): Component {
  const definition = definitions[name];
  invariant(definition !== undefined, 'a plan defines all that it has a task for');
  return definition;
}
