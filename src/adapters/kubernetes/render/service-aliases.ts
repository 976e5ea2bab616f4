import type { Component } from '../../../domain/catalog/component.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';

/**
 * The name of the baseline's Service as a second name in the environment, where it differs from the
 * component's: what was copied from there, or has the short name built in, calls it so. Null if another
 * component has that name, or claims it too.
 */
export function aliasOf(plan: Plan, component: Component, service: string): string | null {
  if (service === component.name || definitionOf(plan, service) !== undefined) return null;
  const isClaimed = Object.values(plan.definitions).some(
    ({ name, baseline }) => name !== component.name && baseline?.service === service,
  );
  return isClaimed ? null : service;
}
