import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { engineOf } from '../render/datastore-engines.ts';
import { problem } from './plan-problem.ts';

function hasImage(component: Component): boolean {
  const isNamed = component.image !== undefined || component.from !== undefined;
  return isNamed || engineOf(component)?.image !== undefined;
}

/** Whatever runs inside needs an image of its own, or a workload to copy it from. */
export function checkImages(plan: Plan): readonly Diagnostic[] {
  return plan.components.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    if (component === undefined || hasImage(component)) return [];
    return [
      problem(component, 'IMAGE_MISSING', `"${name}" has no "image", so no cluster can run it`),
    ];
  });
}
