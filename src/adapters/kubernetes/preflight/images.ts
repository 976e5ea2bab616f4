import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { problem } from './plan-problem.ts';

/** Whatever runs inside needs an image of its own, or a workload to copy it from. */
export function checkImages(plan: Plan): readonly Diagnostic[] {
  return plan.components.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    if (component === undefined || component.image !== undefined || component.from !== undefined) {
      return [];
    }
    return [
      problem(component, 'IMAGE_MISSING', `"${name}" has no "image", so no cluster can run it`),
    ];
  });
}
