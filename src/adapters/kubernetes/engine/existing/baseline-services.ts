import type { Component, Port } from '../../../../domain/catalog/component.ts';
import type { KubeApi } from '../../client/kube-api.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import type { BaselineService, ClusterSettings } from '../../render/rendering.ts';
import { placesOf, portNamesOf } from '../../render/followed.ts';
import { reported } from '../api-failures.ts';
import { listAt, numberAt, textAt } from '../../client/read-object.ts';

/** Where the baseline's copy of a component answers. Read only; nothing of the baseline is ever written. */

interface Reading {
  readonly api: Pick<KubeApi, 'get'>;
  readonly settings: Pick<ClusterSettings, 'baselineNamespaces'>;
}

/** For many questions at once: each namespace is listed once, when it is first asked about. */
export function servicesByList(api: KubeApi): Reading['api'] {
  const listed = new Map<string, Promise<ReadonlyMap<string, KubeObject>>>();
  const list = async (namespace: string): Promise<ReadonlyMap<string, KubeObject>> => {
    const { items } = await api.list(RESOURCE_TYPES.service, { namespace });
    return new Map(items.map((service) => [service.metadata.name, service]));
  };
  return {
    async get(_type, { namespace = '', name }) {
      const services = listed.get(namespace) ?? list(namespace);
      listed.set(namespace, services);
      return (await services).get(name) ?? null;
    },
  };
}

/** The Service, in the first namespace of the baseline that has it; null when none does. */
export async function findBaselineService(
  { api, settings }: Reading,
  component: Pick<Component, 'name' | 'baseline' | 'from'>,
): Promise<KubeObject | null> {
  for (const place of placesOf(component, settings.baselineNamespaces)) {
    const found = await reported(`Service "${place.name}" in "${place.namespace}"`, () =>
      api.get(RESOURCE_TYPES.service, place),
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
  const externalName = textAt(service, 'spec', 'externalName');
  const portOf = externalName === null ? offeredPort : sameNumber;
  const ports: Record<string, number> = {};
  for (const port of component.ports) {
    const found = portOf(component, service, port);
    if (found !== null) ports[port.name] = found;
  }
  const { name, namespace = '' } = service.metadata;
  const found = { namespace, name, ports, portNames: portNamesOf(service), endpointSlices };
  return externalName === null ? found : { ...found, externalName };
}

type Ported = Pick<Component, 'ports' | 'baseline'>;

function offeredPort(
  { ports, baseline }: Ported,
  service: KubeObject,
  { name, port }: Port,
): number | null {
  const offered = listAt(service, 'spec', 'ports').map((each) => ({
    name: textAt(each, 'name') ?? '',
    port: numberAt(each, 'port') ?? 0,
  }));
  const said = baseline?.ports[name];
  const found =
    said === undefined
      ? (offered.find((one) => one.name === name) ??
        offered.find((one) => one.port === port) ??
        (ports.length === 1 && offered.length === 1 ? offered[0] : undefined))
      : offered.find((one) => one.port === said);
  return found?.port ?? null;
}

/** Another name leads to any port, but to no other one than it is called by. */
function sameNumber({ baseline }: Ported, _: KubeObject, { name, port }: Port): number | null {
  return (baseline?.ports[name] ?? port) === port ? port : null;
}

export async function endpointSlicesOf(
  { api }: { readonly api: Pick<KubeApi, 'list'> },
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
