import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterSettingsOf } from '../../src/main/cluster-settings.ts';
import type { ClusterSettings } from '../../src/adapters/kubernetes/render/rendering.ts';
import { settingsFor } from '../../src/main/settings.ts';
import { ensureCluster, type TestCluster } from '../cluster/cluster.ts';
import { ensureKwok } from '../cluster/kwok.ts';
import { startController, type ControllerProcess } from '../cluster-tests/faults/controllers.ts';
import { openWisher, type Wisher } from '../cluster-tests/faults/installation.ts';
import {
  SCALE_IMAGE,
  scaleProject,
  type ScaleOptions,
  type ScaleProject,
} from './cluster-project.ts';

/** The test cluster with simulated nodes alone, a project, and its controller in a process of its own. */
export interface ScaleStage {
  readonly cluster: TestCluster;
  readonly auditLog: string;
  readonly api: KubeApi;
  readonly project: ScaleProject;
  readonly settings: ClusterSettings;
  readonly wisher: Wisher;
  readonly controller: ControllerProcess;
  close(): Promise<void>;
}

const SIMULATED_NODES = 30;

/** @throws {Error} On a cluster that somebody named: what happens there is not for us to measure. */
export async function openScaleStage(options: ScaleOptions): Promise<ScaleStage> {
  const cluster = await ensureCluster({ say: (line) => console.error(line) });
  const { kubeconfig, auditLog } = cluster;
  if (auditLog === null) throw new Error('this is measured on the test cluster only');
  await ensureKwok(cluster, SIMULATED_NODES, { tainted: false });
  const api = openKubeApi({ kubeconfig });
  await cordonRealNodes(api, true);
  const project = await scaleProject(options);
  const wisher = await openWisher(kubeconfig, project, [SCALE_IMAGE]);
  const controller = startController(kubeconfig, project);
  await controller.leads();
  const settings = clusterSettingsOf(
    await settingsFor({ project: project.file }, project.folder, true),
  );
  return {
    cluster,
    auditLog,
    api,
    project,
    settings,
    wisher,
    controller,
    async close() {
      await controller.end('SIGTERM');
      await cordonRealNodes(api, false);
      await wisher.close();
      await api.delete(RESOURCE_TYPES.namespace, { name: project.controlNamespace });
      await api.close();
      await project.remove();
    },
  };
}

/** Nothing of what is measured runs on them. */
async function cordonRealNodes(api: KubeApi, unschedulable: boolean): Promise<void> {
  const { items } = await api.list(RESOURCE_TYPES.node, { labelSelector: 'type!=kwok' });
  for (const { metadata } of items) {
    await api.patch(RESOURCE_TYPES.node, { name: metadata.name }, { spec: { unschedulable } });
  }
}
