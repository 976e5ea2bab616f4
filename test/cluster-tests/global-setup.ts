import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { prepareCluster } from '../../src/adapters/kubernetes/store/prepare.ts';
import { ensureCluster } from '../cluster/cluster.ts';

/** A cluster with the definitions, for all files; the same one for every run. */
export async function setup(): Promise<void> {
  const kubeconfig = process.env['OFFSHOOT_TEST_KUBECONFIG'] ?? (await ensureCluster()).kubeconfig;
  process.env['OFFSHOOT_TEST_KUBECONFIG'] = kubeconfig;
  const api = openKubeApi({ kubeconfig });
  await prepareCluster(api, 'offshoot-system');
  await api.close();
}
