import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { Component, SecretRef } from '../../../domain/catalog/component.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import { exportHeaders } from './handing-on.ts';
import { isLogical } from './logical/place-of.ts';
import type { ClusterSettings } from './rendering.ts';
import { hasLogin } from './surroundings.ts';

/** Which values `RenderContext.secrets` must hold for a Task. */
export interface NeededSecrets {
  /** Of Secrets in the control namespace. */
  readonly references: readonly SecretRef[];
  /** Datastores whose passwords are needed: its own, and those of the datastores it uses. */
  readonly logins: readonly string[];
}

export const PULL_SECRET_KEY = '.dockerconfigjson';
export const TLS_SECRET_KEYS = ['tls.crt', 'tls.key'] as const;

const NOTHING: NeededSecrets = { references: [], logins: [] };

export function neededSecrets(
  { plan, task }: Pick<TaskOrder, 'plan' | 'task'>,
  settings: ClusterSettings,
): NeededSecrets {
  if (task.kind === 'namespace') {
    return { references: [...copiedSecrets(settings), ...exportHeaders(settings)], logins: [] };
  }
  const component = definitionOf(plan, task.component ?? '');
  if (component === undefined || !CONFIGURED.has(task.kind)) return NOTHING;
  const admin =
    task.kind === 'deploy' && isLogical(component) ? component.datastore?.admin : undefined;
  const used = component.dependencies.flatMap(({ name }) => definitionOf(plan, name) ?? []);
  return {
    references: [
      ...component.environment.flatMap(({ value }) =>
        value.kind === 'secret' ? [value.secretRef] : [],
      ),
      ...(admin === undefined ? [] : [admin]),
    ],
    logins: [component, ...used].filter(hasLogin).map(({ name }: Component) => name),
  };
}

/** Tasks that render variables. Steps on data refer to what the deploy of their datastore made. */
const CONFIGURED: ReadonlySet<string> = new Set(['deploy', 'run']);

/** Name of the wildcard certificate that every namespace gets a copy of; null for none. */
export function tlsSecretOf({ exposure }: ClusterSettings): string | null {
  return exposure.kind === 'ingress' && exposure.tls.kind === 'secret' ? exposure.tls.name : null;
}

/** What every namespace gets a copy of. */
export function copiedSecrets(settings: ClusterSettings): readonly SecretRef[] {
  const pulls = settings.imagePullSecrets.map((name) => ({ name, key: PULL_SECRET_KEY }));
  const tls = tlsSecretOf(settings);
  return [...pulls, ...(tls === null ? [] : TLS_SECRET_KEYS.map((key) => ({ name: tls, key })))];
}
