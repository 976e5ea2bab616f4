import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import {
  baselineServiceOf,
  findBaselineService,
  servicesByList,
} from '../engine/existing/baseline-services.ts';
import { placesOf } from '../render/followed.ts';
import { otherNameOf } from '../render/beyond-baseline.ts';
import { addressFamily } from '../render/ip-address.ts';
import { isOpenEgress, reachableNamespaces } from '../render/network-policies.ts';
import type { BaselineService } from '../render/rendering.ts';
import type { Inspection } from './inspection.ts';
import { asWarning, problem } from './plan-problem.ts';

/**
 * What the environment uses and does not run is there, with the ports it is used by. A baseline that
 * Offshoot runs itself starts what is missing, so there is nothing to look for.
 */
export async function checkBoundaries(
  inspection: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const { baselineNamespaces } = inspection.settings;
  const reading = { settings: inspection.settings, api: servicesByList(inspection.api) };
  const found: Diagnostic[] = [];
  for (const { name, usedBy } of plan.boundary) {
    const component = definitionOf(plan, name);
    if (component === undefined) continue;
    if (component.type === 'external') found.push(...openEgressOf(component));
    else if (baselineNamespaces.length > 0) {
      const problems = await problemsOf(reading, plan, component);
      const isNeeded = usedBy.some((user) => needs(definitionOf(plan, user), name));
      found.push(...(isNeeded ? problems : problems.map(asWarning)));
    }
  }
  return found;
}

function needs(user: Component | undefined, name: string): boolean {
  return user?.dependencies.some((each) => each.name === name && !each.optional) === true;
}

function openEgressOf(component: Component): readonly Diagnostic[] {
  const { name, external } = component;
  if (external === undefined || !isOpenEgress(external)) return [];
  const message = `"${name}" is reached by name and names no "cidrs": any address may be reached on its ports`;
  return [asWarning(problem(component, 'EXTERNAL_EGRESS_OPEN', message))];
}

type Reading = Parameters<typeof findBaselineService>[0];

async function problemsOf(
  reading: Reading,
  plan: Plan,
  component: Component,
): Promise<readonly Diagnostic[]> {
  const { baselineNamespaces } = reading.settings;
  const service = await findBaselineService(reading, component);
  if (service === null) {
    const places = placesOf(component, baselineNamespaces);
    const names = places.map(({ namespace, name }) => `"${namespace}/${name}"`).join(', ');
    const message = `the baseline has no Service for "${component.name}": ${names}`;
    return [problem(component, 'BOUNDARY_MISSING', message)];
  }
  const found = baselineServiceOf(component, service, []);
  const missing = component.ports
    .filter(({ name }) => found.ports[name] === undefined)
    .map(({ name, port }) => {
      const message = `Service "${found.name}" of the baseline has no port for "${name}" (${port}) of "${component.name}"`;
      return problem(component, 'BOUNDARY_PORT_MISSING', message);
    });
  const otherName = otherNameOf(found, reachableNamespaces(plan, baselineNamespaces));
  return otherName === null || addressFamily(otherName) !== null
    ? missing
    : [...missing, openBeyond(component, found, otherName)];
}

function openBeyond(
  component: Component,
  { namespace, name }: BaselineService,
  otherName: string,
): Diagnostic {
  const message = `Service "${namespace}/${name}" of the baseline is another name for "${otherName}": any address may be reached on the ports of "${component.name}"`;
  return asWarning(problem(component, 'EXTERNAL_EGRESS_OPEN', message));
}
