import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { Component, Port } from '../../../domain/catalog/component.ts';
import { hostOf, namespaceOf } from '../../../domain/naming/names.ts';
import type { ClusterSettings } from './rendering.ts';

/** Where people reach a component. */

/** The port that people are led to: the first that speaks HTTP, else the first. */
export function exposedPort({ ports }: Pick<Component, 'ports'>): Port | null {
  return ports.find(({ protocol }) => protocol === 'http') ?? ports[0] ?? null;
}

/** Null for what has no port. Without exposure it is the address inside the cluster. */
export function publicUrlOf(
  settings: ClusterSettings,
  environment: string,
  component: Pick<Component, 'name' | 'ports'>,
): string | null {
  const port = exposedPort(component);
  if (port === null) return null;
  const { exposure, domain, prefix, clusterDomain } = settings;
  if (exposure.kind === 'none') {
    const namespace = namespaceOf(prefix, environment);
    return `${port.protocol}://${component.name}.${namespace}.svc.${clusterDomain}:${port.port}`;
  }
  const scheme = exposure.tls.kind === 'none' ? 'http' : 'https';
  const suffix = exposure.port === null ? '' : `:${exposure.port}`;
  return `${scheme}://${hostOf(environment, component.name, domain)}${suffix}`;
}

/** Of a component of the baseline; null where Offshoot does not run it and knows no address. */
export function baselineUrlOf(
  settings: ClusterSettings,
  component: Pick<Component, 'name' | 'ports'>,
): string | null {
  return settings.baselineNamespaces.length === 0
    ? publicUrlOf(settings, BASELINE, component)
    : null;
}
