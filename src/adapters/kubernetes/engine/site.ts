import type { Clock } from '../../../application/ports/clock.ts';
import type { PlanFiles } from '../../../application/ports/plan-files.ts';
import type { TaskStatus } from '../../../domain/plan/plan.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { ClusterSettings, Render } from '../render/rendering.ts';
import type { ClusterView } from '../watch/cluster-view.ts';

/** What every part of the engine works with. */
export interface Site {
  readonly api: KubeApi;
  /** Opened when first asked for: commands that only read a log need no watch. */
  readonly view: () => ClusterView;
  readonly render: Render;
  /** Kept by whoever compiled the plan. */
  readonly planFiles: Pick<PlanFiles, 'load'>;
  /** What is known of an environment's Tasks, also of those of which there is no object. */
  readonly tasksOf: (environment: string) => Promise<readonly TaskStatus[]>;
  readonly clock: Clock;
  readonly settings: ClusterSettings;
}

export function namespaceIn(site: Pick<Site, 'settings'>, environment: string): string {
  return namespaceOf(site.settings.prefix, environment);
}
