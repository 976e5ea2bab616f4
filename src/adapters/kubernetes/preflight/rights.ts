import type { KubeApi } from '../client/kube-api.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { ResourceType } from '../client/kube-object.ts';
import { listAt, textAt, valueAt } from '../engine/read-object.ts';

/** What Offshoot does on a cluster, and whether the user of the kubeconfig may. */

export interface Right {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  /** What it is for, so that a person can decide. */
  readonly purpose: string;
  /** Environments come up without it. */
  readonly isOptional: boolean;
}

function rightsOn(
  type: ResourceType,
  verbs: readonly string[],
  purpose: string,
  more: { readonly subresource?: string; readonly isOptional?: boolean } = {},
): readonly Right[] {
  const [group = ''] = type.apiVersion.includes('/') ? type.apiVersion.split('/') : [''];
  const resource =
    more.subresource === undefined ? type.plural : `${type.plural}/${more.subresource}`;
  return verbs.map((verb) => ({
    verb,
    group,
    resource,
    purpose,
    isOptional: more.isOptional ?? false,
  }));
}

const MANAGE = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
const READ = ['get', 'list', 'watch'];
const types = RESOURCE_TYPES;

const RIGHTS: readonly Right[] = [
  ...rightsOn(types.environment, [...MANAGE, 'update'], 'what is desired and what is true of it'),
  ...rightsOn(types.environment, ['patch'], 'what is true of it', { subresource: 'status' }),
  ...rightsOn(types.report, MANAGE, 'reports of test runs'),
  ...rightsOn(types.namespace, MANAGE, 'one namespace for each environment'),
  ...[
    types.service,
    types.configMap,
    types.secret,
    types.serviceAccount,
    types.resourceQuota,
    types.limitRange,
    types.deployment,
    types.statefulSet,
    types.job,
    types.networkPolicy,
    types.endpointSlice,
  ].flatMap((type) => rightsOn(type, MANAGE, 'what environments are made of')),
  ...rightsOn(types.lease, ['get', 'list', 'create', 'update'], 'one reconciler at a time'),
  ...rightsOn(types.pod, [...READ, 'delete'], 'whether components are healthy'),
  ...rightsOn(types.pod, ['get'], 'logs', { subresource: 'log' }),
  ...rightsOn(types.pod, ['create'], '`offshoot exec`', { subresource: 'exec', isOptional: true }),
  ...rightsOn(types.event, ['list', 'watch'], 'why something does not start', { isOptional: true }),
  ...rightsOn(types.persistentVolumeClaim, READ, 'volumes of datastores'),
  ...rightsOn(types.persistentVolume, ['list'], 'counting volumes that stay', { isOptional: true }),
  ...rightsOn(types.node, ['list'], 'whether there is room', { isOptional: true }),
  ...rightsOn(types.customResourceDefinition, ['create', 'patch'], 'bringing its own definitions', {
    isOptional: true,
  }),
];

/**
 * Those of the rights that the user does not have in a namespace.
 *
 * One request; what the cluster cannot list is asked for one by one.
 */
export async function missingRights(
  api: KubeApi,
  namespace: string,
  rights: readonly Right[] = RIGHTS,
): Promise<readonly Right[]> {
  const { body } = await api.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    },
  });
  const rules = listAt(body, 'status', 'resourceRules');
  const unlisted = rights.filter((right) => !rules.some((rule) => grants(rule, right)));
  if (valueAt(body, 'status', 'incomplete') !== true) return unlisted;
  const asked = await Promise.all(
    unlisted.map(async (right) => ((await isAllowed(api, namespace, right)) ? [] : [right])),
  );
  return asked.flat();
}

function grants(rule: unknown, { verb, group, resource }: Right): boolean {
  const has = (key: string, wanted: readonly string[]): boolean =>
    listAt(rule, key).some((value) => value === '*' || wanted.some((text) => text === value));
  const [plain = '', subresource] = resource.split('/');
  const resources = subresource === undefined ? [plain] : [resource, `*/${subresource}`];
  // A rule for some objects only is no right to all of them.
  if (listAt(rule, 'resourceNames').length > 0) return false;
  return has('verbs', [verb]) && has('apiGroups', [group]) && has('resources', resources);
}

async function isAllowed(api: KubeApi, namespace: string, right: Right): Promise<boolean> {
  const [resource, subresource = ''] = right.resource.split('/');
  const { verb, group } = right;
  const { body } = await api.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb, group, resource, subresource } },
    },
  });
  return valueAt(body, 'status', 'allowed') === true;
}

/** `create, patch deployments (apps)` for people. */
export function rightsText(rights: readonly Right[]): string {
  const byResource = Map.groupBy(rights, ({ group, resource }) =>
    group === '' ? resource : `${resource}.${group}`,
  );
  return [...byResource]
    .map(([resource, of]) => `${of.map(({ verb }) => verb).join(', ')} ${resource}`)
    .join('; ');
}

export function versionOf(body: unknown): string {
  return textAt(body, 'gitVersion') ?? 'of an unknown version';
}
