import { compareText } from '../../../../domain/diagnostic.ts';
import { copyNameOf } from '../../../../domain/naming/names.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { textAt, textsAt } from '../../client/read-object.ts';
import type { Draft } from '../draft.ts';
import type { CopiedWorkload } from '../rendering.ts';
import type { ComponentScene } from '../scene.ts';
import type { Readdress } from './addresses.ts';

/** ConfigMaps and Secrets that a copied pod names, under names of this component's own. */
export interface CopiedConfiguration {
  readonly drafts: readonly Draft[];
  readonly names: CopiedNames;
}

/** Names there → names here. What was not copied is not in it, and keeps its name. */
export interface CopiedNames {
  readonly configMaps: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

/** Tokens of a service account are made for one namespace and are of no use in another. */
const TOKEN = 'kubernetes.io/service-account-token';

export function copiedConfiguration(
  { component }: ComponentScene,
  copied: CopiedWorkload,
  readdress: Readdress,
): CopiedConfiguration {
  const configMaps = copied.configMaps.toSorted(byName);
  const secrets = copied.secrets
    .filter((secret) => textAt(secret, 'type') !== TOKEN)
    .toSorted(byName);
  const renamed = (objects: readonly KubeObject[]): ReadonlyMap<string, string> =>
    new Map(objects.map(({ metadata: { name } }) => [name, copyNameOf(component.name, name)]));
  return {
    drafts: [
      ...configMaps.map((original) => configMapCopy(component.name, original, readdress)),
      ...secrets.map((original) => secretCopy(component.name, original, readdress)),
    ],
    names: { configMaps: renamed(configMaps), secrets: renamed(secrets) },
  };
}

function byName(a: KubeObject, b: KubeObject): number {
  return compareText(a.metadata.name, b.metadata.name);
}

function configMapCopy(component: string, original: KubeObject, readdress: Readdress): Draft {
  const binaryData = textsAt(original, 'binaryData');
  return {
    type: RESOURCE_TYPES.configMap,
    name: copyNameOf(component, original.metadata.name),
    body: {
      data: mapped(textsAt(original, 'data'), readdress),
      ...(Object.keys(binaryData).length === 0 ? {} : { binaryData }),
    },
  };
}

function secretCopy(component: string, original: KubeObject, readdress: Readdress): Draft {
  return {
    type: RESOURCE_TYPES.secret,
    name: copyNameOf(component, original.metadata.name),
    body: {
      type: textAt(original, 'type') ?? 'Opaque',
      data: mapped(textsAt(original, 'data'), (value) => readdressed(value, readdress)),
    },
  };
}

/** A value in Base64; what is no text stays as it is. */
function readdressed(value: string, readdress: Readdress): string {
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) return value;
  const changed = readdress(text);
  return changed === text ? value : Buffer.from(changed).toString('base64');
}

function mapped(
  values: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(values)
      .toSorted()
      .map((key) => [key, change(values[key] ?? '')]),
  );
}
