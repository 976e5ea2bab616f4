import type { ClusterObjects, Labels, Pod, Protocol } from './shapes.ts';

export interface ContainerPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: Protocol;
}

/** A pod that has an address of its own on this node's network: one that policies speak of. */
export interface Endpoint {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  readonly ip: string;
  readonly ports: readonly ContainerPort[];
}

const SIMULATED_NODE = 'kwok.x-k8s.io/node';

/**
 * The pods that policies speak of, by namespace and name.
 *
 * Not those of the host's network (upstream leaves them undefined; their address is the node's), not
 * ended ones (their address may be another pod's by now), not those of simulated nodes (they have
 * invented addresses that may be another pod's as well).
 */
export function endpointsOf(objects: Omit<ClusterObjects, 'policies'>): readonly Endpoint[] {
  const simulated = new Set(
    objects.nodes
      .filter((node) => node.metadata.annotations[SIMULATED_NODE] !== undefined)
      .map((node) => node.metadata.name),
  );
  const namespaces = new Map(
    objects.namespaces.map(({ metadata }) => [metadata.name, metadata.labels]),
  );
  return objects.pods
    .filter(({ spec }) => spec.nodeName === undefined || !simulated.has(spec.nodeName))
    .flatMap((pod) => endpointOf(pod, namespaces.get(pod.metadata.namespace) ?? {}))
    .toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function endpointOf(pod: Pod, namespaceLabels: Labels): readonly Endpoint[] {
  const { metadata, spec, status } = pod;
  const isEnded = status.phase === 'Succeeded' || status.phase === 'Failed';
  const ip = status.podIP ?? '';
  if (spec.hostNetwork || isEnded || !/^\d+(\.\d+){3}$/.test(ip)) return [];
  const ports = [...spec.initContainers, ...spec.containers].flatMap((container) =>
    container.ports.map(({ name, containerPort, protocol }) => ({
      name,
      port: containerPort,
      protocol,
    })),
  );
  return [{ ...metadata, namespaceLabels, ip, ports }];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
