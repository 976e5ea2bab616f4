import type { Component, Port } from '../../../domain/catalog/component.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { sha256Base32 } from '../../../domain/naming/digest.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { listAt, numberAt, textAt, valueAt } from '../client/read-object.ts';
import type { Draft } from './draft.ts';
import { distinctPorts } from './pods.ts';
import type { BaselineService } from './rendering.ts';

/** Addresses behind a Service that selects no pods. */

const LABELS = {
  service: 'kubernetes.io/service-name',
  managedBy: 'endpointslice.kubernetes.io/managed-by',
} as const;
/** Else the controllers of Kubernetes would take them for their own. */
const MANAGER = 'offshoot.dev';
const HASH_LENGTH = 8;

interface SlicePort {
  readonly name: string;
  readonly protocol: 'TCP';
  readonly port: number;
}

export function externalSlice(
  component: Component,
  address: string,
  addressType: 'IPv4' | 'IPv6',
): Draft {
  const ports = distinctPorts(component.ports).map(({ name, port }) => slicePort(name, port));
  const endpoints = [{ addresses: [address], conditions: { ready: true } }];
  return slice(component.name, `${component.name}--address`, { addressType, ports, endpoints });
}

/** The baseline's endpoints under this component's names of ports. */
export function mirroredSlices(component: Component, baseline: BaselineService): readonly Draft[] {
  return baseline.endpointSlices
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))
    .flatMap((original) => {
      const name = `${component.name}--${sha256Base32(original.metadata.name, HASH_LENGTH)}`;
      const endpoints = endpointsOf(original);
      const ports = distinctPorts(component.ports).flatMap(
        (port) => mirroredPort(port, baseline, original) ?? [],
      );
      const addressType = textAt(original, 'addressType') ?? 'IPv4';
      const isUseful = endpoints.length > 0 && ports.length > 0;
      return isUseful ? [slice(component.name, name, { addressType, ports, endpoints })] : [];
    });
}

/** EndpointSlices know a port by its name in the Service, and by the number at the pods. */
function mirroredPort(
  { name }: Port,
  { ports, portNames }: BaselineService,
  original: KubeObject,
): SlicePort | null {
  const number = ports[name];
  const offered = listAt(original, 'ports');
  const there = number === undefined ? undefined : portNames?.[number];
  const found =
    offered.find((port) => (textAt(port, 'name') ?? '') === (there ?? name)) ??
    (offered.length === 1 ? offered[0] : undefined);
  const target = numberAt(found, 'port');
  return number === undefined || target === null ? null : slicePort(name, target);
}

/** Only what leads there: not the node, not the pod. */
export function endpointsOf(original: KubeObject): readonly object[] {
  return listAt(original, 'endpoints')
    .map((endpoint) => ({
      addresses: listAt(endpoint, 'addresses').map(String).toSorted(),
      conditions: { ready: valueAt(endpoint, 'conditions', 'ready') !== false },
    }))
    .filter(({ addresses }) => addresses.length > 0)
    .toSorted((a, b) => compareText(a.addresses.join(' '), b.addresses.join(' ')));
}

function slice(service: string, name: string, body: Readonly<Record<string, unknown>>): Draft {
  return {
    type: RESOURCE_TYPES.endpointSlice,
    name,
    labels: { [LABELS.service]: service, [LABELS.managedBy]: MANAGER },
    body,
  };
}

function slicePort(name: string, port: number): SlicePort {
  return { name, protocol: 'TCP', port };
}
