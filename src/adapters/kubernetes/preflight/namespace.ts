import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { reported } from '../engine/api-failures.ts';
import { isOwn } from '../engine/namespaces.ts';
import type { Inspection } from './inspection.ts';
import { planProblem } from './plan-problem.ts';

/** The namespace that the environment will have is free, or its own. */
export async function checkNamespace(
  { api, settings }: Inspection,
  { environment }: Plan,
): Promise<readonly Diagnostic[]> {
  const name = namespaceOf(settings.prefix, environment);
  const found = await reported(`namespace "${name}"`, () =>
    api.get(RESOURCE_TYPES.namespace, { name }),
  );
  if (found === null || isOwn(found, environment)) return [];
  const message = `namespace "${name}" exists and is not this environment's`;
  return [planProblem('NAMESPACE_TAKEN', message)];
}
