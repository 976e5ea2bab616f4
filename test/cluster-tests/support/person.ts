import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { ResourceType } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import type { Right } from '../../../src/adapters/kubernetes/preflight/rights.ts';

/** Somebody with exactly these rights, as a service account in a namespace of its own. */
export interface Person {
  readonly namespace: string;
  readonly kubeconfig: string;
  remove(): Promise<void>;
}

const RBAC = 'rbac.authorization.k8s.io';

function rbacType(kind: string, isNamespaced: boolean): ResourceType {
  const apiVersion = `${RBAC}/v1`;
  return { apiVersion, kind, plural: `${kind.toLowerCase()}s`, isNamespaced };
}

const TYPES = {
  everywhere: {
    role: rbacType('ClusterRole', false),
    binding: rbacType('ClusterRoleBinding', false),
  },
  control: { role: rbacType('Role', true), binding: rbacType('RoleBinding', true) },
} as const;

/**
 * @param kubeconfig - Of an administrator of the same cluster.
 * @param file - Where that of the person is written.
 */
export async function personWith(
  api: KubeApi,
  { kubeconfig, file }: { readonly kubeconfig: string; readonly file: string },
  {
    rights,
    controlNamespace,
  }: { readonly rights: readonly Right[]; readonly controlNamespace: string },
): Promise<Person> {
  const namespace = `person-${randomBytes(3).toString('hex')}`;
  const name = namespace;
  const metadata = { name, namespace };
  await api.create(RESOURCE_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  await api.create(RESOURCE_TYPES.serviceAccount, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
  });
  for (const where of ['everywhere', 'control'] as const) {
    const { role, binding } = TYPES[where];
    const place = where === 'control' ? { name, namespace: controlNamespace } : { name };
    const rules = rights
      .filter((right) => right.where === where)
      .map(({ verb, group, resource, objectName }) => ({
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        ...(objectName === null ? {} : { resourceNames: [objectName] }),
      }));
    const { apiVersion } = role;
    await api.create(role, { apiVersion, kind: role.kind, metadata: place, rules });
    await api.create(binding, {
      apiVersion,
      kind: binding.kind,
      metadata: place,
      roleRef: { apiGroup: RBAC, kind: role.kind, name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  }
  await writeFile(file, await kubeconfigOf(api, kubeconfig, namespace));
  return {
    namespace,
    kubeconfig: file,
    async remove() {
      for (const { role, binding } of Object.values(TYPES)) {
        const place = role.isNamespaced ? { name, namespace: controlNamespace } : { name };
        await api.delete(binding, place);
        await api.delete(role, place);
      }
      await api.delete(RESOURCE_TYPES.namespace, { name });
    },
  };
}

async function kubeconfigOf(api: KubeApi, kubeconfig: string, name: string): Promise<string> {
  const { body } = await api.request({
    method: 'POST',
    path: `/api/v1/namespaces/${name}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 7_200 },
    },
  });
  const { status } = body as { readonly status: { readonly token: string } };
  const config = parse(await readFile(kubeconfig, 'utf8')) as {
    readonly users: readonly { readonly name: string }[];
  };
  const users = config.users.map((user) => ({ name: user.name, user: { token: status.token } }));
  return stringify({ ...config, users });
}
