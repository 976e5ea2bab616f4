import type { Clock } from '../../../application/ports/clock.ts';
import type { ImageRegistries } from '../../../application/ports/image-registries.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { ClusterSettings } from '../render/rendering.ts';

/** What the checks before a deployment look with. Nothing that has no more than this writes. */
export interface Inspection {
  readonly api: KubeApi;
  readonly settings: ClusterSettings;
}

/** What also looks elsewhere, tries things out on the cluster, and remembers what came of it. */
export interface Expedition extends Inspection {
  readonly clock: Clock;
  readonly registries: ImageRegistries;
}
