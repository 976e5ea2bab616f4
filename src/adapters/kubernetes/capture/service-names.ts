import type { KubeObject } from '../client/kube-object.ts';
import { listAt, numberAt, textAt } from '../client/read-object.ts';
import { LABELS } from '../labels.ts';

/**
 * Who is behind an address or a name, as far as Services tell: an environment's own first, then the
 * baseline's, which are called `baseline/<component>`, then those of other environments.
 */
export interface ServiceNames {
  ofAddress(address: string): string | null;
  /** The ports that the Service of an address has; null of an address that no Service has. */
  portsAt(address: string): readonly number[] | null;
  /** Of a name that was asked for, whole or short. */
  ofName(name: string): string | null;
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

const BASELINE_PLACE = 'baseline';

export function serviceNames(parts: ServiceNamesParts): ServiceNames {
  const { namespace, clusterDomain, baselineNamespaces } = parts;
  const own = new Map<string, string>();
  const leading = new Map<string, string>();
  const addresses = new Map<string, string>();
  const ports = new Map<string, readonly number[]>();
  for (const service of parts.services) {
    const component = componentOf(service);
    if (component === null) continue;
    own.set(service.metadata.name, component);
    const target = textAt(service, 'spec', 'externalName');
    if (target !== null) leading.set(target, component);
  }
  const baselineName = (name: string, place: string): string =>
    `${BASELINE_PLACE}/${leading.get(`${name}.${place}.svc.${clusterDomain}`) ?? name}`;
  for (const service of [...parts.baselineServices, ...parts.services]) {
    for (const address of addressesOf(service)) ports.set(address, portsOf(service));
  }
  for (const service of parts.baselineServices) {
    const { name, namespace: place = '' } = service.metadata;
    for (const address of addressesOf(service)) addresses.set(address, baselineName(name, place));
  }
  for (const service of parts.services) {
    const component = componentOf(service);
    if (component === null) continue;
    for (const address of addressesOf(service)) addresses.set(address, component);
  }
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
  };
}

function componentOf({ metadata }: KubeObject): string | null {
  return metadata.labels?.[LABELS.component] ?? null;
}

function portsOf(service: KubeObject): readonly number[] {
  return listAt(service, 'spec', 'ports').flatMap((port) => numberAt(port, 'port') ?? []);
}

function addressesOf(service: KubeObject): readonly string[] {
  const all = [...listAt(service, 'spec', 'clusterIPs'), textAt(service, 'spec', 'clusterIP')];
  return all.filter(
    (address): address is string =>
      typeof address === 'string' && address !== '' && address !== 'None',
  );
}
