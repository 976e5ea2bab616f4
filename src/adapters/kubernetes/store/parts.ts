import { createHash } from 'node:crypto';
import { hasStatus } from '../client/cluster-errors.ts';
import type { KubeObject, OwnerReference } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { bytesOf, KEPT_LABELS, keptObject, ownerOf } from '../resources/kept.ts';
import type { KeptKind } from '../resources/kept.ts';
import { pack, unpack } from '../resources/packing.ts';
import { untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';

/** One value in as many immutable ConfigMaps as it takes. */
export interface Whole {
  /** Parts are `<name>-0`, `<name>-1` … */
  readonly name: string;
  readonly parts: number;
}

const PART = 'part';
const PARTS_AT_ONCE = 8;

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Writes a value under a new name. Who reads it must be told the name only afterwards. */
export async function writeWhole(
  { api, namespace, limits }: Control,
  kind: KeptKind,
  content: {
    readonly name: string;
    readonly value: unknown;
    readonly labels: Readonly<Record<string, string>>;
    readonly owner: KubeObject | null;
  },
): Promise<Whole> {
  const { name, value, labels, owner } = content;
  const packed = pack(value);
  const parts = Math.max(1, Math.ceil(packed.length / limits.partBytes));
  const objects = Array.from({ length: parts }, (_, index) => {
    const bytes = packed.subarray(index * limits.partBytes, (index + 1) * limits.partBytes);
    return keptObject(
      kind,
      { namespace, name: `${name}-${index}` },
      {
        binaryData: { [PART]: bytes.toString('base64') },
        labels: { ...labels, [KEPT_LABELS.whole]: name },
        annotations: { 'offshoot.dev/parts': String(parts) },
        ownerReferences: owner === null ? [] : [ownerOf(owner)],
        immutable: true,
      },
    );
  });
  // The first part goes last: where it is, the others are.
  const [first, ...others] = objects.map(
    (object) => () => api.apply(RESOURCE_TYPES.configMap, object),
  );
  for (let from = 0; from < others.length; from += PARTS_AT_ONCE) {
    await Promise.all(others.slice(from, from + PARTS_AT_ONCE).map((apply) => apply()));
  }
  await first?.();
  return { name, parts };
}

/** Null when a part is not there. */
export async function readWhole(
  { api, namespace }: Control,
  { name, parts }: Whole,
): Promise<unknown> {
  const objects = await Promise.all(
    Array.from({ length: parts }, (_, index) =>
      api.get(RESOURCE_TYPES.configMap, { namespace, name: `${name}-${index}` }),
    ),
  );
  const chunks = objects.map((object) => (object === null ? null : bytesOf(object, PART)));
  const all = chunks.filter((chunk) => chunk !== null);
  return all.length === parts ? unpack(Buffer.concat(all)) : null;
}

/** Adds an owner to all ConfigMaps that a selector finds: they live as long as one of their owners does. */
export async function addOwner(
  { api, namespace }: Control,
  labelSelector: string,
  owner: OwnerReference,
): Promise<void> {
  const { configMap } = RESOURCE_TYPES;
  const { items } = await api.list(configMap, { namespace, labelSelector, metadataOnly: true });
  const lacking = items.filter((item) => !hasOwner(item, owner));
  await Promise.all(
    lacking.map(({ metadata: { name } }) =>
      untilUndisturbed(name, async () => {
        const object = await api.get(configMap, { namespace, name });
        if (object === null || hasOwner(object, owner)) return;
        const { ownerReferences = [], resourceVersion } = object.metadata;
        const metadata = { resourceVersion, ownerReferences: [...ownerReferences, owner] };
        // Whoever put another in its place may have deleted it since.
        await api.patch(configMap, { namespace, name }, { metadata }).catch((error: unknown) => {
          if (!hasStatus(error, 404)) throw error;
        });
      }),
    ),
  );
}

function hasOwner({ metadata }: KubeObject, { uid }: OwnerReference): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}

export async function deleteAll({ api, namespace }: Control, labelSelector: string): Promise<void> {
  const { configMap } = RESOURCE_TYPES;
  const { items } = await api.list(configMap, { namespace, labelSelector, metadataOnly: true });
  await Promise.all(
    items.map(({ metadata: { name, uid = '' } }) =>
      api.delete(configMap, { namespace, name }, { uid }),
    ),
  );
}
