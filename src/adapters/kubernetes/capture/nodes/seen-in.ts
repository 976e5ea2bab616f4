import type { Call } from '../../../../domain/calls/call.ts';
import { hostOf } from '../naming/endpoint.ts';
import { holdersByAddress } from '../naming/pod-addresses.ts';
import type { PlacedPod } from './node-pods.ts';

/** What was seen at pods of some namespaces, and whose those are; of all where none is named. */
export function seenIn(
  namespaces: readonly string[],
  calls: readonly Call[],
  holders: readonly PlacedPod[],
): { readonly calls: readonly Call[]; readonly pods: readonly PlacedPod[] } {
  if (namespaces.length === 0) return { calls, pods: holders };
  const wanted = new Set<string | null>(namespaces);
  const placeAt = holdersByAddress(holders.map((pod) => ({ ...pod, component: pod.namespace })));
  const isWanted = ({ side, client, server, startedAtUs }: Call): boolean =>
    wanted.has(placeAt(hostOf(side === 'server' ? server : client), startedAtUs));
  return {
    calls: calls.filter(isWanted),
    pods: holders.filter(({ namespace }) => wanted.has(namespace)),
  };
}
