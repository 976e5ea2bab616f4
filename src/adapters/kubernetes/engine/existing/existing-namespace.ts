import type { KubeObject, ResourceType } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { textAt } from '../../client/read-object.ts';
import { followedDigest, portNamesOf } from '../../render/followed.ts';
import { follow, type InformerPorts, type InformerSink } from '../../watch/informer.ts';

/** Services of one namespace of the baseline with what is behind them, read only and always fresh. */
export interface ExistingNamespace {
  /**
   * What a boundary made for this Service now would say it was made for.
   *
   * @returns Null when there is no such Service; undefined as long as nobody knows.
   */
  digestOf(service: string, kind: 'names' | 'endpoints'): string | null | undefined;
  /** Resolves when it is not followed any more. */
  readonly ended: Promise<void>;
}

const SERVICE_OF_SLICE = 'kubernetes.io/service-name';

/** @param onChange - Called with everything that may have changed a digest, and once when all is known. */
export function followNamespace(
  namespace: string,
  ports: InformerPorts,
  signal: AbortSignal,
  onChange: () => void,
): ExistingNamespace {
  const digests = new Map<string, string>();
  const changed = (): void => {
    digests.clear();
    onChange();
  };
  const services = new KnownObjects(changed, ({ metadata, ...service }) => ({
    apiVersion: service.apiVersion,
    kind: service.kind,
    metadata: { name: metadata.name, namespace },
    spec: service['spec'],
  }));
  const slices = new KnownObjects(changed, ({ metadata, ...slice }) => ({
    apiVersion: slice.apiVersion,
    kind: slice.kind,
    metadata: {
      name: metadata.name,
      labels: { [SERVICE_OF_SLICE]: metadata.labels?.[SERVICE_OF_SLICE] ?? '' },
    },
    ports: slice['ports'],
    endpoints: slice['endpoints'],
  }));
  const begin = (type: ResourceType, sink: KnownObjects): Promise<void> =>
    follow({ type, query: { namespace }, sink }, ports, signal);
  const ended = Promise.all([
    begin(RESOURCE_TYPES.service, services),
    begin(RESOURCE_TYPES.endpointSlice, slices),
  ]).then(() => undefined);
  return {
    digestOf(name, kind) {
      if (!services.isListed || !slices.isListed) return undefined;
      const service = services.get(name);
      if (service === undefined) return null;
      const key = `${kind} ${name}`;
      const known = digests.get(key);
      if (known !== undefined) return known;
      const endpointSlices =
        kind === 'names'
          ? []
          : slices.all().filter(({ metadata }) => metadata.labels?.[SERVICE_OF_SLICE] === name);
      const externalName = textAt(service, 'spec', 'externalName');
      const found = { namespace, name, portNames: portNamesOf(service), endpointSlices };
      const digest = followedDigest(
        externalName === null ? found : { ...found, externalName },
        kind,
      );
      digests.set(key, digest);
      return digest;
    },
    ended,
  };
}

/** All objects of a kind in a namespace, with no more of each than is read. */
class KnownObjects implements InformerSink {
  isListed = false;
  readonly #objects = new Map<string, KubeObject>();
  readonly #onChange: () => void;
  readonly #reduce: (object: KubeObject) => KubeObject;
  #listed = new Set<string>();

  constructor(onChange: () => void, reduce: (object: KubeObject) => KubeObject) {
    this.#onChange = onChange;
    this.#reduce = reduce;
  }

  get(name: string): KubeObject | undefined {
    return this.#objects.get(name);
  }

  all(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  beginList(): void {
    this.#listed = new Set();
  }

  page(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      this.#listed.add(object.metadata.name);
      this.#objects.set(object.metadata.name, this.#reduce(object));
    }
  }

  endList(): void {
    for (const name of this.#objects.keys())
      if (!this.#listed.has(name)) this.#objects.delete(name);
    this.isListed = true;
    this.#onChange();
  }

  change({ type, object }: Parameters<InformerSink['change']>[0]): void {
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#objects.delete(object.metadata.name);
    else this.#objects.set(object.metadata.name, this.#reduce(object));
    this.#onChange();
  }

  /** What is known stays so until it is known better. */
  trouble(): void {}
}
