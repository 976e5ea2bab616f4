import type { Connection } from '../../cluster/network-policy/scenario-world.ts';
import type { Allow, PodRules, Ruleset } from '../../cluster/network-policy/rules.ts';
import type { AddressSet } from '../../cluster/network-policy/sets.ts';

/** Whether a ruleset lets a connection through, read as the kernel reads it. */
export function letsThrough(ruleset: Ruleset, { from, to, protocol, port }: Connection): boolean {
  if (from === to) return true;
  return ruleset.pods.every((pod) => {
    if (pod.ip !== (pod.direction === 'ingress' ? to : from)) return true;
    return pod.allows.some((allow) => {
      const isProtocol = allow.protocol === null || allow.protocol === protocol;
      const isPort = allow.ports === null || (allow.ports[0] <= port && port <= allow.ports[1]);
      const other = { address: pod.direction === 'ingress' ? from : to, protocol, port };
      return isProtocol && isPort && isPeer(ruleset, pod, allow, other);
    });
  });
}

interface OtherEnd {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

function isPeer(ruleset: Ruleset, pod: PodRules, { peers }: Allow, other: OtherEnd): boolean {
  if (peers === null) return true;
  const set = ruleset.sets.find(({ key }) => key === peers.key);
  if (set === undefined) throw new Error(`the rules of ${pod.pod} name a set that is not there`);
  return contains(set, other);
}

/** The longest block decides, as in the kernel's sets. */
function contains({ kind, entries }: AddressSet, { address, protocol, port }: OtherEnd): boolean {
  if (kind === 'block') {
    const holding = entries.filter((entry) => isIn(address, entry.address));
    const longest = holding.toSorted((a, b) => bits(b.address) - bits(a.address)).at(0);
    return longest !== undefined && longest.isException !== true;
  }
  return entries.some(
    (entry) =>
      entry.address === address &&
      (entry.port === undefined || (entry.port[0] === protocol && entry.port[1] === port)),
  );
}

function bits(cidr: string): number {
  return Number(cidr.split('/')[1]);
}

function isIn(address: string, cidr: string): boolean {
  const size = 2 ** (32 - bits(cidr));
  return Math.floor(number(address) / size) === Math.floor(number(cidr.split('/')[0] ?? '') / size);
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
