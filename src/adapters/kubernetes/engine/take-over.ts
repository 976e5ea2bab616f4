import { KubeApiError } from '../client/kube-api.ts';
import type { ManagedFields, ObjectRef, ResourceType } from '../client/kube-object.ts';
import { FIELD_MANAGER } from '../labels.ts';
import { isForeign } from '../watch/foreign-fields.ts';
import { isRecord } from '../client/read-object.ts';
import type { Site } from './site.ts';

/**
 * What others have added to an object stays as a rule, since it may be meant. But an entry that somebody
 * has put into a list can make the whole object one that the API refuses, however often it is applied.
 *
 * @returns Whether an object was refused and fields of others are ours now, so that the next apply drops them.
 */
export async function tookOver(
  site: Site,
  { type, ref }: { readonly type: ResourceType; readonly ref: ObjectRef },
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof KubeApiError) || error.status !== 422) return false;
  const live = await site.api.get(type, ref);
  const managedFields = withoutOthers(live?.metadata.managedFields ?? []);
  if (managedFields === null) return false;
  const { resourceVersion } = live?.metadata ?? {};
  await site.api.patch(type, ref, { metadata: { resourceVersion, managedFields } });
  return true;
}

/** Null when there is nothing to take over. Labels and annotations of others stay theirs. */
function withoutOthers(entries: readonly ManagedFields[]): readonly ManagedFields[] | null {
  const own = entries.find(
    ({ manager, operation, subresource }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && (subresource ?? '') === '',
  );
  const others = entries.filter(isForeign);
  if (own === undefined || others.length === 0) return null;
  let fields: Fields = own.fieldsV1 ?? {};
  const left: ManagedFields[] = [];
  for (const entry of others) {
    const { [METADATA]: metadata, ...taken } = entry.fieldsV1 ?? {};
    fields = union(fields, taken);
    if (metadata !== undefined) left.push({ ...entry, fieldsV1: { [METADATA]: metadata } });
  }
  const rest = entries.filter((entry) => entry !== own && !others.includes(entry));
  return [{ ...own, fieldsV1: fields }, ...rest, ...left];
}

const METADATA = 'f:metadata';

type Fields = Readonly<Record<string, unknown>>;

function union(a: Fields, b: Fields): Fields {
  const both: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = both[key];
    both[key] = isRecord(present) && isRecord(value) ? union(present, value) : value;
  }
  return both;
}
