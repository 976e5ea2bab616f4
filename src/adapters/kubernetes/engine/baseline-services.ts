import type { Component } from '../../../domain/catalog/component.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { BaselineService, ClusterSettings } from '../render/rendering.ts';
import { reported } from './api-failures.ts';
import { listAt, numberAt, textAt } from './read-object.ts';

/** Where the baseline's copy of a component answers. Read only; nothing of the baseline is ever written. */

interface Reading {
  readonly api: KubeApi;
  readonly settings: Pick<ClusterSettings, 'baselineNamespaces'>;
}

/** The Service, in the first namespace of the baseline that has it; null when none does. */
export async function findBaselineService(
  { api, settings }: Reading,
  { name, baseline }: Pick<Component, 'name' | 'baseline'>,
): Promise<KubeObject | null> {
  const places =
    baseline?.namespace === undefined ? settings.baselineNamespaces : [baseline.namespace];
  const service = baseline?.service ?? name;
  for (const namespace of places) {
    const found = await reported(`Service "${service}" in "${namespace}"`, () =>
      api.get(RESOURCE_TYPES.service, { namespace, name: service }),
    );
    if (found !== null) return found;
  }
  return null;
}

/**
 * Port names of the component → numbers of the Service: as the component says, else the port of the same
 * name, else of the same number, else the only one there is.
 */
export function baselineServiceOf(
  component: Pick<Component, 'ports' | 'baseline'>,
  service: KubeObject,
  endpointSlices: readonly KubeObject[],
): BaselineService {
  const offered = listAt(service, 'spec', 'ports').map((port) => ({
    name: textAt(port, 'name') ?? '',
    port: numberAt(port, 'port') ?? 0,
  }));
  const ports: Record<string, number> = {};
  for (const { name, port } of component.ports) {
    const said = component.baseline?.ports[name];
    const found =
      said === undefined
        ? (offered.find((one) => one.name === name) ??
          offered.find((one) => one.port === port) ??
          (component.ports.length === 1 && offered.length === 1 ? offered[0] : undefined))
        : offered.find((one) => one.port === said);
    if (found !== undefined) ports[name] = found.port;
  }
  const { name, namespace = '' } = service.metadata;
  const portNames = Object.fromEntries(offered.map((one) => [one.port, one.name]));
  return { namespace, name, ports, portNames, endpointSlices };
}

export async function endpointSlicesOf(
  { api }: Pick<Reading, 'api'>,
  service: KubeObject,
): Promise<readonly KubeObject[]> {
  const { name, namespace = '' } = service.metadata;
  const { items } = await reported(`endpoints of Service "${name}"`, () =>
    api.list(RESOURCE_TYPES.endpointSlice, {
      namespace,
      labelSelector: `kubernetes.io/service-name=${name}`,
    }),
  );
  return items;
}
