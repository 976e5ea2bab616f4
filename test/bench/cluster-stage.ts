import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { resourceDefinitions } from '../../src/adapters/kubernetes/resources/crds.ts';
import { clusterSettingsOf } from '../../src/main/cluster-settings.ts';
import type { ClusterSettings } from '../../src/adapters/kubernetes/render/rendering.ts';
import { settingsFor } from '../../src/main/settings.ts';
import { startControlPlane, type ControlPlane } from '../cluster-tests/faults/control-plane.ts';
import { startController, type ControllerProcess } from '../cluster-tests/faults/controllers.ts';
import { openWisher, type Wisher } from '../cluster-tests/faults/installation.ts';
import {
  SCALE_IMAGE,
  scaleProject,
  type ScaleOptions,
  type ScaleProject,
} from './cluster-project.ts';

/** A control plane with simulated nodes alone, a project, and its controller in a process of its own. */
export interface ScaleStage {
  readonly plane: ControlPlane;
  readonly api: KubeApi;
  readonly project: ScaleProject;
  readonly settings: ClusterSettings;
  readonly wisher: Wisher;
  readonly controller: ControllerProcess;
  close(): Promise<void>;
}

/** Of a control plane that nothing else has. */
const PLANE = 16;
const SIMULATED_NODES = 30;

export async function openScaleStage(options: ScaleOptions): Promise<ScaleStage> {
  const plane = await startControlPlane(PLANE, SIMULATED_NODES);
  const { kubeconfig } = plane;
  const api = openKubeApi({ kubeconfig });
  for (const definition of resourceDefinitions()) {
    await api.apply(RESOURCE_TYPES.customResourceDefinition, definition);
  }
  const project = await scaleProject(options);
  const wisher = await openWisher(kubeconfig, project, [SCALE_IMAGE]);
  const controller = startController(kubeconfig, project);
  await controller.leads();
  const settings = clusterSettingsOf(
    await settingsFor({ project: project.file }, project.folder, true),
  );
  return {
    plane,
    api,
    project,
    settings,
    wisher,
    controller,
    async close() {
      await controller.end('SIGTERM');
      await wisher.close();
      await api.close();
      await plane.stop();
      await project.remove();
    },
  };
}
