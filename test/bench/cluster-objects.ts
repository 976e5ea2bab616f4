import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { LABELS } from '../../src/adapters/kubernetes/labels.ts';
import { render } from '../../src/adapters/kubernetes/render/render.ts';
import type {
  ClusterSettings,
  RenderedObject,
} from '../../src/adapters/kubernetes/render/rendering.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';

/** Exactly the objects that Offshoot makes of a plan, in the order of its Tasks, for others to create. */
export function objectsOfPlan(
  plan: Plan,
  settings: ClusterSettings,
  namespace: string,
): readonly RenderedObject[] {
  const context = {
    namespace,
    environmentUid: null,
    settings,
    secrets: new Map(),
    files: new Map(),
    copied: null,
    baseline: null,
    clusterIps: new Map(),
    baselinePlaces: new Map(),
  };
  return plan.tasks.flatMap((task) =>
    render({ plan, task, generation: 1, unavailable: [] }, context).map(({ type, object }) => ({
      type,
      object: notOurs(object),
    })),
  );
}

/** By a label that no controller of Offshoot follows, of the same length; all else stays. */
function notOurs(object: KubeObject): KubeObject {
  const text = JSON.stringify(object).replaceAll(
    `"${LABELS.managedBy}":"offshoot"`,
    `"${LABELS.managedBy}":"somebody"`,
  );
  return JSON.parse(text) as KubeObject;
}
