import { NAMED_PORT, NAMESPACES, PODS } from '../../cluster/network-policy/scenario-world.ts';
import type { ScenarioPolicy } from '../../cluster/network-policy/scenarios.ts';
import {
  namespaceSchema,
  networkPolicySchema,
  podSchema,
  type ClusterObjects,
  type NetworkPolicy,
} from '../../cluster/network-policy/shapes.ts';

/** The address of a scenario's pod. */
export function addressOf(pod: string): string {
  return `10.1.0.${PODS.findIndex(({ namespace, name }) => `${namespace}/${name}` === pod) + 2}`;
}

/** The objects of the scenarios' cluster as its API server would answer them. */
export function world(policies: readonly ScenarioPolicy[]): ClusterObjects {
  return {
    policies: policies.map(policyObject),
    nodes: [],
    namespaces: NAMESPACES.map(({ name, labels }) =>
      namespaceSchema.parse({
        metadata: {
          uid: name,
          name,
          labels: { ...labels, 'kubernetes.io/metadata.name': name },
        },
      }),
    ),
    pods: PODS.map(({ namespace, name, labels }) =>
      podSchema.parse({
        metadata: { uid: `${namespace}-${name}`, namespace, name, labels },
        spec: { nodeName: 'here', containers: [{ name: 'main', ports: [NAMED_PORT] }] },
        status: { phase: 'Running', podIP: addressOf(`${namespace}/${name}`) },
      }),
    ),
  };
}

function policyObject({ namespace, spec }: ScenarioPolicy, index: number): NetworkPolicy {
  const name = `policy-${index}`;
  return networkPolicySchema.parse({ metadata: { uid: name, namespace, name }, spec });
}
