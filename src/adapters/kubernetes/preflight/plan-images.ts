import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { OperationError } from '../../../domain/errors.ts';
import { definitionOf, neededComponents } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { engineOf } from '../render/datastore-engines.ts';
import { hasKnownImage, imageOf } from '../render/images.ts';
import { problem } from './plan-problem.ts';

function hasImage(component: Component): boolean {
  const isNamed = component.image !== undefined || component.from !== undefined;
  return isNamed || engineOf(component)?.image !== undefined;
}

/** Whatever runs inside needs an image of its own, or a workload to copy it from. */
export function checkImagesNamed(plan: Plan): readonly Diagnostic[] {
  return plan.components.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    if (component === undefined || hasImage(component)) return [];
    return [
      problem(component, 'IMAGE_MISSING', `"${name}" has no "image", so no cluster can run it`),
    ];
  });
}

export interface PlanImage {
  readonly image: string;
  /** Those that run from it. */
  readonly components: readonly Component[];
  /** False where only optional ones do. */
  readonly isNeeded: boolean;
}

/** What will be pulled for the components; an image that follows from what a baseline runs is there. */
export function imagesOf(plan: Plan): readonly PlanImage[] {
  const needed = neededComponents(plan);
  const users = new Map<string, Component[]>();
  for (const { name, revision } of plan.components) {
    const component = definitionOf(plan, name);
    if (component === undefined || component.type === 'external' || !hasImage(component)) continue;
    if (component.from !== undefined && !hasKnownImage(component, revision)) continue;
    const image = imageOrNull(() => imageOf(component, revision));
    if (image !== null) users.set(image, [...(users.get(image) ?? []), component]);
  }
  return [...users].map(([image, components]) => ({
    image,
    components,
    isNeeded: components.some(({ name }) => needed.has(name)),
  }));
}

/** What is wrong with its name shows where its Task is rendered. */
function imageOrNull(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof OperationError) return null;
    throw error;
  }
}
