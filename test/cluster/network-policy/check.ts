import { KubeConfig } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createWorld, removeWorld, type CheckWorld } from './check-world.ts';
import { startPodPeer, type PodPeer, type Target } from './pod-peers.ts';
import { request } from './raw-api.ts';
import { connectionOf, NAMED_PORT } from './scenario-world.ts';
import { SCENARIOS } from './scenarios.ts';

/**
 * Proves by connections between real pods that NetworkPolicies hold on the test cluster.
 *
 *     node test/cluster/network-policy/check.ts --kubeconfig FILE [--image IMAGE]
 *
 * Runs as root on the cluster's one node. Prints a line for every connection that is not as its scenario says,
 * and ends with code 1 if there is one. Without `--image` it takes the node's pause image.
 */

/** A policy must hold this long after the API server took it. */
const SETTLE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;

const { values } = parseArgs({
  options: { kubeconfig: { type: 'string' }, image: { type: 'string' } },
});
if (values.kubeconfig === undefined) throw new Error('--kubeconfig FILE is missing');
const config = new KubeConfig();
config.loadFromFile(values.kubeconfig);

interface Expectation {
  readonly line: string;
  readonly peer: PodPeer | undefined;
  readonly target: Target;
  readonly expected: 'connects' | 'times out';
}

let wrong = 0;
let right = 0;
try {
  const world = await createWorld(config, values.image ?? (await pauseImage()));
  const peers = new Map<string, PodPeer>();
  for (const { key, uid } of world.pods) peers.set(key, await startPodPeer(uid));
  const node = await startPodPeer(null);
  for (const { title, policies, connects, timesOut } of SCENARIOS) {
    await world.setPolicies(policies((key) => addressOf(world, key)));
    await judge(title, [
      ...connects.map((line) => expectation(line, 'connects', world, peers)),
      ...timesOut.map((line) => expectation(line, 'times out', world, peers)),
    ]);
  }
  await judgeDetours(world, peers, node);
  for (const peer of [...peers.values(), node]) await peer.close();
} finally {
  await removeWorld(config);
}
process.stdout.write(`${right} connections as the policies say, ${wrong} not\n`);
process.exitCode = wrong === 0 ? 0 : 1;

/** By a Service's address, and from the node, which is let in always as upstream says of probes. */
async function judgeDetours(
  world: CheckWorld,
  peers: ReadonlyMap<string, PodPeer>,
  node: PodPeer,
): Promise<void> {
  const podSelector = { matchLabels: { role: 'db' } };
  const from = [{ podSelector: { matchLabels: { role: 'frontend' } } }];
  await world.setPolicies([{ namespace: 'np-a', spec: { podSelector, ingress: [{ from }] } }]);
  const byService = (key: string, expected: Expectation['expected']): Expectation => ({
    line: `${key} -> service db 80`,
    peer: peers.get(key),
    target: tcp(world.serviceAddress, 80),
    expected,
  });
  await judge('a Service is no way around', [
    byService('np-a/frontend', 'connects'),
    byService('np-a/client', 'times out'),
    byService('np-b/client', 'times out'),
    byService('np-a/db', 'connects'),
    {
      line: 'the node -> np-a/db',
      peer: node,
      target: tcp(addressOf(world, 'np-a/db'), NAMED_PORT.containerPort),
      expected: 'connects',
    },
  ]);
}

function tcp(host: string, port: number): Target {
  return { protocol: 'TCP', host, port, timeoutMs: CONNECT_TIMEOUT_MS };
}

function expectation(
  line: string,
  expected: Expectation['expected'],
  world: CheckWorld,
  peers: ReadonlyMap<string, PodPeer>,
): Expectation {
  const { from, to, protocol, port } = connectionOf(line);
  const target = { ...tcp(addressOf(world, to), port), protocol };
  return { line, peer: peers.get(from), target, expected };
}

async function judge(title: string, expectations: readonly Expectation[]): Promise<void> {
  await sleep(SETTLE_MS);
  const outcomes = await Promise.all(
    expectations.map(async ({ line, peer, target, expected }) => ({
      line,
      expected,
      outcome: await peer?.reach(target),
    })),
  );
  const bad = outcomes.filter(({ expected, outcome }) => outcome !== expected);
  wrong += bad.length;
  right += outcomes.length - bad.length;
  process.stdout.write(`${bad.length === 0 ? 'ok   ' : 'WRONG'} ${title}\n`);
  for (const { line, expected, outcome } of bad) {
    process.stdout.write(`      ${line}: ${outcome ?? 'no such pod'}, expected: ${expected}\n`);
  }
}

function addressOf(world: CheckWorld, key: string): string {
  const pod = world.pods.find((one) => one.key === key);
  if (pod === undefined) throw new Error(`no pod "${key}"`);
  return pod.ip;
}

async function pauseImage(): Promise<string> {
  const nodes = z
    .object({
      items: z.array(
        z.object({
          status: z.object({
            images: z.array(z.object({ names: z.array(z.string()) })).default([]),
          }),
        }),
      ),
    })
    .parse(await request(config, { path: '/api/v1/nodes' }));
  const names = nodes.items.flatMap(({ status }) => status.images.flatMap((one) => one.names));
  const pause = names.find((name) => name.includes('pause') && !name.includes('@'));
  if (pause === undefined) throw new Error('the node has no pause image; name one with --image');
  return pause;
}
