/**
 * What NetworkPolicies mean, told by connections: the cases of the upstream documentation and those next to them.
 *
 * One table for two judges: the unit test evaluates the rules that are computed for it, and `check.ts` makes the
 * connections between real pods. The people of the story are always the same.
 */

export interface ScenarioPolicy {
  readonly namespace: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Scenario {
  readonly title: string;
  /** @param address - The address of a pod, by `namespace/name`. */
  readonly policies: (address: (pod: string) => string) => readonly ScenarioPolicy[];
  /** `client -> server port`, a port is TCP unless it says `udp`. */
  readonly connects: readonly string[];
  readonly timesOut: readonly string[];
}

const DB = { matchLabels: { role: 'db' } };
const CLIENTS = { matchLabels: { role: 'client' } };
const TEAM_B = { matchLabels: { team: 'b' } };

const inA = (spec: ScenarioPolicy['spec']): ScenarioPolicy => ({ namespace: 'np-a', spec });

const DENY_INGRESS = inA({ podSelector: {}, policyTypes: ['Ingress'] });
const DENY_EGRESS = inA({ podSelector: {}, policyTypes: ['Egress'] });

const DEFAULTS: readonly Scenario[] = [
  {
    title: 'without a policy everyone reaches everyone',
    policies: () => [],
    connects: ['np-c/stranger -> np-a/db 6379', 'np-a/db -> np-c/client udp 5353'],
    timesOut: [],
  },
  {
    title: 'default deny of ingress isolates a namespace from itself and all others',
    policies: () => [DENY_INGRESS],
    connects: ['np-a/frontend -> np-b/plain 6379', 'np-a/db -> np-a/db 6379'],
    timesOut: [
      'np-b/client -> np-a/db 6379',
      'np-a/frontend -> np-a/db 6379',
      'np-c/client -> np-a/db udp 5353',
    ],
  },
  {
    title: 'an empty ingress rule lets all in, whatever another policy denies',
    policies: () => [
      DENY_INGRESS,
      inA({ podSelector: {}, ingress: [{}], policyTypes: ['Ingress'] }),
    ],
    connects: ['np-b/client -> np-a/db 6379', 'np-c/client -> np-a/db udp 5353'],
    timesOut: [],
  },
  {
    title: 'default deny of egress keeps a namespace from calling anyone',
    policies: () => [DENY_EGRESS],
    connects: ['np-b/client -> np-a/db 6379', 'np-a/db -> np-a/db 6379'],
    timesOut: [
      'np-a/frontend -> np-a/db 6379',
      'np-a/frontend -> np-b/plain 6379',
      'np-a/db -> np-c/client udp 5353',
    ],
  },
  {
    title: 'an empty egress rule lets all out',
    policies: () => [DENY_EGRESS, inA({ podSelector: {}, egress: [{}], policyTypes: ['Egress'] })],
    connects: ['np-a/frontend -> np-a/db 6379', 'np-a/db -> np-c/client udp 5353'],
    timesOut: [],
  },
  {
    title: 'default deny of both directions',
    policies: () => [inA({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })],
    connects: ['np-b/client -> np-c/client 6379'],
    timesOut: [
      'np-b/client -> np-a/db 6379',
      'np-a/db -> np-b/client 6379',
      'np-a/frontend -> np-a/db 6379',
    ],
  },
  {
    title: 'without policy types an egress rule isolates both directions',
    policies: () => [inA({ podSelector: DB, egress: [{ to: [{ namespaceSelector: TEAM_B }] }] })],
    connects: ['np-a/db -> np-b/plain 6379', 'np-a/frontend -> np-c/client 6379'],
    timesOut: ['np-b/plain -> np-a/db 6379', 'np-a/db -> np-c/client 6379'],
  },
];

const PEERS: readonly Scenario[] = [
  {
    title: 'a block with exceptions, a namespace or a pod may come in; only one address is called',
    policies: (address) => [
      inA({
        podSelector: DB,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              {
                ipBlock: {
                  cidr: '0.0.0.0/0',
                  except: ['np-a/client', 'np-a/frontend', 'np-b/plain', 'np-c/stranger'].map(
                    (pod) => `${address(pod)}/32`,
                  ),
                },
              },
              { namespaceSelector: { matchLabels: { project: 'shop' } } },
              { podSelector: { matchLabels: { role: 'frontend' } } },
            ],
            ports: [{ protocol: 'TCP', port: 6379 }],
          },
        ],
        egress: [
          {
            to: [{ ipBlock: { cidr: `${address('np-c/client')}/32` } }],
            ports: [{ protocol: 'TCP', port: 5978 }],
          },
        ],
      }),
    ],
    connects: [
      'np-c/client -> np-a/db 6379',
      'np-b/plain -> np-a/db 6379',
      'np-a/frontend -> np-a/db 6379',
      'np-a/db -> np-c/client 5978',
      'np-a/frontend -> np-c/stranger 6379',
    ],
    timesOut: [
      'np-c/stranger -> np-a/db 6379',
      'np-a/client -> np-a/db 6379',
      'np-c/client -> np-a/db 5978',
      'np-a/db -> np-c/client 6379',
      'np-a/db -> np-c/stranger 5978',
    ],
  },
  {
    title: 'both selectors in one peer must hold',
    policies: () => [
      inA({
        podSelector: DB,
        ingress: [{ from: [{ namespaceSelector: TEAM_B, podSelector: CLIENTS }] }],
      }),
    ],
    connects: ['np-b/client -> np-a/db 6379', 'np-b/client -> np-a/db udp 5353'],
    timesOut: [
      'np-b/plain -> np-a/db 6379',
      'np-a/client -> np-a/db 6379',
      'np-c/client -> np-a/db 6379',
    ],
  },
  {
    title: 'of two peers either is enough, and a pod selector alone means the own namespace',
    policies: () => [
      inA({
        podSelector: DB,
        ingress: [{ from: [{ namespaceSelector: TEAM_B }, { podSelector: CLIENTS }] }],
      }),
    ],
    connects: [
      'np-b/client -> np-a/db 6379',
      'np-b/plain -> np-a/db 6379',
      'np-a/client -> np-a/db 6379',
    ],
    timesOut: ['np-c/client -> np-a/db 6379', 'np-a/frontend -> np-a/db 6379'],
  },
  {
    title: 'an empty namespace selector means all namespaces',
    policies: () => [inA({ podSelector: DB, ingress: [{ from: [{ namespaceSelector: {} }] }] })],
    connects: ['np-c/stranger -> np-a/db 6379', 'np-a/frontend -> np-a/db 6379'],
    timesOut: [],
  },
  {
    title: 'namespaces are selected by name, and by expressions',
    policies: () => [
      inA({
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: {
                  matchExpressions: [
                    { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['np-b', 'x'] },
                  ],
                },
              },
              {
                namespaceSelector: {
                  matchExpressions: [
                    { key: 'team', operator: 'NotIn', values: ['a', 'b'] },
                    { key: 'team', operator: 'Exists' },
                  ],
                },
                podSelector: { matchExpressions: [{ key: 'role', operator: 'DoesNotExist' }] },
              },
            ],
          },
        ],
      }),
    ],
    connects: ['np-a/db -> np-b/client 6379', 'np-a/db -> np-c/stranger 6379'],
    timesOut: ['np-a/db -> np-a/frontend 6379', 'np-a/db -> np-c/client 6379'],
  },
];

const PORTS: readonly Scenario[] = [
  {
    title: 'a range of ports holds to its ends',
    policies: () => [
      inA({
        podSelector: { matchLabels: { role: 'client' } },
        policyTypes: ['Egress'],
        egress: [{ ports: [{ protocol: 'TCP', port: 32_000, endPort: 32_768 }] }],
      }),
    ],
    connects: ['np-a/client -> np-b/plain 32000', 'np-a/client -> np-b/plain 32768'],
    timesOut: [
      'np-a/client -> np-b/plain 32769',
      'np-a/client -> np-b/plain 6379',
      'np-a/client -> np-b/plain udp 5353',
    ],
  },
  {
    title: 'a named port of ingress is the number that the pod gives it',
    policies: () => [inA({ podSelector: DB, ingress: [{ ports: [{ port: 'redis' }] }] })],
    connects: ['np-b/plain -> np-a/db 6379'],
    timesOut: ['np-b/plain -> np-a/db 5978'],
  },
  {
    title: 'a named port of egress is the number that each peer gives it',
    policies: () => [
      inA({
        podSelector: DB,
        policyTypes: ['Egress'],
        egress: [{ to: [{ namespaceSelector: TEAM_B }], ports: [{ port: 'redis' }] }],
      }),
    ],
    connects: ['np-a/db -> np-b/plain 6379'],
    timesOut: ['np-a/db -> np-b/plain 5978', 'np-a/db -> np-c/client 6379'],
  },
  {
    title: 'a protocol without a port is all its ports, and no other protocol',
    policies: () => [inA({ podSelector: DB, ingress: [{ ports: [{ protocol: 'UDP' }] }] })],
    connects: ['np-b/plain -> np-a/db udp 5353'],
    timesOut: ['np-b/plain -> np-a/db 6379'],
  },
  {
    title: 'policies add up',
    policies: () => [
      DENY_INGRESS,
      inA({
        podSelector: DB,
        ingress: [{ from: [{ namespaceSelector: TEAM_B }], ports: [{ port: 6379 }] }],
      }),
      inA({ podSelector: {}, ingress: [{ from: [{ podSelector: CLIENTS }] }] }),
    ],
    connects: [
      'np-b/plain -> np-a/db 6379',
      'np-a/client -> np-a/db 5978',
      'np-a/client -> np-a/frontend 5978',
    ],
    timesOut: [
      'np-b/plain -> np-a/db 5978',
      'np-b/plain -> np-a/frontend 6379',
      'np-a/frontend -> np-a/db 6379',
    ],
  },
  {
    title: 'both ends must agree',
    policies: () => [
      inA({ podSelector: DB, ingress: [{ from: [{ podSelector: {} }] }] }),
      inA({
        podSelector: { matchLabels: { role: 'frontend' } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ namespaceSelector: TEAM_B }] }],
      }),
    ],
    connects: ['np-a/client -> np-a/db 6379', 'np-a/frontend -> np-b/plain 6379'],
    timesOut: ['np-a/frontend -> np-a/db 6379'],
  },
];

export const SCENARIOS: readonly Scenario[] = [...DEFAULTS, ...PEERS, ...PORTS];
