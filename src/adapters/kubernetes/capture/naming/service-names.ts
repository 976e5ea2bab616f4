import type { KubeObject } from '../../client/kube-object.ts';
import { listAt, numberAt, textAt, textsAt } from '../../client/read-object.ts';
import { LABELS } from '../../labels.ts';

/**
 * Who is behind an address or a name, as far as Services tell: an environment's own first, then the
 * baseline's, which are called `baseline/<component>`, then those of other environments.
 */
export interface ServiceNames {
  ofAddress(address: string): string | null;
  /** The ports that the Service of an address has; null where nobody knows. */
  portsAt(address: string): readonly number[] | null;
  /** Of a name that was asked for, whole or short. */
  ofName(name: string): string | null;
  /** Of a pod of the baseline that a Service selects. */
  ofPod(namespace: string, labels: Readonly<Record<string, string>>): string | null;
}

export interface ServiceNamesParts {
  readonly namespace: string;
  /** Namespaces of other environments begin so: `<prefix>-`. */
  readonly prefix: string;
  readonly clusterDomain: string;
  readonly baselineNamespaces: readonly string[];
  readonly services: readonly KubeObject[];
  readonly baselineServices: readonly KubeObject[];
}

export const BASELINE_PLACE = 'baseline';

export function serviceNames(parts: ServiceNamesParts): ServiceNames {
  const { namespace, clusterDomain, baselineNamespaces, baselineServices } = parts;
  const inside = parts.services.flatMap((service) => {
    const component = componentOf(service);
    return component === null ? [] : [{ service, component }];
  });
  const own = new Map(inside.map(({ service, component }) => [service.metadata.name, component]));
  const leading = new Map(
    inside.flatMap(({ service, component }): [string, string][] => {
      const target = textAt(service, 'spec', 'externalName');
      return target === null ? [] : [[target, component]];
    }),
  );
  const baselineName = (name: string, place: string): string =>
    `${BASELINE_PLACE}/${leading.get(`${name}.${place}.svc.${clusterDomain}`) ?? name}`;
  const nameOf = ({ metadata: { name, namespace: place = '' } }: KubeObject): string =>
    baselineName(name, place);
  const addresses = new Map([
    ...baselineServices.flatMap((service) => byAddress(service, nameOf(service))),
    ...inside.flatMap(({ service, component }) => byAddress(service, component)),
  ]);
  const ports = new Map(
    [...baselineServices, ...parts.services]
      .filter((service) => portsOf(service).length > 0)
      .flatMap((service) => byAddress(service, portsOf(service))),
  );
  const suffix = `.svc.${clusterDomain}`;
  const inNamespace = (name: string, place: string): string | null => {
    if (place === namespace) return own.get(name) ?? null;
    if (baselineNamespaces.includes(place)) return baselineName(name, place);
    const isEnvironment = place.startsWith(parts.prefix);
    return isEnvironment ? `${place.slice(parts.prefix.length)}/${name}` : null;
  };
  return {
    ofAddress: (address) => addresses.get(address) ?? null,
    portsAt: (address) => ports.get(address) ?? null,
    ofName(asked) {
      const whole = asked.replace(/\.$/u, '');
      if (!whole.includes('.')) return own.get(whole) ?? null;
      const [name = '', place, ...more] = whole.slice(0, -suffix.length).split('.');
      const isService = whole.endsWith(suffix) && place !== undefined && more.length === 0;
      const isOfBaseline = isService && baselineNamespaces.includes(place);
      const led = isOfBaseline ? undefined : leading.get(whole);
      return led ?? (isService ? inNamespace(name, place) : null);
    },
    ofPod(place, labels) {
      const selecting = baselineServices.filter(
        (service) => service.metadata.namespace === place && isSelected(service, labels),
      );
      // Of several the one that an environment's own Service leads to, if there is one.
      const led = selecting.find(({ metadata: { name } }) =>
        leading.has(`${name}.${place}${suffix}`),
      );
      const service = led ?? selecting[0];
      return service === undefined ? null : nameOf(service);
    },
  };
}

function isSelected(service: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  const selector = Object.entries(textsAt(service, 'spec', 'selector'));
  return selector.length > 0 && selector.every(([label, value]) => labels[label] === value);
}

function componentOf({ metadata }: KubeObject): string | null {
  return metadata.labels?.[LABELS.component] ?? null;
}

function portsOf(service: KubeObject): readonly number[] {
  return listAt(service, 'spec', 'ports').flatMap((port) => numberAt(port, 'port') ?? []);
}

function byAddress<What>(service: KubeObject, what: What): readonly (readonly [string, What])[] {
  const all = [...listAt(service, 'spec', 'clusterIPs'), textAt(service, 'spec', 'clusterIP')];
  return all
    .filter((address) => typeof address === 'string')
    .filter((address) => address !== '' && address !== 'None')
    .map((address) => [address, what]);
}
