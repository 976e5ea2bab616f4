import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { Component, External } from '../../../domain/catalog/component.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import type { Draft } from './draft.ts';
import { placesOf } from './followed.ts';
import { addressFamily } from './ip-address.ts';
import { baselineNamespacesOf, type Scene } from './scene.ts';

/**
 * Whom the pods of an environment may talk to. Everything that is not said is refused, other environments
 * above all; policies only add up, so each external brings one of its own.
 */

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** DNS as usual, and as OpenShift has it. */
const DNS_PORTS = [53, 5353].flatMap((port) => [
  { protocol: 'UDP', port },
  { protocol: 'TCP', port },
]);

/** Link-local: where a DNS cache on the node itself answers. */
const NODE_LOCAL = '169.254.0.0/16';

export function namespacePolicy(scene: Scene): Draft {
  const { plan, context } = scene;
  const { ingressNamespaces, controlNamespace } = context.settings;
  const callers = [controlNamespace, ...ingressNamespaces];
  const isBaseline = plan.environment === BASELINE;
  const { baselineNamespaces } = context.settings;
  const reached =
    baselineNamespaces.length === 0
      ? baselineNamespacesOf(scene)
      : reachableNamespaces(plan, baselineNamespaces);
  return policy('offshoot', {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          { podSelector: {} },
          namespacesCalled(callers),
          // The baseline that Offshoot runs is there to be called by all environments.
          ...(isBaseline ? [environments('Exists')] : []),
        ],
      },
    ],
    egress: [
      { to: [{ podSelector: {} }, ...toBaseline(reached)] },
      { to: [environments('DoesNotExist'), { ipBlock: { cidr: NODE_LOCAL } }], ports: DNS_PORTS },
    ],
  });
}

/** Nobody said where it is, so it may be reached anywhere. */
export function isOpenEgress({ address, cidrs }: External): boolean {
  return addressFamily(address) === null && cidrs.length === 0;
}

/** The namespace in `bank.partners.svc.cluster.local`; null of a name that no Service has. */
function serviceNamespaceOf(address: string): string | null {
  return /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\.|$)/u.exec(address)?.[1] ?? null;
}

/**
 * An external by address may be reached there; one by name only within its ranges, if it names any. A Service
 * of the cluster leads on to pods, whose ports nobody says here.
 */
export function externalPolicy({ name, external, ports }: Component): readonly Draft[] {
  if (external === undefined) return [];
  const family = addressFamily(external.address);
  const own = family === null ? [] : [`${external.address}/${family === 'IPv4' ? 32 : 128}`];
  const declared = [...new Set([...own, ...external.cidrs])];
  // Preflight warns `EXTERNAL_EGRESS_OPEN`.
  const cidrs = isOpenEgress(external) ? ['0.0.0.0/0', '::/0'] : declared;
  const numbers = ports.map(({ port }) => port);
  const namespace = isOpenEgress(external) ? serviceNamespaceOf(external.address) : null;
  const pods = namespace === null ? [] : [{ to: [namespacesCalled([namespace])] }];
  return [egressPolicy(name, cidrs, numbers, pods)];
}

/**
 * @param ports - None for all.
 * @param more - Further rules of the same policy.
 */
export function egressPolicy(
  component: string,
  cidrs: readonly string[],
  ports: readonly number[],
  more: readonly object[] = [],
): Draft {
  return policy(`${component}--egress`, {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
        ...(ports.length === 0 ? {} : { ports: ports.map((port) => ({ protocol: 'TCP', port })) }),
      },
      ...more,
    ],
  });
}

/**
 * Lets some pods out to one URL: to its port at an address, or anywhere, where a name may lead anywhere; a
 * Service of the cluster leads on to pods of its namespace, whose ports nobody says here.
 */
export function wayOutPolicy(
  name: string,
  selector: Readonly<Record<string, string>>,
  { hostname, port, protocol }: URL,
): Draft {
  const host = hostname.replaceAll(/[[\]]/gu, '');
  const family = addressFamily(host);
  const namespace = family === null ? serviceNamespaceOf(host) : null;
  const cidrs =
    family === null ? ['0.0.0.0/0', '::/0'] : [`${host}/${family === 'IPv4' ? 32 : 128}`];
  const number = port === '' ? DEFAULT_PORTS[protocol] : Number(port);
  return policy(`${name}--egress`, {
    podSelector: { matchLabels: selector },
    policyTypes: ['Egress'],
    egress: [
      namespace === null
        ? {
            to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
            ports: [{ protocol: 'TCP', port: number }],
          }
        : { to: [namespacesCalled([namespace])] },
    ],
  });
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Those of a baseline of others, and those that the catalog names for what is used of it. */
export function reachableNamespaces(
  plan: Plan,
  baselineNamespaces: readonly string[],
): readonly string[] {
  const named = plan.boundary.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    return component === undefined || component.type === 'external'
      ? []
      : placesOf(component, baselineNamespaces).map(({ namespace }) => namespace);
  });
  return [...baselineNamespaces, ...named];
}

function toBaseline(namespaces: readonly string[]): readonly object[] {
  return namespaces.length === 0 ? [] : [namespacesCalled(namespaces)];
}

function namespacesCalled(names: readonly string[]): object {
  const values = [...new Set(names)].toSorted();
  return {
    namespaceSelector: { matchExpressions: [{ key: NAMESPACE_NAME, operator: 'In', values }] },
  };
}

function environments(operator: 'Exists' | 'DoesNotExist'): object {
  return { namespaceSelector: { matchExpressions: [{ key: LABELS.environment, operator }] } };
}

function policy(name: string, spec: object): Draft {
  return { type: RESOURCE_TYPES.networkPolicy, name, body: { spec } };
}
