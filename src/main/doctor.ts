import type { OpenDoctor } from '../adapters/cli/services.ts';
import { embeddedDoctor } from '../adapters/embedded/doctor.ts';
import { openKubeApi } from '../adapters/kubernetes/client/open-kube-api.ts';
import { kubernetesDoctor } from '../adapters/kubernetes/preflight/kubernetes-doctor.ts';
import { imageRegistries } from '../adapters/registry/image-registries.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import { clusterSettingsOf } from './cluster-settings.ts';

/** Looks at the place that the settings name; opens no state. */
export function openDoctor(settings: ProjectSettings): OpenDoctor {
  if (settings.engine === 'embedded') {
    return { doctor: embeddedDoctor(settings), close: () => Promise.resolve() };
  }
  const api = openKubeApi(settings.context === null ? {} : { context: settings.context });
  const expedition = {
    api,
    settings: clusterSettingsOf(settings),
    clock: systemClock,
    registries: imageRegistries(),
  };
  return { doctor: kubernetesDoctor(expedition), close: () => api.close() };
}
