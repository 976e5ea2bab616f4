import type { Component, SecretRef } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { reported } from '../engine/api-failures.ts';
import { isRecord } from '../engine/read-object.ts';
import type { Inspection } from './inspection.ts';
import { problem } from './plan-problem.ts';

interface Needed {
  readonly component: Component;
  readonly what: string;
  readonly secretRef: SecretRef;
}

/** Every secret that the configuration names is in the control namespace, with its key. */
export async function checkSecrets(
  { api, settings: { controlNamespace } }: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const needed = plan.components.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    return component === undefined ? [] : neededBy(component);
  });
  const keys = new Map<string, ReadonlySet<string>>();
  for (const { secretRef } of needed) {
    if (keys.has(secretRef.name)) continue;
    const ref = { namespace: controlNamespace, name: secretRef.name };
    const secret = await reported(`secret "${secretRef.name}"`, () =>
      api.get(RESOURCE_TYPES.secret, ref),
    );
    const data = secret?.['data'];
    keys.set(secretRef.name, new Set(isRecord(data) ? Object.keys(data) : []));
  }
  return needed
    .filter(({ secretRef }) => keys.get(secretRef.name)?.has(secretRef.key) !== true)
    .map(({ component, what, secretRef: { name, key } }) => ({
      ...problem(
        component,
        'SECRET_MISSING',
        `${what} of "${component.name}" needs secret "${name}/${key}"`,
      ),
      hint: `kubectl -n ${controlNamespace} create secret generic ${name} --from-literal=${key}=VALUE`,
    }));
}

function neededBy(component: Component): readonly Needed[] {
  const variables = component.environment.flatMap(({ name, value }) =>
    value.kind === 'secret' ? [{ what: `variable "${name}"`, secretRef: value.secretRef }] : [],
  );
  const { admin } = component.datastore ?? {};
  const all = admin === undefined ? variables : [...variables, { what: 'admin', secretRef: admin }];
  return all.map((one) => ({ ...one, component }));
}
