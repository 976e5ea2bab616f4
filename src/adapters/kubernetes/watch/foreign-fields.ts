import type { ManagedFields } from '../client/kube-object.ts';
import { FIELD_MANAGER } from '../labels.ts';

/** What others have written into an object, from its `managedFields`. */

/** Parts of the cluster itself: they complete objects, and never change what was asked for. */
const CLUSTER_MANAGERS: ReadonlySet<string> = new Set([
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
]);

/** Labels and annotations are anybody's; a status is what the cluster says. */
const HARMLESS: ReadonlySet<string> = new Set(['f:metadata', 'f:status']);

/**
 * A digest of the fields of others; empty when there are none. What goes through a subresource, such as
 * an autoscaler's `scale`, does not count.
 */
export function foreignFieldsOf(entries: readonly ManagedFields[] | undefined): string {
  const found = (entries ?? []).filter(isForeign).flatMap(({ manager, fieldsV1 }) =>
    Object.entries(fieldsV1 ?? {})
      .filter(([field]) => !HARMLESS.has(field))
      .map(([field, within]) => `${manager} ${field} ${JSON.stringify(within)}`),
  );
  return found.length === 0 ? '' : digestOf(found.toSorted().join('\n'));
}

/** Whether it tells of fields that somebody else has written into the object itself. */
export function isForeign({ manager, subresource }: ManagedFields): boolean {
  const isWhole = subresource === undefined || subresource === '';
  return isWhole && manager !== FIELD_MANAGER && !CLUSTER_MANAGERS.has(manager);
}

/** FNV-1a, 53 bits' worth: telling states of one object apart needs no more. */
function digestOf(text: string): string {
  let high = 0x811c9dc5;
  let low = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193) >>> 0;
    low = Math.imul(low ^ (code + index), 0x85ebca6b) >>> 0;
  }
  return high.toString(36) + low.toString(36);
}
