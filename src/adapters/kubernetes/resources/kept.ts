import type { KubeObject, OwnerReference } from '../client/kube-object.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';

/** Kinds of ConfigMaps in the control namespace, by their label. */
export type KeptKind = 'plan' | 'plan-files' | 'past' | 'events' | 'demand' | 'branches' | 'answer';

export const KEPT_LABELS = {
  kind: 'offshoot.dev/kept',
  environment: LABELS.environment,
  component: LABELS.component,
  /** First characters of a hash: of a plan, of a repository. */
  of: 'offshoot.dev/of',
  /** Names the parts of one whole. */
  whole: 'offshoot.dev/whole',
} as const;

interface Content {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly immutable?: boolean;
}

/** A ConfigMap of ours in the control namespace. */
export function keptObject(
  kind: KeptKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { data, binaryData, labels, annotations, ownerReferences, immutable }: Content,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { [LABELS.managedBy]: MANAGED_BY, [KEPT_LABELS.kind]: kind, ...labels },
      ...(annotations === undefined ? {} : { annotations }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
    ...(immutable === true ? { immutable: true } : {}),
  };
}

export function keptSelector(
  kind: KeptKind,
  labels: Readonly<Record<string, string>> = {},
): string {
  const all = { [KEPT_LABELS.kind]: kind, ...labels };
  return Object.entries(all)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}

/** One text of a ConfigMap; null without. */
export function dataOf(object: KubeObject, key: string): string | null {
  const data = object['data'] as Readonly<Record<string, string>> | undefined;
  return data?.[key] ?? null;
}

export function allDataOf(object: KubeObject): Readonly<Record<string, string>> {
  return (object['data'] as Readonly<Record<string, string>> | undefined) ?? {};
}

/** Bytes of a ConfigMap; null without. */
export function bytesOf(object: KubeObject, key: string): Buffer | null {
  const data = object['binaryData'] as Readonly<Record<string, string>> | undefined;
  const text = data?.[key];
  return text === undefined ? null : Buffer.from(text, 'base64');
}

/** Marks an object as belonging to another: it goes with it. */
export function ownerOf(object: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}
