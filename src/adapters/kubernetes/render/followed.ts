import type { Component } from '../../../domain/catalog/component.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { listAt, numberAt, textAt } from '../client/read-object.ts';
import { digestOf } from './configuration.ts';
import { endpointsOf } from './endpoint-slices.ts';
import type { BaselinePlace } from './rendering.ts';

/**
 * What a boundary was made for, written on its Service: who follows a baseline of others sees by it, also
 * after a restart, that the baseline says something else now.
 */
export const FOLLOWED = {
  /** `namespace/name` of each Service that it may lead to, the first that is there counts; by commas. */
  places: 'offshoot.dev/baseline',
  /** What that Service said, see `followedDigest`. */
  digest: 'offshoot.dev/baseline-digest',
} as const;

/** What of a baseline's Service shapes a boundary. */
interface FollowedService extends BaselinePlace {
  readonly portNames?: Readonly<Record<number, string>>;
  /** Of a Service that is another name for something. */
  readonly externalName?: string;
  readonly endpointSlices: readonly KubeObject[];
}

/** Where the baseline may run a component, the likeliest first. */
export function placesOf(
  { name, baseline, from }: Pick<Component, 'name' | 'baseline' | 'from'>,
  namespaces: readonly string[],
): readonly BaselinePlace[] {
  const likely = from === undefined ? namespaces : [from.namespace, ...namespaces];
  const said = baseline?.namespace === undefined ? likely : [baseline.namespace];
  return [...new Set(said)].map((namespace) => ({ namespace, name: baseline?.service ?? name }));
}

export function placeText({ namespace, name }: BaselinePlace): string {
  return `${namespace}/${name}`;
}

/**
 * Changes whenever the boundary would be another one.
 *
 * @param service - Null when the baseline has none.
 * @param kind - `names`: only its ports count. `endpoints`: its pods' addresses do, too.
 */
export function followedDigest(
  service: FollowedService | null,
  kind: 'names' | 'endpoints',
): string {
  if (service === null) return `${kind}-none`;
  const slices = service.endpointSlices
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))
    .map((slice) => [
      slice.metadata.name,
      listAt(slice, 'ports').map((port) => [textAt(port, 'name'), numberAt(port, 'port')]),
      endpointsOf(slice),
    ]);
  const ports = Object.entries(service.portNames ?? {});
  const said = [placeText(service), service.externalName ?? '', ports];
  return `${kind}-${digestOf([...said, kind === 'endpoints' ? slices : []])}`;
}

/** Number of each port of a Service → its name there; '' for none. */
export function portNamesOf(service: KubeObject): Readonly<Record<number, string>> {
  return Object.fromEntries(
    listAt(service, 'spec', 'ports').map((port) => [
      numberAt(port, 'port') ?? 0,
      textAt(port, 'name') ?? '',
    ]),
  );
}
