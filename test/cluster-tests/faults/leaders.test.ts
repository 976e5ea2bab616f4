import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterNameOf } from '../../../src/domain/naming/names.ts';
import { kubectlOf, type Kubectl } from '../../cluster/kubectl.ts';
import { waitFor } from '../../cluster/waiting.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { startController } from './controllers.ts';
import type { Member } from './fleet.ts';
import { BOUND_MS, existingBaseline, openWisher, type Wisher } from './installation.ts';
import { SHOP, testProject, type TestProject } from './project.ts';
import { startStopPoint } from './stop-point.ts';

/** Three controllers: one acts and the others wait; and what the one that acts does about others' hands. */

let plane: ControlPlane;
let proxy: FaultProxy;
let project: TestProject;
let wisher: Wisher;
let kubectl: Kubectl;
const members = new Set<Member>();

beforeAll(async () => {
  plane = await startControlPlane(13);
  proxy = await startFaultProxy({ kubeconfig: plane.kubeconfig });
  project = await testProject(SHOP, { baseline: { namespaces: ['shop'] } });
  const api = openKubeApi({ kubeconfig: plane.kubeconfig });
  await existingBaseline(api, 'shop', ['prices']);
  await api.close();
  kubectl = kubectlOf(plane.kubectl, plane.kubeconfig);
  wisher = await openWisher(plane.kubeconfig, project);
  for (const _ of [1, 2, 3]) await enlist();
});
afterAll(async () => {
  for (const { controller, gate } of members) {
    controller.signal('SIGCONT');
    await controller.end();
    await gate.close();
  }
  await wisher?.close();
  await proxy?.close();
  await project?.remove();
  await plane?.stop();
});

async function enlist(): Promise<void> {
  const gate = await startStopPoint(proxy.url);
  const controller = startController(gate.kubeconfig, project);
  await controller.waits();
  members.add({ gate, controller });
}

const LEASE = { name: 'offshoot-controller' };

/** Who holds the Lease now. */
async function leader(): Promise<Member> {
  return await waitFor('somebody leads', async () => {
    const lease = await wisher.api.get(RESOURCE_TYPES.lease, {
      ...LEASE,
      namespace: project.controlNamespace,
    });
    const holder = (lease?.['spec'] as { readonly holderIdentity?: string } | undefined)
      ?.holderIdentity;
    const found = [...members].find(({ controller }) => holder?.includes(`-${controller.pid}-`));
    return found?.controller.isAlive() === true ? found : null;
  });
}

async function discharge(member: Member): Promise<void> {
  members.delete(member);
  await member.gate.close();
}

/** From a moment on until another one leads. Unit: milliseconds. */
async function takeOverMs(sinceMs: number, from: Member): Promise<number> {
  const others = [...members].filter((member) => member !== from);
  await Promise.any(others.map(({ controller }) => controller.leads()));
  return performance.now() - sinceMs;
}

describe('several controllers', () => {
  it('act one at a time: the others write nothing', async () => {
    const branch = project.branch('one', 'api');
    const first = await leader();
    await wisher.up(branch);
    await wisher.ready(branch);
    await wisher.down(branch);
    await wisher.gone(branch);
    const others = [...members].filter((member) => member !== first);
    expect(first.gate.writes()).toBeGreaterThan(10);
    expect(others.map(({ gate }) => gate.writes())).toEqual([0, 0]);
  }, 300_000);

  it('have another leader within 15 s after the leader was killed, in the middle of a deployment', async () => {
    const branch = project.branch('two', 'api');
    const first = await leader();
    const killed = new Promise<number>((resolve) => {
      let count = 0;
      first.gate.onWrite(() => {
        count += 1;
        if (count !== 12) return;
        first.controller.signal('SIGKILL');
        resolve(performance.now());
      });
    });
    await wisher.up(branch);
    const atMs = await killed;
    expect(await takeOverMs(atMs, first)).toBeLessThan(15_000);
    await discharge(first);
    await wisher.ready(branch);
    await wisher.down(branch);
    await wisher.gone(branch);
  }, 300_000);

  it('have another leader at once when the leader is told to end', async () => {
    await enlist();
    const first = await leader();
    const sinceMs = performance.now();
    expect(await first.controller.end('SIGTERM')).toBe(0);
    expect(await takeOverMs(sinceMs, first)).toBeLessThan(8_000);
    await discharge(first);
  }, 300_000);

  it('a leader that was asleep, and wakes when another one leads, writes nothing any more', async () => {
    await enlist();
    const branch = project.branch('three', 'api');
    const first = await leader();
    first.controller.signal('SIGSTOP');
    const sinceMs = performance.now();
    await wisher.up(branch);
    expect(await takeOverMs(sinceMs, first)).toBeLessThan(20_000);
    await wisher.ready(branch);
    const writes = first.gate.writes();
    first.controller.signal('SIGCONT');
    await waitFor(
      'it notices',
      () =>
        Promise.resolve(
          first.controller.lines.some((line) => line.includes('not leading any more')) || null,
        ),
      BOUND_MS,
    );
    await wisher.down(branch);
    await wisher.gone(branch);
    expect(first.gate.writes()).toBe(writes);
  }, 300_000);
});

describe('the hands of others', () => {
  const { deployment: DEPLOYMENT, service: SERVICE } = RESOURCE_TYPES;

  it('what is deleted comes again, what is changed by hand is as it was, and nothing else restarts', async () => {
    const branch = project.branch('heal', 'api');
    await wisher.up(branch);
    await wisher.ready(branch);
    const namespace = wisher.namespaceOf(branch);
    const read = async (name: string, type = DEPLOYMENT): Promise<KubeObject | null> =>
      await wisher.api.get(type, { namespace, name });
    const web = await read('web');

    for (const kind of ['service', 'deployment', 'networkpolicy']) {
      const before = await kubectl(['get', kind, '-n', namespace, '-o', 'name']);
      await kubectl(['delete', kind, '-n', namespace, '--all', '--wait=false']);
      await waitFor(
        `every ${kind} comes again`,
        async () => {
          const now = await kubectl(['get', kind, '-n', namespace, '-o', 'name']);
          return now === before ? true : null;
        },
        BOUND_MS,
      );
    }
    await wisher.ready(branch);
    expect((await read('web'))?.metadata.uid).not.toBe(web?.metadata.uid);

    await kubectl(['-n', namespace, 'set', 'image', 'deployment/api', 'api=other.example/api:2']);
    await kubectl(['-n', namespace, 'patch', 'service', 'api', '--type=merge', '-p', PORT_9]);
    await waitFor(
      'the changes are taken back',
      async () => {
        const texts = [await read('api'), await read('api', SERVICE)].map((each) =>
          JSON.stringify(each?.['spec']),
        );
        const isHealed = !texts[0]?.includes('other.example') && !texts[1]?.includes('9999');
        return isHealed ? true : null;
      },
      BOUND_MS,
    );
    await wisher.ready(branch);
    await wisher.down(branch);
    await wisher.gone(branch);
  }, 400_000);

  it('an environment that is deleted while it is created, by `kubectl delete` too, goes whole', async () => {
    for (const [name, remove] of Object.entries({
      down: (branch: string) => wisher.down(branch),
      kubectl: async (branch: string) => {
        await kubectl([
          'delete',
          'environment',
          clusterNameOf(project.prefix, branch),
          '--wait=false',
        ]);
      },
    })) {
      const branch = project.branch(`gone${name.slice(0, 2)}`, 'api');
      await wisher.up(branch);
      const namespace = wisher.namespaceOf(branch);
      await waitFor(`"${namespace}" is there`, async () =>
        wisher.api.get(RESOURCE_TYPES.namespace, { name: namespace }),
      );
      await remove(branch);
      await wisher.gone(branch);
      expect(await wisher.api.get(RESOURCE_TYPES.namespace, { name: namespace })).toBeNull();
    }
  }, 400_000);
});

const PORT_9 = JSON.stringify({
  spec: { ports: [{ name: 'http', port: 9999, targetPort: 9999, protocol: 'TCP' }] },
});
