import { z } from 'zod';

/**
 * What the enforcer reads of Kubernetes objects, and nothing else of them.
 *
 * Objects come as raw JSON: the typed lists of the client call a rule's `from` `_from`, its watches do not.
 */

const labels = z.record(z.string(), z.string()).default({});

const requirement = z.object({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).default([]),
});

const selector = z.object({
  matchLabels: labels,
  matchExpressions: z.array(requirement).default([]),
});

const protocol = z.enum(['TCP', 'UDP', 'SCTP']);

const policyPort = z.object({
  protocol: protocol.default('TCP'),
  port: z.union([z.number(), z.string()]).optional(),
  endPort: z.number().optional(),
});

const peer = z.object({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});

const ports = z.array(policyPort).default([]);
const peers = z.array(peer).default([]);

export const networkPolicySchema = z.object({
  metadata: z.object({ uid: z.string(), name: z.string(), namespace: z.string() }),
  spec: z.object({
    podSelector: selector.default({ matchLabels: {}, matchExpressions: [] }),
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
    ingress: z.array(z.object({ ports, from: peers })).default([]),
    egress: z.array(z.object({ ports, to: peers })).default([]),
  }),
});

export const namespaceSchema = z.object({
  metadata: z.object({ uid: z.string(), name: z.string(), labels }),
});

export const nodeSchema = z.object({
  metadata: z.object({
    uid: z.string(),
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});

const container = z.object({
  ports: z
    .array(
      z.object({
        name: z.string().optional(),
        containerPort: z.number(),
        protocol: protocol.default('TCP'),
      }),
    )
    .default([]),
});

export const podSchema = z.object({
  metadata: z.object({ uid: z.string(), name: z.string(), namespace: z.string(), labels }),
  spec: z.object({
    nodeName: z.string().optional(),
    hostNetwork: z.boolean().default(false),
    containers: z.array(container),
    initContainers: z.array(container).default([]),
  }),
  status: z.object({ phase: z.string().optional(), podIP: z.string().optional() }).default({}),
});

export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = z.infer<typeof selector>;
export type Protocol = z.infer<typeof protocol>;
export type PolicyPort = z.infer<typeof policyPort>;
export type PolicyPeer = z.infer<typeof peer>;
export type NetworkPolicy = z.infer<typeof networkPolicySchema>;
export type Namespace = z.infer<typeof namespaceSchema>;
export type ClusterNode = z.infer<typeof nodeSchema>;
export type Pod = z.infer<typeof podSchema>;

/** All that decides who may reach whom. */
export interface ClusterObjects {
  readonly policies: readonly NetworkPolicy[];
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly ClusterNode[];
}
