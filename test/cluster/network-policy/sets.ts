import type { Endpoint } from './endpoints.ts';
import { selects } from './selectors.ts';
import type { PolicyPeer, Protocol } from './shapes.ts';

/**
 * A named set of addresses. Its key says what it selects and not who is in it, so that a pod that comes or
 * goes changes a set and no rule.
 */
export interface AddressSet extends SetReference {
  readonly entries: readonly SetEntry[];
}

export interface SetReference {
  readonly key: string;
  /** What a member is: a pod's address, a block of addresses, an address with a port. */
  readonly kind: 'pods' | 'block' | 'named-ports';
}

export interface SetEntry {
  /** An address, or a block for the kind `block`. */
  readonly address: string;
  /** In a block: not this part of it. */
  readonly isException?: true;
  /** For the kind `named-ports`. */
  readonly port?: readonly [protocol: Protocol, port: number];
}

/** Hands out sets and remembers which were asked for. */
export interface SetBook {
  /** The set of a peer that a policy of `namespace` names. */
  peer(peer: PolicyPeer, namespace: string): SetReference;
  /** Addresses with the number that a port's name has in each of the peer's pods. */
  namedPorts(
    peer: PolicyPeer,
    namespace: string,
    port: { readonly name: string; readonly protocol: Protocol },
  ): SetReference;
  all(): readonly AddressSet[];
}

export function setBook(endpoints: readonly Endpoint[]): SetBook {
  const sets = new Map<string, AddressSet>();
  const remember = (
    key: string,
    kind: AddressSet['kind'],
    entries: () => readonly SetEntry[],
  ): SetReference => {
    if (!sets.has(key)) sets.set(key, { key, kind, entries: entries() });
    return { key, kind };
  };
  return {
    peer: (peer, namespace) => {
      const block = peer.ipBlock;
      if (block !== undefined) {
        return remember(`block ${JSON.stringify(block)}`, 'block', () => blockEntries(block));
      }
      return remember(`pods ${scope(peer, namespace)}`, 'pods', () =>
        members(peer, namespace, endpoints).map(({ ip }) => ({ address: ip })),
      );
    },
    namedPorts: (peer, namespace, { name, protocol }) =>
      remember(`port ${protocol} ${name} ${scope(peer, namespace)}`, 'named-ports', () =>
        members(peer, namespace, endpoints).flatMap(({ ip, ports }) =>
          ports
            .filter((own) => own.name === name && own.protocol === protocol)
            .map(({ port }) => ({ address: ip, port: [protocol, port] as const })),
        ),
      ),
    all: () => [...sets.values()],
  };
}

/** Without a namespace selector the peers are in the policy's own namespace. */
function scope(peer: PolicyPeer, namespace: string): string {
  const within = peer.namespaceSelector === undefined ? namespace : peer.namespaceSelector;
  return JSON.stringify([within, peer.podSelector ?? null]);
}

/** Both selectors in one peer must hold. */
function members(
  peer: PolicyPeer,
  namespace: string,
  endpoints: readonly Endpoint[],
): readonly Endpoint[] {
  const { namespaceSelector, podSelector } = peer;
  return endpoints.filter(
    (endpoint) =>
      (namespaceSelector === undefined
        ? endpoint.namespace === namespace
        : selects(namespaceSelector, endpoint.namespaceLabels)) &&
      (podSelector === undefined || selects(podSelector, endpoint.labels)),
  );
}

/** IPv6 blocks match nothing here. */
function blockEntries(block: NonNullable<PolicyPeer['ipBlock']>): readonly SetEntry[] {
  const isIpv4 = (cidr: string): boolean => !cidr.includes(':');
  if (!isIpv4(block.cidr)) return [];
  return [
    ...halves(block.cidr).map((address) => ({ address })),
    ...block.except
      .filter(isIpv4)
      .flatMap(halves)
      .map((address) => ({ address, isException: true as const })),
  ];
}

/** The kernel's sets hold no block of length 0. */
function halves(cidr: string): readonly string[] {
  return cidr.endsWith('/0') ? ['0.0.0.0/1', '128.0.0.0/1'] : [cidr];
}
