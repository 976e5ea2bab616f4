import { onCluster } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { specOf } from '../resources/environment-object.ts';
import { KEPT_LABELS, keptSelector, ownerOf } from '../resources/kept.ts';
import type { Control } from './control.ts';
import { addOwner } from './parts.ts';
import { shortHash } from './plans.ts';

const { configMap: CONFIG_MAP, environment: ENVIRONMENT } = RESOURCE_TYPES;

/**
 * Mends what a process that was killed has left: a plan or files that a living environment names get their
 * owner; those that nobody names go once they are old. Returns the names of what went.
 */
export function sweepOrphans(control: Control): Promise<readonly string[]> {
  const { api, namespace } = control;
  return onCluster('sweep the control namespace', async () => {
    const [plans, files, environments] = [
      await api.list(CONFIG_MAP, {
        namespace,
        labelSelector: keptSelector('plan'),
        metadataOnly: true,
      }),
      await api.list(CONFIG_MAP, {
        namespace,
        labelSelector: keptSelector('plan-files'),
        metadataOnly: true,
      }),
      await api.list(ENVIRONMENT),
    ];
    const living = new Map(environments.items.map((one) => [one.metadata.name, one]));
    const gone: string[] = [];
    for (const object of [...plans.items, ...files.items]) {
      if ((object.metadata.ownerReferences ?? []).length > 0) continue;
      const owner = ownerAmong(living, object);
      const whole = object.metadata.labels?.[KEPT_LABELS.whole] ?? '';
      const selector = `${KEPT_LABELS.whole}=${whole}`;
      if (owner !== null) await addOwner(control, selector, ownerOf(owner));
      else if (isOld(control, object) && (await dropped(control, object))) {
        gone.push(object.metadata.name);
      }
    }
    return gone;
  });
}

/** The living environment that names the plan, or the plan of these files. */
function ownerAmong(
  living: ReadonlyMap<string, KubeObject>,
  { metadata }: KubeObject,
): KubeObject | null {
  const labels = metadata.labels ?? {};
  const environment = living.get(labels[KEPT_LABELS.environment] ?? '');
  if (environment === undefined) return null;
  const { plan } = specOf(environment);
  const isNamed =
    labels[KEPT_LABELS.kind] === 'plan'
      ? plan.name === labels[KEPT_LABELS.whole]
      : shortHash(plan.hash) === labels[KEPT_LABELS.of];
  return isNamed ? environment : null;
}

function isOld({ clock, limits }: Control, { metadata }: KubeObject): boolean {
  const createdMs = Date.parse(metadata.creationTimestamp ?? '');
  return clock.nowMs() - createdMs > limits.orphanMs;
}

/** Only this version: one that was adopted meanwhile stays. */
async function dropped({ api, namespace }: Control, { metadata }: KubeObject): Promise<boolean> {
  const { name, uid = '', resourceVersion = '' } = metadata;
  return api.delete(CONFIG_MAP, { namespace, name }, { uid, resourceVersion }).catch(() => false);
}
