import type { PortKey } from '../../../application/ports/engine-ledger.ts';
import type { SpanPlaces } from '../../../domain/calls/spans/span-peers.ts';

/**
 * Who is behind an address that a span names: on this machine every caller has a port of its own for each
 * dependency, so the port alone says who was meant.
 */
export function spanPlacesOf(ports: ReadonlyMap<PortKey, number>): SpanPlaces {
  const components = new Set<string>();
  const servers = new Map<string, string>();
  for (const [key, port] of ports) {
    const [kind, first = '', second = ''] = key.split('/');
    if (kind === 'listen') {
      components.add(first);
      servers.set(String(port), first);
    } else if (kind === 'relay') {
      components.add(second);
      servers.set(String(port), second);
    }
  }
  return {
    isComponent: (name) => components.has(name),
    componentAt(address) {
      const [, port = ''] = LOCAL.exec(address) ?? [];
      return servers.get(port) ?? null;
    },
  };
}

const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):(\d{1,5})$/u;
