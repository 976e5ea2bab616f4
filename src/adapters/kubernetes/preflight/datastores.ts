import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { OperationError } from '../../../domain/errors.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { reported } from '../engine/api-failures.ts';
import { textAt } from '../client/read-object.ts';
import { isElsewhere } from '../render/logical/logical-objects.ts';
import { logicalEngineOf } from '../render/logical/logical-engines.ts';
import { isLogical } from '../render/logical/place-of.ts';
import { serverOf } from '../render/logical/server-url.ts';
import { filesScriptOf } from '../render/steps/step-objects.ts';
import { recipeOf } from '../render/steps/topics.ts';
import type { Inspection } from './inspection.ts';
import { asWarning, problem } from './plan-problem.ts';

/** What is asked of datastores can be done to them, and the servers of `logical` ones are known. */
export async function checkDatastores(
  inspection: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const datastores = plan.components
    .flatMap(({ name }) => definitionOf(plan, name) ?? [])
    .filter(({ type }) => type === 'datastore');
  const found = await Promise.all(
    datastores.map(async (component) => [
      ...stepProblems(component),
      ...(isLogical(component) ? await serverProblems(inspection, component) : []),
    ]),
  );
  return found.flat();
}

function stepProblems(component: Component): readonly Diagnostic[] {
  const { migrations, seeds, indices = [], topics = [] } = component.datastore ?? {};
  const hasFiles = [migrations, seeds].some((step) => step !== undefined && 'files' in step);
  return [
    ...(hasFiles ? refusalOf(component, () => filesScriptOf(component)) : []),
    ...(indices.length > 0 ? refusalOf(component, () => recipeOf('index', component)) : []),
    ...(topics.length > 0 ? refusalOf(component, () => recipeOf('topic', component)) : []),
  ];
}

/** The administrator's login is in no message. */
async function serverProblems(
  { api, settings }: Inspection,
  component: Component,
): Promise<readonly Diagnostic[]> {
  const { engine = '', admin } = component.datastore ?? {};
  const refusal = refusalOf(component, () => logicalEngineOf(component.name, engine));
  if (refusal.length > 0 || admin === undefined) return refusal;
  const ref = { namespace: settings.controlNamespace, name: admin.name };
  const secret = await reported(`secret "${admin.name}"`, () =>
    api.get(RESOURCE_TYPES.secret, ref),
  );
  const value = textAt(secret, 'data', admin.key);
  // That it is missing is told with all other secrets.
  if (value === null) return [];
  const url = Buffer.from(value, 'base64').toString('utf8');
  const { clusterDomain } = settings;
  const invalid = refusalOf(component, () => serverOf(component, url, clusterDomain));
  if (invalid.length > 0) return invalid;
  const { host } = serverOf(component, url, clusterDomain);
  if (!isElsewhere(host, clusterDomain)) return [];
  const message = `the server of "${component.name}" is reached by name: any address may be reached on its port`;
  return [asWarning(problem(component, 'EXTERNAL_EGRESS_OPEN', message))];
}

function refusalOf(component: Component, attempt: () => unknown): readonly Diagnostic[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const refused = problem(component, error.code, error.message);
    return [{ ...refused, hint: error.hint ?? refused.hint }];
  }
}
