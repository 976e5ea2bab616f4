import type { OpenDoctor } from '../adapters/cli/services.ts';
import { embeddedDoctor } from '../adapters/embedded/doctor.ts';
import { openKubeApi } from '../adapters/kubernetes/client/open-kube-api.ts';
import { kubernetesDoctor } from '../adapters/kubernetes/preflight/doctor/kubernetes-doctor.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import { clusterSettingsOf } from './cluster-settings.ts';

/** Looks at the place that the settings name; opens no state. */
export function openDoctor(settings: ProjectSettings): OpenDoctor {
  if (settings.engine === 'embedded') {
    return { doctor: embeddedDoctor(settings), close: () => Promise.resolve() };
  }
  const api = openKubeApi(settings.context === null ? {} : { context: settings.context });
  const inspection = { api, settings: clusterSettingsOf(settings) };
  return { doctor: kubernetesDoctor(inspection, systemClock), close: () => api.close() };
}
