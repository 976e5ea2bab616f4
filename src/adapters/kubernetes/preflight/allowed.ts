import type { KubeApi } from '../client/kube-api.ts';
import { listAt, valueAt } from '../client/read-object.ts';
import type { Inspection } from './inspection.ts';
import type { Right } from './rights.ts';

/** Where no namespace has special rules: every environment has one of its own, which is not there yet. */
const ANY_NAMESPACE = 'offshoot-environment';

/**
 * Those of the rights that the user does not have.
 *
 * Two requests; what the cluster cannot list (it may ask others whom it trusts) is asked for one by one.
 */
export async function missingRights(
  { api, settings: { controlNamespace } }: Inspection,
  rights: readonly Right[],
): Promise<readonly Right[]> {
  const [everywhere, control] = await Promise.all(
    (['everywhere', 'control'] as const).map((where) => {
      const namespace = where === 'control' ? controlNamespace : ANY_NAMESPACE;
      const wanted = rights.filter((right) => right.where === where);
      return missingIn(api, namespace, wanted);
    }),
  );
  const missing = new Set([...(everywhere ?? []), ...(control ?? [])]);
  return rights.filter((right) => missing.has(right));
}

async function missingIn(
  api: KubeApi,
  namespace: string,
  rights: readonly Right[],
): Promise<readonly Right[]> {
  if (rights.length === 0) return [];
  const status = await review(api, 'SelfSubjectRulesReview', { namespace });
  const rules = listAt(status, 'resourceRules');
  const unlisted = rights.filter((right) => !rules.some((rule) => grants(rule, right)));
  if (valueAt(status, 'incomplete') !== true) return unlisted;
  const asked = await Promise.all(
    unlisted.map(async (right) => ((await isAllowed(api, namespace, right)) ? [] : [right])),
  );
  return asked.flat();
}

function grants(rule: unknown, { verb, group, resource, objectName }: Right): boolean {
  const has = (key: string, wanted: readonly string[]): boolean =>
    listAt(rule, key).some((value) => value === '*' || wanted.some((text) => text === value));
  const [plain = '', subresource] = resource.split('/');
  const resources = subresource === undefined ? [plain] : [resource, `*/${subresource}`];
  // A rule for some objects only is no right to all of them.
  const names = listAt(rule, 'resourceNames');
  if (names.length > 0 && !names.includes(objectName)) return false;
  return has('verbs', [verb]) && has('apiGroups', [group]) && has('resources', resources);
}

async function isAllowed(api: KubeApi, namespace: string, right: Right): Promise<boolean> {
  const [resource, subresource = ''] = right.resource.split('/');
  const { verb, group, objectName } = right;
  const named = objectName === null ? {} : { name: objectName };
  const status = await review(api, 'SelfSubjectAccessReview', {
    resourceAttributes: { namespace, verb, group, resource, subresource, ...named },
  });
  return valueAt(status, 'allowed') === true;
}

/** The answer's `status`. Everybody may ask what they themselves may. */
async function review(api: KubeApi, kind: string, spec: object): Promise<unknown> {
  const { body } = await api.request({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
  });
  return valueAt(body, 'status');
}
