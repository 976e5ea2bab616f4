import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { waitFor } from '../../cluster/waiting.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { existingBaseline, openWisher, type Wisher } from './installation.ts';
import { SHOP, testProject, type TestProject } from './project.ts';
import { leftovers, snapshotOf } from './snapshot.ts';

/**
 * `kill -9` of the controller after every single write of a deployment and of a removal, one environment for
 * each. The next controller takes over while environments of the moments before still converge, so that
 * every one of them sees many deaths.
 */

let plane: ControlPlane;
let proxy: FaultProxy;
let project: TestProject;
let wisher: Wisher;
let fleet: Fleet;
/** Those that were brought up, in the order of the moments. */
const killed: string[] = [];

beforeAll(async () => {
  plane = await startControlPlane(11);
  proxy = await startFaultProxy({ kubeconfig: plane.kubeconfig });
  project = await testProject(SHOP, {
    baseline: { namespaces: ['shop'] },
    environments: { template: { quota: { pods: '20' } } },
  });
  const api = openKubeApi({ kubeconfig: plane.kubeconfig });
  await existingBaseline(api, 'shop', ['prices']);
  await api.close();
  wisher = await openWisher(plane.kubeconfig, project);
  fleet = await startFleet({ url: proxy.url, project, api: wisher.api });
});
afterAll(async () => {
  await fleet?.close();
  await wisher?.close();
  await proxy?.close();
  await project?.remove();
  await plane?.stop();
});

const MOMENTS_MAX = 80;
const BOUND_MS = 240_000;

/**
 * Kills the leader right after its n-th write for this environment, or for the events that all share.
 *
 * @returns False when the work was done with fewer writes.
 */
async function killAfter(
  writes: number,
  environment: string,
  work: { readonly begin: () => Promise<void>; readonly isDone: () => Promise<boolean> },
): Promise<boolean> {
  const { controller, gate } = fleet.leader();
  const { uid = '' } = (await wisher.store.get(environment)) ?? {};
  let count = 0;
  let isKilled = false;
  gate.onWrite((path) => {
    const isOurs = [environment, ...(uid === '' ? [] : [uid]), '/configmaps/events'].some((part) =>
      path.includes(part),
    );
    count += Number(isOurs);
    if (count < writes || isKilled) return;
    isKilled = true;
    controller.signal('SIGKILL');
  });
  await work.begin();
  await waitFor(
    `the controller is killed after write ${writes}, or "${environment}" is done`,
    async () => (isKilled || (await work.isDone()) ? true : null),
    BOUND_MS,
  );
  gate.onWrite(null);
  if (isKilled) await fleet.succeed();
  return isKilled;
}

async function isReady(environment: string): Promise<boolean> {
  const record = await wisher.store.get(environment);
  const ready = record?.status.conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True';
}

async function isGone(environment: string): Promise<boolean> {
  return (await wisher.store.get(environment)) === null;
}

describe('a controller that is killed', () => {
  it('after any write of a deployment leaves what the next one completes: nothing is missing, nothing is doubled', async () => {
    const reference = project.branch('undisturbed', 'api');
    await wisher.up(reference);
    await wisher.ready(reference);
    const expected = await snapshotOf(wisher.api, reference, wisher.namespaceOf(reference));
    killed.push(reference);

    for (let writes = 1; ; writes += 1) {
      expect(writes).toBeLessThan(MOMENTS_MAX);
      const branch = project.branch(`k${writes}`, 'api');
      const isKilled = await killAfter(writes, branch, {
        begin: async () => void (await wisher.up(branch)),
        isDone: () => isReady(branch),
      });
      killed.push(branch);
      if (!isKilled) break;
    }
    // Objects, a status and events: fewer would mean that the test has killed nothing.
    expect(killed.length).toBeGreaterThan(20);
    for (const environment of killed) {
      await wisher.ready(environment);
      const found = await snapshotOf(wisher.api, environment, wisher.namespaceOf(environment));
      expect(found, `of ${environment}`).toEqual(expected);
    }
  }, 900_000);

  it('after any write of a removal leaves what the next one takes away, to the last object', async () => {
    const living = [...killed];
    for (let writes = 1; ; writes += 1) {
      const environment = living.pop() ?? '';
      expect(environment).not.toBe('');
      const isKilled = await killAfter(writes, environment, {
        begin: () => wisher.down(environment),
        isDone: () => isGone(environment),
      });
      if (!isKilled) break;
    }
    expect(killed.length - living.length).toBeGreaterThan(4);
    for (const environment of living) await wisher.down(environment);
    for (const environment of killed) await wisher.gone(environment, BOUND_MS);
    await waitFor(
      'nothing is left',
      async () => {
        const left = await leftovers(wisher.api, project.prefix, project.controlNamespace);
        if (left.length > 0) throw new Error(left.join(', '));
        return true;
      },
      BOUND_MS,
    );
    const lives = await wisher.store.list({ removed: true });
    expect(lives.map(({ name }) => name).toSorted()).toEqual(killed.toSorted());
  }, 900_000);

  it('has started no component twice', async () => {
    const pods = await waitFor(
      'the audit log is written',
      async () => {
        const created = await createdPods(
          plane.auditLog,
          new Set(killed.map((environment) => wisher.namespaceOf(environment))),
        );
        return created.size >= killed.length ? created : null;
      },
      90_000,
    );
    const doubled = [...pods].filter(([, count]) => count !== PODS_OF_THE_SHOP);
    expect(doubled).toEqual([]);
  });
});

/** One of `web`, of `api` and of `schema`. */
const PODS_OF_THE_SHOP = 3;

/** Pods that the cluster's own controllers have made, by namespace; of no others, such as those of probes. */
async function createdPods(
  auditLog: string,
  namespaces: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const line of (await readFile(auditLog, 'utf8')).split('\n')) {
    const namespace = placeOfNewPod(line);
    if (namespace === null || !namespaces.has(namespace)) continue;
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  return counts;
}

/** Null for any other event. */
function placeOfNewPod(line: string): string | null {
  if (!line.includes('"resource":"pods"') || !line.includes('"verb":"create"')) return null;
  const { objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
  const isNew = objectRef?.subresource === undefined && responseStatus?.code === 201;
  return isNew ? (objectRef?.namespace ?? null) : null;
}

interface AuditEvent {
  readonly objectRef?: { readonly namespace?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}
