import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { resourceDefinitions } from '../../src/adapters/kubernetes/resources/crds.ts';
import { prepareCluster } from '../../src/adapters/kubernetes/store/prepare.ts';
import { ensureCluster } from '../cluster/cluster.ts';

/** A cluster with the definitions, for all files; the same one for every run. */
export async function setup(): Promise<void> {
  const kubeconfig = process.env['OFFSHOOT_TEST_KUBECONFIG'] ?? (await ensureCluster()).kubeconfig;
  process.env['OFFSHOOT_TEST_KUBECONFIG'] = kubeconfig;
  const api = openKubeApi({ kubeconfig });
  // Also over those that an older checkout has left on the cluster.
  for (const definition of resourceDefinitions()) {
    await api.apply(RESOURCE_TYPES.customResourceDefinition, definition, { force: true });
  }
  await prepareCluster(api, 'offshoot-system');
  await api.close();
}
