import type { Call } from '../../../../domain/calls/call.ts';
import { isFailed } from '../../../../domain/calls/outcomes.ts';
import { hostOf, portOf } from '../naming/endpoint.ts';
import { looksTried } from '../wiring/looks-tried.ts';

/** A call as the pod saw it at whose interface its packets were captured. */

export interface SeeingPod {
  readonly addresses: readonly string[];
  /** Paths that the kubelet asks it for. */
  readonly probes: readonly string[];
}

export interface SeeingHost {
  /** Whether a connection was made to find out whether there can be one. */
  readonly isProof: (port: number, startedAtUs: number) => boolean;
  /** Whether an address is that of a pod that is known. */
  readonly isPod: (address: string) => boolean;
}

/**
 * Null for what is nobody's call: answered questions for names, what the kubelet asks, and what the
 * containers of a pod say to each other, as long as they understand each other; and what its tap tried.
 */
export function seenAtPod(pod: SeeingPod, call: Call, host: SeeingHost): Call | null {
  if (call.protocol === 'dns' && call.outcome === 'ok') return null;
  const isClient = isOwn(pod, call.client);
  const isServer = isOwn(pod, call.server);
  if (isClient && isServer) return isFailed(call) ? withinPod(pod, call) : null;
  if (isServer ? isProbe(pod, call, host) : isProof(call, host)) return null;
  return { ...call, side: isClient ? 'client' : 'server' };
}

function isProof(call: Call, host: SeeingHost): boolean {
  return looksTried(call) && host.isProof(portOf(call.server), call.startedAtUs);
}

function isProbe(
  { probes }: SeeingPod,
  { client, protocol, operation }: Call,
  host: SeeingHost,
): boolean {
  if (host.isPod(hostOf(client))) return false;
  if (protocol === 'tcp') return true;
  return probes.some((path) => operation === `GET ${path.split('?')[0]}`);
}

function isOwn({ addresses }: SeeingPod, endpoint: string): boolean {
  const host = hostOf(endpoint);
  return addresses.includes(host) || isLoopback(host);
}

/** Loopback is an address of every pod; this one's own says which. */
function withinPod({ addresses: [address = ''] }: SeeingPod, call: Call): Call {
  const placed = (endpoint: string): string =>
    isLoopback(hostOf(endpoint)) ? `${address}:${endpoint.split(':').at(-1)}` : endpoint;
  return { ...call, client: placed(call.client), server: placed(call.server), side: 'both' };
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
