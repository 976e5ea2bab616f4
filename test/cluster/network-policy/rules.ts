import { endpointsOf, type Endpoint } from './endpoints.ts';
import { setBook, type AddressSet, type SetBook, type SetReference } from './sets.ts';
import { selects } from './selectors.ts';
import type { ClusterObjects, NetworkPolicy, PolicyPeer, PolicyPort, Protocol } from './shapes.ts';

/**
 * From policies to rules: what may enter and leave every pod that a policy isolates.
 *
 * Pure. The result says nothing of how a kernel carries it out (`kernel-text.ts` does). A pod without
 * a rule list for a direction is not isolated in that direction. Two things hold without a rule: answers
 * within an allowed connection, and a pod's traffic with itself. IPv4 only, as the test cluster is.
 */

export type Direction = 'ingress' | 'egress';

/** Lets traffic through that matches all it says; what it leaves out matches everything. */
export interface Allow {
  /** The set that the other end must be in; null is everyone. */
  readonly peers: SetReference | null;
  /** Destination port, inclusive range; null with `protocol` set is every port of that protocol. */
  readonly ports: readonly [from: number, to: number] | null;
  readonly protocol: Protocol | null;
}

/** An isolated direction of one pod: what no `Allow` lets through is dropped. */
export interface PodRules {
  readonly uid: string;
  readonly pod: string;
  readonly ip: string;
  readonly direction: Direction;
  readonly allows: readonly Allow[];
}

export interface Ruleset {
  readonly pods: readonly PodRules[];
  readonly sets: readonly AddressSet[];
}

/** A rule of either direction, with one name for the other end. */
interface Rule {
  readonly ports: readonly PolicyPort[];
  readonly peers: readonly PolicyPeer[];
}

const DIRECTIONS = ['ingress', 'egress'] as const;

export function rulesetOf(objects: ClusterObjects): Ruleset {
  const endpoints = endpointsOf(objects);
  const sets = setBook(endpoints);
  const policies = Map.groupBy(objects.policies, ({ metadata }) => metadata.namespace);
  const pods = endpoints.flatMap((endpoint) => {
    const own = (policies.get(endpoint.namespace) ?? []).filter(({ spec }) =>
      selects(spec.podSelector, endpoint.labels),
    );
    return DIRECTIONS.flatMap((direction) => podRules(endpoint, direction, own, sets));
  });
  return { pods, sets: sets.all() };
}

function podRules(
  endpoint: Endpoint,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  sets: SetBook,
): readonly PodRules[] {
  const isolating = policies.filter((policy) => isolates(policy, direction));
  if (isolating.length === 0) return [];
  const allows = isolating.flatMap((policy) =>
    rulesOf(policy, direction).flatMap((rule) =>
      direction === 'ingress'
        ? ingressAllows(rule, endpoint, policy, sets)
        : egressAllows(rule, policy, sets),
    ),
  );
  const { uid, ip } = endpoint;
  return [
    { uid, pod: `${endpoint.namespace}/${endpoint.name}`, ip, direction, allows: distinct(allows) },
  ];
}

/** Without `policyTypes` a policy is for ingress, and for egress if it has a rule for it. */
function isolates({ spec }: NetworkPolicy, direction: Direction): boolean {
  const types = spec.policyTypes ?? (spec.egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
  return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

function rulesOf({ spec }: NetworkPolicy, direction: Direction): readonly Rule[] {
  return direction === 'ingress'
    ? spec.ingress.map((rule) => ({ ports: rule.ports, peers: rule.from }))
    : spec.egress.map((rule) => ({ ports: rule.ports, peers: rule.to }));
}

/** A named port is the destination's: this pod's. A name that it does not have lets nothing in. */
function ingressAllows(
  rule: Rule,
  endpoint: Endpoint,
  policy: NetworkPolicy,
  sets: SetBook,
): readonly Allow[] {
  const named = (port: PolicyPort): readonly PortMatch[] =>
    endpoint.ports
      .filter((own) => own.name === port.port && own.protocol === port.protocol)
      .map((own) => ({ ports: [own.port, own.port], protocol: own.protocol }));
  const ports =
    rule.ports.length === 0 ? [ANY_PORT] : rule.ports.flatMap((p) => numeric(p) ?? named(p));
  return peersOf(rule, policy, sets).flatMap((peers) => ports.map((port) => ({ peers, ...port })));
}

/** A named port is the destination's: it may be another number in every pod that is a peer. */
function egressAllows(rule: Rule, policy: NetworkPolicy, sets: SetBook): readonly Allow[] {
  const anyPort = rule.ports.length === 0 ? [ANY_PORT] : [];
  const numbers = [...anyPort, ...rule.ports.flatMap((port) => numeric(port) ?? [])];
  const names = rule.ports.flatMap(({ port, protocol }) =>
    typeof port === 'string' ? [{ name: port, protocol }] : [],
  );
  const byNumber =
    numbers.length === 0
      ? []
      : peersOf(rule, policy, sets).flatMap((peers) => numbers.map((port) => ({ peers, ...port })));
  const selections = rule.peers.length === 0 ? [EVERY_POD] : rule.peers.filter(isSelection);
  const byName = names.flatMap(({ name, protocol }) =>
    selections.map((peer) => ({
      peers: sets.namedPorts(peer, policy.metadata.namespace, { name, protocol }),
      ports: null,
      protocol,
    })),
  );
  return [...byNumber, ...byName];
}

type PortMatch = Pick<Allow, 'ports' | 'protocol'>;

const ANY_PORT: PortMatch = { ports: null, protocol: null };
const EVERY_POD: PolicyPeer = { namespaceSelector: { matchLabels: {}, matchExpressions: [] } };

function isSelection(peer: PolicyPeer): boolean {
  return peer.ipBlock === undefined;
}

/** Undefined for a port that has a name instead of a number. */
function numeric({ port, endPort, protocol }: PolicyPort): readonly PortMatch[] | undefined {
  if (typeof port === 'string') return undefined;
  return [{ protocol, ports: port === undefined ? null : [port, endPort ?? port] }];
}

function peersOf(
  rule: Rule,
  policy: NetworkPolicy,
  sets: SetBook,
): readonly (SetReference | null)[] {
  if (rule.peers.length === 0) return [null];
  return rule.peers.map((peer) => sets.peer(peer, policy.metadata.namespace));
}

function distinct(allows: readonly Allow[]): readonly Allow[] {
  return [...new Map(allows.map((allow) => [JSON.stringify(allow), allow])).values()];
}
