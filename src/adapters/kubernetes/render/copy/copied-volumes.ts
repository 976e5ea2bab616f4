import { isRecord, listAt, textAt } from '../../client/read-object.ts';
import type { CopiedNames } from './copied-configuration.ts';

/**
 * Volumes of a copied pod: configuration under its new names, and an empty one for whatever holds data of
 * the baseline or of a node.
 */
export function copiedVolumes(
  spec: unknown,
  containers: readonly unknown[],
  names: CopiedNames,
): readonly object[] {
  const volumes = listAt(spec, 'volumes')
    .filter(isRecord)
    .map((volume) => copiedVolume(volume, names));
  const known = new Set(volumes.map((volume) => textAt(volume, 'name')));
  // Those that a StatefulSet has claims for are mounted without being declared.
  const claimed = [...containers, ...listAt(spec, 'initContainers')]
    .flatMap((container) => listAt(container, 'volumeMounts'))
    .flatMap((mount) => textAt(mount, 'name') ?? [])
    .filter((name) => !known.has(name));
  return [...volumes, ...[...new Set(claimed)].toSorted().map(emptyVolume)];
}

/** Kinds that hold nothing of anybody else's. */
const HARMLESS: readonly string[] = ['emptyDir', 'downwardAPI', 'ephemeral'];

function copiedVolume(
  volume: Readonly<Record<string, unknown>>,
  names: CopiedNames,
): Readonly<Record<string, unknown>> {
  const name = textAt(volume, 'name') ?? '';
  const { configMap, secret, projected } = volume;
  if (isRecord(configMap))
    return { name, configMap: renamedMap(configMap, 'name', names.configMaps) };
  if (isRecord(secret)) return { name, secret: renamedMap(secret, 'secretName', names.secrets) };
  if (isRecord(projected)) return { name, projected: projectedCopy(projected, names) };
  return HARMLESS.some((kind) => isRecord(volume[kind])) ? volume : emptyVolume(name);
}

function projectedCopy(
  projected: Readonly<Record<string, unknown>>,
  names: CopiedNames,
): Readonly<Record<string, unknown>> {
  const sources = listAt(projected, 'sources')
    .filter(isRecord)
    .map((source) => {
      const { configMap, secret } = source;
      if (isRecord(configMap)) {
        return { ...source, configMap: renamedMap(configMap, 'name', names.configMaps) };
      }
      return isRecord(secret)
        ? { ...source, secret: renamedMap(secret, 'name', names.secrets) }
        : source;
    });
  return { ...projected, sources };
}

function renamedMap(
  reference: Readonly<Record<string, unknown>>,
  key: string,
  names: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const name = textAt(reference, key);
  return name === null ? reference : { ...reference, [key]: names.get(name) ?? name };
}

function emptyVolume(name: string): Readonly<Record<string, unknown>> {
  return { name, emptyDir: {} };
}
