import { clusterNameOf } from '../../../domain/naming/names.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { ANNOTATIONS } from '../labels.ts';
import { secretDraft } from './configuration.ts';
import type { Draft } from './draft.ts';
import { PULL_SECRET_KEY, TLS_SECRET_KEYS, tlsSecretOf } from './needed-secrets.ts';
import { namespacePolicy } from './network-policies.ts';
import { pullSecretsOf, SERVICE_ACCOUNT } from './pods.ts';
import type { ClusterSettings } from './rendering.ts';
import { secretValue, type Scene } from './scene.ts';
import { insideServices } from './services.ts';
import { analyserObjects } from './tap-analyser.ts';
import { templateObjects } from './template-objects.ts';

/** The place itself, with every address in it. What pods need to be admitted comes first. */

/** What pods a namespace admits: as few as its taps allow. */
export function podSecurityLabels({
  capture,
}: Pick<ClusterSettings, 'capture'>): Readonly<Record<string, string>> {
  const isAdding = capture.mode === 'tap' && capture.addsNetRaw === true;
  return {
    'pod-security.kubernetes.io/enforce': isAdding ? 'privileged' : 'baseline',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
}

/** What a container without requests of its own counts as. */
const DEFAULT_REQUEST = { cpu: '100m', memory: '128Mi' } as const;
/** Where a quota limits them, every container must have limits. */
const DEFAULT_LIMITS: Readonly<Record<string, string>> = { cpu: '1', memory: '512Mi' };

export function namespaceObjects(scene: Scene): readonly Draft[] {
  const { settings } = scene.context;
  return [
    namespaceItself(scene),
    serviceAccount(settings),
    ...quota(settings),
    limitRange(settings),
    namespacePolicy(scene),
    ...copiedSecrets(scene),
    ...templateObjects(settings, scene.plan),
    ...insideServices(scene.plan),
    ...analyserObjects(scene),
  ];
}

function namespaceItself({ plan, context }: Scene): Draft {
  const { template } = context.settings;
  const uid = context.environmentUid;
  const name = clusterNameOf(context.settings.prefix, plan.environment);
  const { apiVersion, kind } = RESOURCE_TYPES.environment;
  return {
    type: RESOURCE_TYPES.namespace,
    name: context.namespace,
    labels: { ...template.labels, ...podSecurityLabels(context.settings) },
    annotations: { ...template.annotations, [ANNOTATIONS.branch]: plan.branch },
    ...(uid === null ? {} : { ownerReferences: [{ apiVersion, kind, name, uid }] }),
    body: {},
  };
}

/** Without any right, and its token is not even mounted. */
function serviceAccount(settings: ClusterSettings): Draft {
  return {
    type: RESOURCE_TYPES.serviceAccount,
    name: SERVICE_ACCOUNT,
    body: { automountServiceAccountToken: false, ...pullSecretsOf(settings) },
  };
}

function quota({ template }: ClusterSettings): readonly Draft[] {
  if (Object.keys(template.quota).length === 0) return [];
  const body = { spec: { hard: template.quota } };
  return [{ type: RESOURCE_TYPES.resourceQuota, name: 'offshoot', body }];
}

function limitRange({ template }: ClusterSettings): Draft {
  const limited = Object.entries(DEFAULT_LIMITS).filter(([what]) =>
    Object.hasOwn(template.quota, `limits.${what}`),
  );
  return {
    type: RESOURCE_TYPES.limitRange,
    name: 'offshoot',
    body: {
      spec: {
        limits: [
          {
            type: 'Container',
            defaultRequest: DEFAULT_REQUEST,
            ...(limited.length === 0 ? {} : { default: Object.fromEntries(limited) }),
          },
        ],
      },
    },
  };
}

/** Secrets work in their own namespace only, so what all environments share is copied to each. */
function copiedSecrets({ context }: Scene): readonly Draft[] {
  const { settings } = context;
  const copy = (name: string, keys: readonly string[], type: string): Draft =>
    secretDraft(
      name,
      Object.fromEntries(keys.map((key) => [key, secretValue(context, { name, key })])),
      type,
    );
  const tls = tlsSecretOf(settings);
  return [
    ...settings.imagePullSecrets.map((name) =>
      copy(name, [PULL_SECRET_KEY], 'kubernetes.io/dockerconfigjson'),
    ),
    ...(tls === null ? [] : [copy(tls, TLS_SECRET_KEYS, 'kubernetes.io/tls')]),
  ];
}
