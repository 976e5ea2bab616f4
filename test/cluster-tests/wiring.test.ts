import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listAt, numberAt, textAt } from '../../src/adapters/kubernetes/client/read-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { environmentNameOf, namespaceOf } from '../../src/domain/naming/names.ts';
import { ensureCluster } from '../cluster/cluster.ts';
import { kubectlOf, type Kubectl } from '../cluster/kubectl.ts';
import { openCapturedShop } from './support/captured-shop.ts';
import type { ClusterShop } from './support/cluster-shop.ts';

/**
 * Edges that the network of real pods does not carry. What is broken is where the card network runs, beyond
 * all that Offshoot heals: a policy, a Service that leads to a port of nobody's, one that is gone; or the
 * caller takes it for a server of TLS.
 */

const BRANCH = 'feat/coupon';
const EDGE = { from: 'payments', to: 'card-network' };
const CARD_NETWORK = 'card-network';

let shop: ClusterShop;
let kubectl: Kubectl;
let partners: string;
beforeAll(async () => {
  shop = await openCapturedShop();
  const cluster = await ensureCluster();
  kubectl = kubectlOf(cluster.kubectl, cluster.kubeconfig);
  partners = await partnersNamespace();
  await kubectl(['-n', partners, 'rollout', 'status', `deployment/${CARD_NETWORK}`]);
  const up = await shop.run('up', BRANCH, '--include', 'payments');
  if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}`);
}, 900_000);
afterAll(async () => {
  await shop.run('down', BRANCH);
  await shop.run('baseline', 'down');
  await shop.close();
}, 600_000);

async function partnersNamespace(): Promise<string> {
  const document: unknown = parse(
    await readFile(`${shop.shop.project}/components/card-network.yaml`, 'utf8'),
  );
  return textAt(document, 'spec', 'external', 'address')?.split('.')[1] ?? '';
}

interface Told {
  readonly wiring: readonly unknown[];
  readonly ready: string | undefined;
  readonly caseCount: number;
  readonly notes: string;
}

/** What a run of the tests says of the edges, and the environment after it. */
async function tested(): Promise<Told> {
  await shop.run('test', BRANCH);
  const report: unknown = JSON.parse((await shop.run('report', BRANCH, '-o', 'json')).stdout);
  const status: unknown = JSON.parse((await shop.run('status', BRANCH, '-o', 'json')).stdout);
  const ready = listAt(status, 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  return {
    wiring: listAt(report, 'wiring').map((edge) => ({
      from: textAt(edge, 'from'),
      to: textAt(edge, 'to'),
      problem: textAt(edge, 'problem'),
    })),
    ready: `${textAt(ready, 'status')} ${textAt(ready, 'reason')}`,
    caseCount: listAt(report, 'cases').length,
    notes: listAt(report, 'notes').join('; '),
  };
}

/** The cluster's DNS and its nodes may take a while to say so too. */
const PATIENCE = { timeout: 400_000, interval: 1_000 };

function broken(problem: string): Partial<Told> {
  return { wiring: [{ ...EDGE, problem }], ready: 'False EdgeUnreachable' };
}

describe('the edges of an environment', { timeout: 500_000 }, () => {
  it('hold, all of them, and every one was tried', async () => {
    const told = await tested();
    expect(told).toMatchObject({ wiring: [], ready: 'True TasksSucceeded' });
    expect(told.caseCount).toBeGreaterThan(1);
    expect(told.notes).not.toContain('could not be proved');
  });

  it('are cut by a policy: the suite runs, and the environment is not ready', async () => {
    await shop.api.apply(RESOURCE_TYPES.networkPolicy, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'nobody', namespace: partners },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    });
    await expect.poll(tested, PATIENCE).toMatchObject(broken('policy'));
    const { stdout } = await shop.run('report', BRANCH);
    expect(stdout).toContain('EDGE_UNREACHABLE payments → card-network: policy');
    expect((await shop.run('status', BRANCH)).stdout).toContain('payments → card-network');
    await shop.api.delete(RESOURCE_TYPES.networkPolicy, { name: 'nobody', namespace: partners });
  });

  it('lead to who does not speak the TLS that a caller would', async () => {
    const host = '${dependencies.card-network.host}';
    const url = `https://${host}:\${dependencies.card-network.ports.http}`;
    await shop.shop.setVariables('payments', { CARD_NETWORK_URL: url });
    expect(await shop.run('up', BRANCH, '--include', 'payments')).toMatchObject({ code: 0 });
    await expect.poll(tested, PATIENCE).toMatchObject(broken('tls-plain'));
    const { stdout } = await shop.run('report', BRANCH);
    expect(stdout).toContain('TLS: what listens at card-network:8080 does not speak it');
    const plain = '${dependencies.card-network.url}';
    await shop.shop.setVariables('payments', { CARD_NETWORK_URL: plain });
    expect(await shop.run('up', BRANCH, '--include', 'payments')).toMatchObject({ code: 0 });
  });

  it('lead to where nothing listens', async () => {
    const ports = [{ port: 8080, targetPort: 9 }];
    const patch = JSON.stringify({ spec: { ports } });
    await kubectl(['-n', partners, 'patch', 'service', CARD_NETWORK, '--patch', patch]);
    await expect.poll(tested, PATIENCE).toMatchObject(broken('nothing-listens'));
  });

  it('lead to a name that nobody knows', async () => {
    await kubectl(['-n', partners, 'delete', 'service', CARD_NETWORK]);
    await expect.poll(tested, PATIENCE).toMatchObject(broken('dns'));
  });

  it('hold again, and the environment is ready again', async () => {
    await kubectl(['apply', '-f', shop.shop.partners]);
    await expect.poll(tested, PATIENCE).toMatchObject({ wiring: [], ready: 'True TasksSucceeded' });
  });

  it('were tried within the memory of a tap', async () => {
    const namespace = namespaceOf(shop.prefix, environmentNameOf(BRANCH));
    const { items } = await shop.api.list(RESOURCE_TYPES.pod, { namespace });
    const taps = items.flatMap((pod) =>
      listAt(pod, 'status', 'initContainerStatuses').filter(
        (status) => textAt(status, 'name') === 'offshoot-tap',
      ),
    );
    expect(taps.length).toBeGreaterThan(5);
    expect(taps.map((status) => numberAt(status, 'restartCount'))).toEqual(taps.map(() => 0));
  });
});
