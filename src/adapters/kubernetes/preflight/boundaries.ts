import { baselineServiceOf, findBaselineService } from '../engine/baseline-services.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
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
  if (inspection.settings.baselineNamespaces.length === 0) return [];
  const found: Diagnostic[] = [];
  for (const { name, usedBy } of plan.boundary) {
    const component = definitionOf(plan, name);
    if (component === undefined || component.type === 'external') continue;
    const problems = await problemsOf(inspection, component);
    const isNeeded = usedBy.some((user) =>
      definitionOf(plan, user)?.dependencies.some(
        (dependency) => dependency.name === name && !dependency.optional,
      ),
    );
    found.push(...(isNeeded ? problems : problems.map(asWarning)));
  }
  return found;
}

async function problemsOf(
  inspection: Inspection,
  component: Component,
): Promise<readonly Diagnostic[]> {
  const service = await findBaselineService(inspection, component);
  if (service === null) {
    const places = inspection.settings.baselineNamespaces.map((name) => `"${name}"`).join(', ');
    const message = `the baseline has no Service for "${component.name}" in ${component.baseline?.namespace ?? places}`;
    return [problem(component, 'BOUNDARY_MISSING', message)];
  }
  const { ports } = baselineServiceOf(component, service, []);
  return component.ports
    .filter(({ name }) => ports[name] === undefined)
    .map(({ name, port }) =>
      problem(
        component,
        'BOUNDARY_PORT_MISSING',
        `Service "${service.metadata.name}" of the baseline has no port for "${name}" (${port}) of "${component.name}"`,
      ),
    );
}
