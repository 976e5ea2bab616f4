import { describe, expect, it } from 'vitest';
import { rulesetOf } from '../../cluster/network-policy/rules.ts';
import { connectionOf, type Connection } from '../../cluster/network-policy/scenario-world.ts';
import { SCENARIOS } from '../../cluster/network-policy/scenarios.ts';
import type { ClusterObjects, Pod } from '../../cluster/network-policy/shapes.ts';
import { letsThrough } from './judge.ts';
import { addressOf, world } from './world.ts';

function addressed(line: string): Connection {
  const connection = connectionOf(line);
  return { ...connection, from: addressOf(connection.from), to: addressOf(connection.to) };
}

describe.each(SCENARIOS)('$title', ({ policies, connects, timesOut }) => {
  const ruleset = rulesetOf(world(policies(addressOf)));

  it.each(connects)('%s connects', (line) => {
    expect(letsThrough(ruleset, addressed(line))).toBe(true);
  });

  it.each(timesOut)('%s times out', (line) => {
    expect(letsThrough(ruleset, addressed(line))).toBe(false);
  });
});

const DENY_ALL = {
  namespace: 'np-a',
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
};

function isolatedPods(change: (pod: Pod) => Pod, nodes: ClusterObjects['nodes'] = []): string[] {
  const objects = world([DENY_ALL]);
  const pods = objects.pods.map((pod) => (pod.metadata.name === 'db' ? change(pod) : pod));
  return [...new Set(rulesetOf({ ...objects, pods, nodes }).pods.map(({ pod }) => pod))];
}

describe('the pods that rules are for', () => {
  it('are those of the namespace of the policy', () => {
    expect(isolatedPods((pod) => pod)).toEqual(['np-a/client', 'np-a/db', 'np-a/frontend']);
  });

  it.each<[string, (pod: Pod) => Pod]>([
    ['have no address yet', (pod) => ({ ...pod, status: { phase: 'Pending' } })],
    ['are ended', (pod) => ({ ...pod, status: { ...pod.status, phase: 'Succeeded' } })],
    ['are of the host network', (pod) => ({ ...pod, spec: { ...pod.spec, hostNetwork: true } })],
  ])('are not those that %s', (_, change) => {
    expect(isolatedPods(change)).toEqual(['np-a/client', 'np-a/frontend']);
  });

  it('are not those of simulated nodes', () => {
    const metadata = { uid: 'n', name: 'kwok', annotations: { 'kwok.x-k8s.io/node': 'fake' } };
    const moved = (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, nodeName: 'kwok' } });
    expect(isolatedPods(moved, [{ metadata }])).toEqual(['np-a/client', 'np-a/frontend']);
  });
});

describe('a ruleset', () => {
  it('is the same for the same objects in another order', () => {
    const objects = world([DENY_ALL]);
    const shuffled = { ...objects, pods: objects.pods.toReversed() };
    expect(rulesetOf(shuffled)).toEqual(rulesetOf(objects));
  });

  it('keeps its rules, and changes a set, when a peer comes', () => {
    const policy = { namespace: 'np-a', spec: { ingress: [{ from: [{ podSelector: {} }] }] } };
    const objects = world([policy]);
    const before = rulesetOf({
      ...objects,
      pods: objects.pods.filter(({ metadata }) => metadata.name !== 'frontend'),
    });
    const after = rulesetOf(objects);
    const rulesOfDb = (ruleset: typeof after): unknown =>
      ruleset.pods.find(({ pod }) => pod === 'np-a/db');
    expect(rulesOfDb(after)).toEqual(rulesOfDb(before));
    expect(before.sets.map(({ entries }) => entries.length)).toEqual([2]);
    expect(after.sets.map(({ entries }) => entries.length)).toEqual([3]);
  });

  it('has nothing for IPv6 blocks', () => {
    const from = [{ ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] } }];
    const { sets } = rulesetOf(world([{ namespace: 'np-a', spec: { ingress: [{ from }] } }]));
    expect(sets.map(({ entries }) => entries)).toEqual([[]]);
  });
});
