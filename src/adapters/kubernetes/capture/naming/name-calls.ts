import type { Call } from '../../../../domain/calls/call.ts';
import { isUnconnected, NO_SUCH_PORT } from '../../../../domain/calls/connecting.ts';
import { isFailed } from '../../../../domain/calls/outcomes.ts';
import { UNKNOWN } from '../../../../domain/calls/spans/span-peers.ts';
import { OUTSIDE_CALLER } from '../../../../domain/catalog/component.ts';
import type { Sighting } from '../analyser/analyser.ts';
import { hostOf, portOf } from './endpoint.ts';
import { holdersByAddress } from './pod-addresses.ts';
import type { ServiceNames } from './service-names.ts';

/**
 * The calls of a sighting with components in place of addresses.
 *
 * Pods are known for certain, by their taps. A client sees only the address of a Service, which Services
 * tell, and what is behind other addresses is told by the names that somebody asked for.
 */
export function nameCalls(sighting: Sighting, services: ServiceNames): readonly Call[] {
  const podAt = holdersByAddress(sighting.pods);
  const asked = new Map(sighting.asked);
  const serverOf = (call: Call): string => {
    const host = hostOf(call.server);
    const known = podAt(host, call.startedAtUs) ?? services.ofAddress(host);
    if (known !== null) return known;
    const name = asked.get(host);
    if (name === undefined) return call.server;
    return services.ofName(name) ?? call.server.replace(host, name);
  };
  const components = new Set(sighting.pods.map(({ component }) => component));
  return sighting.calls.map((call) => {
    if (call.source === 'spans') {
      const own = (name: string): string | null =>
        components.has(name) ? name : podAt(hostOf(name), call.startedAtUs);
      // A server's span alone does not know who called: that is found out when records are joined.
      const client = call.client === UNKNOWN ? UNKNOWN : (own(call.client) ?? OUTSIDE_CALLER);
      const named = own(call.server) ?? services.ofName(hostOf(call.server));
      return { ...call, client, server: named ?? serverOf(call) };
    }
    const client = podAt(hostOf(call.client), call.startedAtUs) ?? OUTSIDE_CALLER;
    if (call.protocol === 'dns' && isFailed(call)) {
      const name = call.operation.slice(call.operation.indexOf(' ') + 1);
      return renamed(call, client, services.ofName(name) ?? name);
    }
    return renamed(atRightPort(call, services), client, serverOf(call));
  });
}

/** A connection to a port that the Service does not have says so: whoever asked for it is configured wrongly. */
function atRightPort(call: Call, services: ServiceNames): Call {
  if (!isUnconnected(call)) return call;
  const port = portOf(call.server);
  const ports = services.portsAt(hostOf(call.server));
  if (ports === null || ports.includes(port)) return call;
  const reason = `${hostOf(call.server)} has no port ${port}, only ${ports.join(', ')}`;
  return { ...call, errorType: NO_SUCH_PORT, reason };
}

function renamed(call: Call, client: string, server: string): Call {
  const { reason } = call;
  if (reason === null) return { ...call, client, server };
  // The port is all that there is to say of a connection that did not come about.
  const isConnecting = call.protocol === 'tcp';
  const text = withName(reason, isConnecting ? hostOf(call.server) : call.server, server);
  return { ...call, client, server, reason: withName(text, call.client, client) };
}

function withName(text: string, endpoint: string, name: string): string {
  if (endpoint === name) return text;
  return text.replaceAll(endpoint, name).replaceAll(hostOf(endpoint), name);
}
