import type { Component } from '../../../domain/catalog/component.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { isInside } from './scene.ts';

/** Where each dependency of a component lives: a name that moves restarts its callers. */
export function placementsOf(
  plan: Plan,
  { dependencies }: Component,
  unavailable: readonly string[],
): readonly (readonly [name: string, place: 'inside' | 'outside' | 'unavailable'])[] {
  return dependencies.map(({ name }) => {
    if (unavailable.includes(name)) return [name, 'unavailable'];
    return [name, isInside(plan, name) ? 'inside' : 'outside'];
  });
}
