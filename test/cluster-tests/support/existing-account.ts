import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kubectl } from '../../cluster/kubectl.ts';

/**
 * A service account that may do everything, with a kubeconfig of its own in a namespace of its own: the
 * audit log tells its requests from everybody else's.
 */
export async function accountKubeconfig(
  kubectl: Kubectl,
  folder: string,
  namespace: string,
): Promise<{ readonly kubeconfig: string; readonly namespace: string }> {
  const name = 'offshoot-tested';
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['create', 'serviceaccount', name, '-n', namespace]);
  const subject = `--serviceaccount=${namespace}:${name}`;
  await kubectl([
    'create',
    'clusterrolebinding',
    namespace,
    '--clusterrole=cluster-admin',
    subject,
  ]);
  const token = (await kubectl(['create', 'token', name, '-n', namespace, '--duration=6h'])).trim();
  const view = ['config', 'view', '--raw', '--flatten', '-o', 'json'];
  const { clusters } = JSON.parse(await kubectl(view)) as {
    readonly clusters: readonly { readonly name: string }[];
  };
  const [cluster] = clusters;
  const file = join(folder, 'account.kubeconfig');
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters,
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: cluster?.name, user: name } }],
      'current-context': name,
    }),
    { mode: 0o600 },
  );
  return { kubeconfig: file, namespace };
}
