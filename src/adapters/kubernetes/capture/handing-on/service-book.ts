import { Resolver } from 'node:dns/promises';
import type { KubeObject } from '../../client/kube-object.ts';
import { LABELS } from '../../labels.ts';
import { serviceNames, type ServiceNames } from '../naming/service-names.ts';
import type { NamesFile, NamedService } from './names-file.ts';

/**
 * Who is behind an address, for an analyser that knows names only: it asks the cluster's DNS for their
 * addresses, a few at a time and now and then anew, as whoever called long before it came asks no more.
 */
export class ServiceBook {
  readonly #read: () => Promise<NamesFile | null>;
  readonly #addressesOf: AddressesOf;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, { readonly addresses: readonly string[]; atMs: number }>();
  #file: NamesFile;
  #names: ServiceNames;

  constructor(file: NamesFile, parts: ServiceBookParts) {
    this.#file = file;
    this.#read = parts.read;
    this.#addressesOf = parts.addressesOf ?? askDns;
    this.#nowMs = parts.nowMs;
    this.#names = this.#named();
  }

  get names(): ServiceNames {
    return this.#names;
  }

  isInside(component: string): boolean {
    return this.#file.services.some((each) => each.isInside && each.component === component);
  }

  /** Reads the file again and asks for addresses; what fails keeps what is known. */
  async refresh(): Promise<void> {
    this.#file = (await this.#read()) ?? this.#file;
    const { namespace, clusterDomain, services } = this.#file;
    const nowMs = this.#nowMs();
    const due = services
      .map(({ name }) => name)
      .filter((name) => (this.#known.get(name)?.atMs ?? -Infinity) <= nowMs - ASKED_ANEW_MS)
      .slice(0, ASKED_AT_ONCE);
    await Promise.all(
      due.map(async (name) => {
        const found = await this.#addressesOf(`${name}.${namespace}.svc.${clusterDomain}`);
        const addresses = found.length > 0 ? found : (this.#known.get(name)?.addresses ?? []);
        this.#known.set(name, { addresses, atMs: nowMs });
      }),
    );
    const names = new Set(services.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    this.#names = this.#named();
  }

  #named(): ServiceNames {
    const { namespace, prefix, clusterDomain, baselineNamespaces, services } = this.#file;
    return serviceNames({
      namespace,
      prefix,
      clusterDomain,
      baselineNamespaces,
      services: services.map((each) => this.#asObject(each)),
      // A name of the environment that leads to the baseline's has its address.
      baselineServices: [],
    });
  }

  #asObject({ name, component, ports }: NamedService): KubeObject {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name,
        namespace: this.#file.namespace,
        labels: { [LABELS.component]: component },
      },
      spec: {
        clusterIPs: this.#known.get(name)?.addresses ?? [],
        ports: ports.map((port) => ({ port })),
      },
    };
  }
}

/** Empty where there is none, or nobody answers. */
type AddressesOf = (name: string) => Promise<readonly string[]>;

interface ServiceBookParts {
  /** The file as it is now; null when it cannot be read. */
  readonly read: () => Promise<NamesFile | null>;
  readonly nowMs: () => number;
  readonly addressesOf?: AddressesOf;
}

/** Addresses of Services stay; those of names elsewhere may not. */
const ASKED_ANEW_MS = 300_000;
const ASKED_AT_ONCE = 64;
const ANSWER_TIMEOUT_MS = 2_000;

async function askDns(name: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: ANSWER_TIMEOUT_MS, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
