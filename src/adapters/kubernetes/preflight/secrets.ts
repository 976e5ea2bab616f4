import type { Component, SecretRef } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { reported } from '../engine/api-failures.ts';
import { isRecord } from '../client/read-object.ts';
import { exportHeaders } from '../render/handing-on.ts';
import { copiedSecrets, tlsSecretOf } from '../render/needed-secrets.ts';
import type { ClusterSettings } from '../render/rendering.ts';
import type { Inspection } from './inspection.ts';
import { planProblem, problem } from './plan-problem.ts';

interface Needed {
  /** Null for what every environment has. */
  readonly component: Component | null;
  readonly what: string;
  readonly secretRef: SecretRef;
  /** Arguments of `kubectl create secret`. */
  readonly remedy: string;
}

/** Every secret that the project and the catalog name is in the control namespace, with its key. */
export async function checkSecrets(
  { api, settings }: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const { controlNamespace } = settings;
  const ofComponents = plan.components.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    return component === undefined ? [] : neededBy(component);
  });
  const needed = [...neededByAll(settings), ...ofComponents];
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
    .map(({ component, what, secretRef: { name, key }, remedy }) => {
      const message = `${what} needs secret "${name}/${key}"`;
      const found =
        component === null
          ? planProblem('SECRET_MISSING', message)
          : problem(component, 'SECRET_MISSING', message);
      return { ...found, hint: `kubectl -n ${controlNamespace} create secret ${remedy}` };
    });
}

/** What is copied to every environment. */
function neededByAll(settings: ClusterSettings): readonly Needed[] {
  const tls = tlsSecretOf(settings);
  const copied = copiedSecrets(settings).map((secretRef): Needed => {
    const { name } = secretRef;
    return {
      component: null,
      secretRef,
      ...(name === tls
        ? { what: '`exposure.tls.secret`', remedy: `tls ${name} --cert=FILE --key=FILE` }
        : { what: '`imagePullSecrets`', remedy: `docker-registry ${name} --docker-server=HOST …` }),
    };
  });
  const headers = exportHeaders(settings).map((secretRef): Needed => {
    const remedy = `generic ${secretRef.name} --from-literal=${secretRef.key}=NAME=VALUE`;
    return { component: null, what: '`otlp.export.headers`', secretRef, remedy };
  });
  return [...copied, ...headers];
}

function neededBy(component: Component): readonly Needed[] {
  const variables = component.environment.flatMap(({ name, value }) =>
    value.kind === 'secret' ? [{ what: `variable "${name}"`, secretRef: value.secretRef }] : [],
  );
  const { admin } = component.datastore ?? {};
  const all = admin === undefined ? variables : [...variables, { what: 'admin', secretRef: admin }];
  return all.map(({ what, secretRef }) => ({
    component,
    what: `${what} of "${component.name}"`,
    secretRef,
    remedy: `generic ${secretRef.name} --from-literal=${secretRef.key}=VALUE`,
  }));
}
