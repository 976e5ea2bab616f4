import type { ClusterSettings } from '../adapters/kubernetes/render/rendering.ts';
import type { ProjectSettings } from '../application/project.ts';

/** What of the settings shapes objects on a cluster. */
export function clusterSettingsOf(settings: ProjectSettings): ClusterSettings {
  const { name, prefix, domain, clusterDomain, baselineNamespaces, cluster, otlp } = settings;
  const asked = { ...cluster, name, prefix, domain, clusterDomain, baselineNamespaces };
  return {
    ...asked,
    receivesSpans: otlp?.receive ?? false,
    ...(otlp === undefined || otlp.export === null ? {} : { exportsTo: otlp.export }),
    templateTypes: [],
  };
}
