import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '../../src/adapters/kubernetes/labels.ts';
import type { ClusterView, SeenTask } from '../../src/adapters/kubernetes/watch/cluster-view.ts';
import { noticingWrites } from '../../src/adapters/kubernetes/watch/noticed-writes.ts';
import { openClusterView } from '../../src/adapters/kubernetes/watch/open-cluster-view.ts';
import { testKubeconfig } from './support/test-cluster.ts';

const environment = `watch-${randomBytes(4).toString('hex')}`;
const namespace = `pr-${environment}`;
const labels = { [LABELS.managedBy]: MANAGED_BY, [LABELS.environment]: environment };
const { configMap, deployment, namespace: namespaces } = RESOURCE_TYPES;

let api: KubeApi;
const views: ClusterView[] = [];

beforeAll(async () => {
  api = openKubeApi({ kubeconfig: testKubeconfig() });
  await api.apply(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels },
  });
});
afterAll(async () => {
  await api.delete(namespaces, { name: namespace });
  await Promise.all(views.map((view) => view.close()));
  await api.close();
});

function open(): ClusterView {
  const clock = {
    nowMs: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await sleep(ms, undefined, { signal }).catch(() => {});
    },
  };
  const view = openClusterView({ api, clock, random: Math.random, environment });
  views.push(view);
  return view;
}

function ofTask(task: string, fingerprint: string): Pick<KubeObject['metadata'], 'annotations'> {
  const { task: id, fingerprint: hash, generation, objects } = ANNOTATIONS;
  return {
    annotations: { [id]: task, [hash]: fingerprint, [generation]: '1', [objects]: '1' },
  };
}

function settings(name: string, value: string): KubeObject {
  const metadata = { name, namespace, labels, ...ofTask(`deploy/${name}`, value) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
}

function cart(script: string): KubeObject {
  const all = { ...labels, [LABELS.component]: 'cart' };
  const container = {
    name: 'cart',
    image: 'offshoot.test/busybox:1',
    imagePullPolicy: 'Never',
    command: ['sh', '-c', script],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace, labels: all, ...ofTask('deploy/cart', script) },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'cart' } },
      template: {
        metadata: { labels: { ...all, app: 'cart' } },
        spec: { terminationGracePeriodSeconds: 0, containers: [container] },
      },
    },
  };
}

async function until(
  view: ClusterView,
  what: string,
  isSo: (tasks: Tasks) => boolean,
): Promise<void> {
  const endMs = Date.now() + 60_000;
  for (;;) {
    const tasks = new Map(view.observe(environment).map((each) => [each.task, each] as const));
    if (isSo(tasks)) return;
    if (Date.now() > endMs) {
      throw new Error(`it never came to this: ${what}; ${JSON.stringify([...tasks.values()])}`);
    }
    await sleep(20);
  }
}

type Tasks = ReadonlyMap<string, SeenTask>;

describe('a view of a real cluster', () => {
  it('shows what is made, changed and deleted, and a second one the same', async () => {
    const view = open();
    await view.ready;
    for (const name of ['one', 'two']) await api.apply(configMap, settings(name, 'a'));
    await until(
      view,
      'both are there',
      (tasks) => tasks.has('deploy/one') && tasks.has('deploy/two'),
    );
    await api.apply(configMap, settings('one', 'b'));
    await api.delete(configMap, { namespace, name: 'two' });
    await until(
      view,
      'one is changed and two is gone',
      (tasks) => tasks.get('deploy/one')?.fingerprint === 'b' && !tasks.has('deploy/two'),
    );
    const later = open();
    await later.ready;
    const identity = ({ task, fingerprint, state }: SeenTask): unknown => ({
      task,
      fingerprint,
      state,
    });
    expect(later.observe(environment).map(identity)).toEqual(
      view.observe(environment).map(identity),
    );
  });

  it('knows its own writes before the watch does', async () => {
    const view = open();
    await view.ready;
    const noticed = noticingWrites(api, () => view);
    await noticed.apply(configMap, settings('own', 'a'));
    const has = (): boolean => view.observe(environment).some(({ task }) => task === 'deploy/own');
    expect(has()).toBe(true);
    await noticed.delete(configMap, { namespace, name: 'own' });
    expect(has()).toBe(false);
  });

  it('sees that somebody else changed an object, and that it was applied again', async () => {
    const view = open();
    await view.ready;
    const noticed = noticingWrites(api, () => view);
    await noticed.apply(configMap, settings('edited', 'a'));
    const path = `/api/v1/namespaces/${namespace}/configmaps/edited?fieldManager=kubectl-edit`;
    const contentType = 'application/merge-patch+json';
    const body = { data: { value: 'mine', added: 'too' } };
    await api.request({ method: 'PATCH', path, contentType, body });
    await until(view, 'it counts as not applied', (tasks) => !tasks.has('deploy/edited'));
    await noticed.apply(configMap, settings('edited', 'a'), { force: true });
    await until(view, 'it counts again', (tasks) => tasks.has('deploy/edited'));
    const healed = await api.get(configMap, { namespace, name: 'edited' });
    expect(healed?.['data']).toEqual({ value: 'a', added: 'too' });
    await sleep(500);
    expect(view.observe(environment).map(({ task }) => task)).toContain('deploy/edited');
  });

  it('judges a Deployment by its pods, of the wanted revision only', async () => {
    const view = open();
    await view.ready;
    const state = (script: string, wanted: string) => (tasks: Tasks) => {
      const seen = tasks.get('deploy/cart');
      return seen?.fingerprint === script && seen.state === wanted;
    };
    const crashes = 'echo crash words; exit 3';
    await api.apply(deployment, cart(crashes));
    await until(view, 'it fails', state(crashes, 'Failed'));
    const failed = view.observe(environment).find(({ task }) => task === 'deploy/cart');
    expect(failed).toMatchObject({
      code: 'CRASH_LOOP',
      evidenceOf: { container: 'cart' },
    });
    expect(failed?.message).toContain('exit code 3');
    const codes = view
      .platformEvents(environment, 0, Number.MAX_SAFE_INTEGER)
      .map(({ code }) => code);
    expect(codes).toContain('CRASH_LOOP');
    await api.apply(deployment, cart('sleep 1000'), { force: true });
    await until(view, 'the next one is well', state('sleep 1000', 'Succeeded'));
    expect(view.podsOf(environment, 'cart').at(0)).toMatchObject({
      isReady: true,
      containers: ['cart'],
      hasRestarted: false,
    });
  });
});
