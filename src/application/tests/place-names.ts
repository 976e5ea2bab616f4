import type { Call } from '../../domain/calls/call.ts';
import { isFailed } from '../../domain/calls/outcomes.ts';
import { UNKNOWN, type SpanPlaces } from '../../domain/calls/spans/span-peers.ts';
import { TEST_CALLER, type Catalog } from '../../domain/catalog/component.ts';

/** Which component is behind an address of a recording. */
export interface Names {
  /** What the user says: `10.0.0.5` or `10.0.0.5:80` → component; wins over all else. */
  readonly hosts: ReadonlyMap<string, string>;
  /** What clients asked DNS for: address → name. */
  readonly asked: ReadonlyMap<string, string>;
}

/**
 * The calls with components in place of addresses; callers that are none become the test. Answered DNS
 * questions are left out, being nobody's calls; one that failed is a call to what it asked for.
 */
export function placeNames(
  catalog: Catalog,
  names: Names,
  calls: readonly Call[],
): readonly Call[] {
  const place = placeOf(catalog, names);
  return calls
    .filter(({ protocol, outcome }) => protocol !== 'dns' || outcome !== 'ok')
    .map((call) => {
      return renamed(call, {
        client: clientOf(call, catalog, place),
        server: serverOf(call, catalog, place),
      });
    });
}

/** The same for spans, which know services by their names. */
export function spanPlaces(catalog: Catalog, names: Names): SpanPlaces {
  const place = placeOf(catalog, names);
  const isComponent = (name: string): boolean => catalog.components.has(name);
  return {
    isComponent,
    componentAt(address) {
      const placed = place(address);
      const found = isComponent(placed) ? placed : componentOf(hostOf(placed), catalog);
      return found ?? externalsOf(catalog).get(hostOf(placed)) ?? null;
    },
  };
}

type Place = (address: string) => string;

/** A server's span alone does not know who called: that is found out when records are joined. */
function clientOf(call: Call, catalog: Catalog, place: Place): string {
  const client = place(call.client);
  if (catalog.components.has(client)) return client;
  return call.source === 'spans' && client === UNKNOWN ? UNKNOWN : TEST_CALLER;
}

function placeOf(catalog: Catalog, { hosts, asked }: Names): Place {
  const externals = externalsOf(catalog);
  const known = new Map<string, string>();
  const find = (address: string): string => {
    const host = hostOf(address);
    const said = hosts.get(address) ?? hosts.get(host);
    if (said !== undefined) return said;
    const name = asked.get(host);
    if (name === undefined) return address;
    return externals.get(name) ?? componentOf(name, catalog) ?? address.replace(host, name);
  };
  return (address) => {
    const found = known.get(address) ?? find(address);
    known.set(address, found);
    return found;
  };
}

function externalsOf({ components }: Catalog): ReadonlyMap<string | undefined, string> {
  return new Map([...components.values()].map(({ name, external }) => [external?.address, name]));
}

/** Services are asked for by their own name, alone or with the namespace and domain after it. */
function componentOf(name: string, catalog: Catalog): string | null {
  const [first = ''] = name.split('.');
  return catalog.components.has(first) ? first : null;
}

function serverOf(call: Call, catalog: Catalog, place: Place): string {
  if (call.protocol !== 'dns' || !isFailed(call)) return place(call.server);
  const name = call.operation.slice(call.operation.indexOf(' ') + 1);
  return componentOf(name, catalog) ?? name;
}

function renamed(call: Call, names: { readonly client: string; readonly server: string }): Call {
  const reason =
    call.reason === null
      ? null
      : withName(withName(call.reason, call.server, names.server), call.client, names.client);
  return { ...call, ...names, reason };
}

function withName(text: string, address: string, name: string): string {
  return address === name ? text : text.replaceAll(address, name).replaceAll(hostOf(address), name);
}

/** Without the port. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/u, '').replaceAll(/[[\]]/gu, '');
}
