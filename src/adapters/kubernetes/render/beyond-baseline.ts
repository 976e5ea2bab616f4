import type { Component } from '../../../domain/catalog/component.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { isRecord, listAt, numberAt, textAt } from '../client/read-object.ts';
import type { Draft } from './draft.ts';
import { addressFamily } from './ip-address.ts';
import { egressPolicy } from './network-policies.ts';
import type { BaselineService } from './rendering.ts';

/**
 * Services of a baseline behind which no pods are: another name, or addresses that somebody wrote down. A
 * policy that lets pods into the baseline's namespaces does not let them there.
 */

/** Where another name leads, when that is not into the baseline again; null for a Service as usual. */
export function otherNameOf(
  { externalName }: Pick<BaselineService, 'externalName'>,
  namespaces: readonly string[],
): string | null {
  if (externalName === undefined) return null;
  const [, namespace = '', kind] = externalName.split('.');
  return kind === 'svc' && namespaces.includes(namespace) ? null : externalName;
}

/** Lets the environment through to what is behind the Service; nothing when those are pods. */
export function beyondBaseline(
  { name, ports }: Pick<Component, 'name' | 'ports'>,
  baseline: BaselineService,
  namespaces: readonly string[],
): readonly Draft[] {
  const otherName = otherNameOf(baseline, namespaces);
  if (otherName !== null) {
    const numbers = ports.map((port) => baseline.ports[port.name] ?? port.port);
    // Preflight warns `EXTERNAL_EGRESS_OPEN`, except for an address that is written as a name.
    return [egressPolicy(name, cidrsOf(otherName) ?? ANYWHERE, numbers)];
  }
  const addresses = baseline.endpointSlices.flatMap((slice) =>
    listAt(slice, 'endpoints')
      .filter((endpoint) => isRecord(endpoint) && !isRecord(endpoint['targetRef']))
      .flatMap((endpoint) => listAt(endpoint, 'addresses').map(String)),
  );
  const cidrs = [...new Set(addresses)].toSorted(compareText).flatMap((one) => cidrsOf(one) ?? []);
  if (cidrs.length === 0) return [];
  const numbers = baseline.endpointSlices.flatMap((slice) =>
    listAt(slice, 'ports').flatMap((port) => numberAt(port, 'port') ?? []),
  );
  return [
    egressPolicy(
      name,
      cidrs,
      [...new Set(numbers)].toSorted((a, b) => a - b),
    ),
  ];
}

/** Whether what is behind it may change without a change of the Service's ports. */
export function hasAddressesBeyond({ endpointSlices }: BaselineService): boolean {
  return endpointSlices.some((slice) =>
    listAt(slice, 'endpoints').some((endpoint) => textAt(endpoint, 'targetRef', 'kind') === null),
  );
}

const ANYWHERE = ['0.0.0.0/0', '::/0'];

function cidrsOf(address: string): readonly string[] | null {
  const family = addressFamily(address);
  return family === null ? null : [`${address}/${family === 'IPv4' ? 32 : 128}`];
}
