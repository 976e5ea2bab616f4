import type { Call } from '../../../../domain/calls/call.ts';
import { textAt, textsAt } from '../../client/read-object.ts';
import type { Sighting } from '../analyser/analyser.ts';
import { hostOf } from '../naming/endpoint.ts';
import { nameCalls } from '../naming/name-calls.ts';
import { holdersByAddress, type PodAddress } from '../naming/pod-addresses.ts';
import { BASELINE_PLACE, type ServiceNames } from '../naming/service-names.ts';

/**
 * Calls that the nodes of an existing baseline saw, beside one environment: those that arrived from there, which are
 * the other end of what the environment's own taps saw, and all others, by which its calls are followed further.
 */
export interface Beyond {
  /** Of the baseline. */
  readonly sighting: Sighting;
  readonly names: ServiceNames;
  /** Of the environment. */
  readonly pods: readonly PodAddress[];
}

/** What came from the environment, its servers called `baseline/<component>`. */
export function arrivalsBeyond({ sighting, names, pods }: Beyond): readonly Call[] {
  const podAt = holdersByAddress(pods);
  const calls = sighting.calls.filter((call) => isFrom(podAt, call));
  const known = [...baselinePods(sighting, names), ...pods];
  return nameCalls({ ...sighting, calls, pods: known }, names);
}

/** What the baseline's pods called, and what else came to them; all by their plain names. */
export function callsBeyond({ sighting, names, pods }: Beyond): readonly Call[] {
  const podAt = holdersByAddress(pods);
  const calls = sighting.calls.filter((call) => !isFrom(podAt, call));
  return nameCalls({ ...sighting, calls, pods: baselinePods(sighting, names) }, names).map(
    (call) => ({ ...call, client: plain(call.client), server: plain(call.server) }),
  );
}

function isFrom(podAt: (address: string, atUs: number) => string | null, call: Call): boolean {
  return call.side === 'server' && podAt(hostOf(call.client), call.startedAtUs) !== null;
}

/** Called by the Services that select them; a worker that none selects by what made it. */
function baselinePods({ pods }: Sighting, names: ServiceNames): readonly PodAddress[] {
  return pods.map((pod) => {
    const name = names.ofPod(textAt(pod, 'namespace') ?? '', textsAt(pod, 'labels'));
    return { ...pod, component: name ?? `${PREFIX}${pod.component}` };
  });
}

const PREFIX = `${BASELINE_PLACE}/`;

function plain(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}
