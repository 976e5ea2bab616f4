import type { KubeApi } from '../client/kube-api.ts';
import type { ClusterSettings } from '../render/rendering.ts';

/** What the checks before a deployment look with. Nothing here writes. */
export interface Inspection {
  readonly api: KubeApi;
  readonly settings: ClusterSettings;
}
