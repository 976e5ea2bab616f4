import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { restart } from '../../cluster/processes.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import type { Fault, RequestMatcher } from '../../support/fault-proxy/faults.ts';
import { planeServes, startControlPlane, type ControlPlane } from './control-plane.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import { existingBaseline, openWisher, type Wisher } from './installation.ts';
import { SHOP, testProject, type TestProject } from './project.ts';
import { leftovers } from './snapshot.ts';

/**
 * What lies between a controller and the API server breaks while it brings one environment up and takes the
 * one before away. Both end well within minutes, with a bounded number of requests, by the same process.
 */

let plane: ControlPlane;
let proxy: FaultProxy;
let project: TestProject;
let wisher: Wisher;
let controller: ControllerProcess;
let before: string | null = null;
/** Requests of an undisturbed deployment beside an undisturbed removal. */
let usual = 0;

beforeAll(async () => {
  plane = await startControlPlane(12);
  proxy = await startFaultProxy({ kubeconfig: plane.kubeconfig });
  project = await testProject(SHOP, { baseline: { namespaces: ['shop'] } });
  const api = openKubeApi({ kubeconfig: plane.kubeconfig });
  await existingBaseline(api, 'shop', ['prices']);
  await api.close();
  wisher = await openWisher(plane.kubeconfig, project);
  controller = startController(proxy.kubeconfig, project);
  await controller.leads();
  await turnOver('first');
  usual = (await turnOver('second')).requests;
});
afterAll(async () => {
  await controller?.end();
  await wisher?.close();
  await proxy?.close();
  await project?.remove();
  await plane?.stop();
});

/** One environment comes while the one before goes. */
async function turnOver(
  name: string,
  disturb: () => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly requests: number; readonly seconds: number }> {
  const branch = project.branch(name, 'api');
  proxy.requests.reset();
  const startMs = performance.now();
  await wisher.up(branch);
  if (before !== null) await wisher.down(before);
  await disturb();
  await wisher.ready(branch);
  if (before !== null) await wisher.gone(before);
  before = branch;
  return { requests: proxy.requests.count(), seconds: (performance.now() - startMs) / 1000 };
}

const WRITES: readonly RequestMatcher[] = [
  { verb: 'apply' },
  { verb: 'create' },
  { verb: 'update' },
  { verb: 'patch' },
  { verb: 'delete' },
];

/** Half of the writes, in every pause between tries too. */
function ofWrites(effect: Fault['effect']): readonly Fault[] {
  return WRITES.map((when) => ({ effect, when, probability: 0.5, count: 30 }));
}

/** Where a Lease is concerned a fault of minutes is the end of a reign, which another test looks at. */
const NOT_LEASES = /^(?!.*\/leases)/u;

const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  '429 with Retry-After': ofWrites({ kind: 'answer', status: 429, retryAfterSeconds: 1 }),
  '500': ofWrites({ kind: 'answer', status: 500 }),
  '503': ofWrites({ kind: 'answer', status: 503 }),
  '409 of writes': ofWrites({ kind: 'answer', status: 409 }),
  'writes whose answer is lost': ofWrites({ kind: 'loseAnswer' }),
  'resets of every third request': [
    { effect: { kind: 'reset' }, when: { path: NOT_LEASES }, probability: 0.33, count: 150 },
  ],
  'slow answers': [
    { effect: { kind: 'delay', ms: 400 }, when: { path: NOT_LEASES }, probability: 0.5 },
  ],
  'watches that are cut mid-object': [
    { effect: { kind: 'cutMidObject' }, when: { verb: 'watch' }, count: 40 },
  ],
  'watches that expire, and lists that do between pages': [
    { effect: { kind: 'expire' }, when: { verb: 'watch' }, count: 40 },
    { effect: { kind: 'answer', status: 410 }, when: { path: /continue=/u }, count: 3 },
  ],
  'watches that are refused with 410': [
    { effect: { kind: 'cut', afterBytes: 0 }, when: { verb: 'watch' }, count: 15 },
    { effect: { kind: 'answer', status: 410 }, when: { verb: 'watch' }, count: 15 },
  ],
  'slow watches': [{ effect: { kind: 'slow', lineMs: 100 }, when: { verb: 'watch' }, count: 20 }],
  'watches that are half open': [
    { effect: { kind: 'halfOpen' }, when: { verb: 'watch' }, count: 12 },
  ],
  'writes that hang': [{ effect: { kind: 'hang' }, when: { verb: 'apply' }, count: 2 }],
};

describe('between a controller and the API server', () => {
  it.each(Object.entries(FAULTS))(
    '%s: everything comes and goes all the same',
    async (name, faults) => {
      proxy.setFault(faults);
      try {
        const { requests, seconds } = await turnOver(`f${Object.keys(FAULTS).indexOf(name)}`);
        expect(proxy.hits(), 'nothing was hit').toBeGreaterThan(0);
        // A hot loop asks hundreds of times a second.
        expect(requests, `it asked ${JSON.stringify(proxy.requests.table())}`).toBeLessThan(
          3 * usual + 150 + 15 * seconds,
        );
      } finally {
        proxy.setFault(null);
      }
    },
    400_000,
  );

  it.each(['api-server', 'etcd'])(
    'a %s that is killed and comes again loses nothing',
    async (part) => {
      const { requests, seconds } = await turnOver(`r${part.replace('-', '')}`, async () => {
        await restart(plane.files, part, 'SIGKILL');
        await planeServes(plane);
      });
      expect(requests, `it asked ${JSON.stringify(proxy.requests.table())}`).toBeLessThan(
        6 * usual + 300 + 15 * seconds,
      );
    },
    400_000,
  );

  it('was one process all the time, and at rest it asks for nothing', async () => {
    expect(controller.isAlive(), `it said ${controller.lines.slice(-20).join('\n')}`).toBe(true);
    if (before !== null) {
      await wisher.down(before);
      await wisher.gone(before);
    }
    expect(await leftovers(wisher.api, project.prefix, project.controlNamespace)).toEqual([]);
    proxy.requests.reset();
    const startMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const seconds = (performance.now() - startMs) / 1000;
    const { requests } = proxy;
    // The Lease every three seconds, and watches that end by themselves.
    expect(requests.count() - requests.count({ verb: 'watch' })).toBeLessThan(seconds * 2);
  });
});
