import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { ensureCluster } from '../cluster/cluster.ts';
import { applyObjects, kubectlOf, type Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/waiting.ts';
import { offshoot, type Ran } from './faults/command.ts';
import { BOUND_MS } from './faults/installation.ts';
import { runs, testProject, type Specs, type TestProject } from './faults/project.ts';
import { testKubeconfig } from './support/test-cluster.ts';

/**
 * Two environments of one project beside a baseline that others run: who reaches whom is asked by
 * connections between pods, and the baseline is compared byte for byte.
 */

/**
 * A service that says who it is: over HTTP at 8080, and at 9000 once a second for as long as the connection
 * lasts. What it hears from the one it calls, on one connection that it never opens again, is at `/heard`.
 */
function teller(name: string, who: string, hears?: string): string {
  const call = hears === undefined ? '' : `nc ${hears} 9000 > /tmp/www/heard & `;
  return (
    `mkdir -p /tmp/www; echo ${name} ${who} > /tmp/www/index.html; ` +
    `echo 'while echo ${name} ${who}; do sleep 1; done' > /tmp/tell.sh; ` +
    `nc -ll -p 9000 -e sh /tmp/tell.sh & ${call}httpd -f -p 8080 -h /tmp/www & wait`
  );
}

function telling(name: string, hears?: string): Readonly<Record<string, unknown>> {
  return {
    type: 'service',
    ports: { http: 8080, tell: { port: 9000, protocol: 'tcp' } },
    readiness: { port: 'tell' },
    environment: { WHO: '${environment.name}' },
    writable: ['/tmp'],
    dependencies: hears === undefined ? [] : [hears],
    ...runs(teller(name, '$WHO', hears)),
  };
}

const COMPONENTS: Specs = {
  web: { ...telling('web', 'api'), expose: true },
  api: telling('api', 'prices'),
  prices: { ...telling('prices'), sharing: 'shared' },
};

let api: KubeApi;
let kubectl: Kubectl;
let project: TestProject;
let baseline: string;
let one: string;
let two: string;
let before: string;

beforeAll(async () => {
  const cluster = await ensureCluster();
  api = openKubeApi({ kubeconfig: testKubeconfig() });
  kubectl = kubectlOf(cluster.kubectl, testKubeconfig());
  project = await testProject(COMPONENTS);
  baseline = `${project.prefix}-of-others`;
  await project.settings({ baseline: { namespaces: [baseline] } });
  await applyObjects(kubectl, baselineObjects(baseline));
  for (const name of Object.keys(COMPONENTS)) {
    await kubectl(['-n', baseline, 'rollout', 'status', `deployment/${name}`, '--timeout=180s']);
  }
  await isQuiet();
  before = await everything(baseline);
  one = project.branch('one', 'api');
  two = project.branch('two', 'api');
  await Promise.all([fine('up', one), fine('up', two)]);
});
afterAll(async () => {
  const environments = await api.list(RESOURCE_TYPES.environment, {
    labelSelector: `offshoot.dev/installation=${project.controlNamespace}`,
  });
  for (const { metadata } of environments.items) {
    await api.delete(RESOURCE_TYPES.environment, { name: metadata.name });
  }
  for (const name of [baseline, project.controlNamespace]) {
    await api.delete(RESOURCE_TYPES.namespace, { name });
  }
  await api.close();
  await project.remove();
});

async function fine(...args: readonly string[]): Promise<Ran> {
  const ran = await offshoot(project, testKubeconfig(), ...args);
  expect(ran.code, `it said ${ran.stderr}`).toBe(0);
  return ran;
}

function baselineObjects(namespace: string): readonly object[] {
  const workloads = Object.keys(COMPONENTS).flatMap((name) => {
    const hears = { web: 'api', api: 'prices' }[name];
    const script = `trap "exit 143" TERM; ${teller(name, 'baseline', hears)}`;
    const labels = { app: name };
    return [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  name,
                  image: 'offshoot.test/busybox:1',
                  imagePullPolicy: 'Never',
                  command: ['sh', '-c', script],
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: {
          selector: labels,
          ports: [
            { name: 'http', port: 8080 },
            { name: 'tell', port: 9000 },
          ],
        },
      },
    ];
  });
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, ...workloads];
}

/** Whole objects, with their versions and who wrote which field when. */
async function everything(namespace: string): Promise<string> {
  const { namespace: type, event: _, ...types } = RESOURCE_TYPES;
  const namespaced = Object.values(types).filter(({ isNamespaced }) => isNamespaced);
  const lists = await Promise.all(
    namespaced.map((each) => api.list(each, { namespace }).catch(() => ({ items: [] }))),
  );
  const all = [await api.get(type, { name: namespace }), ...lists.flatMap(({ items }) => items)];
  return JSON.stringify(all, null, 1);
}

/** The cluster's own controllers have written all they have to say about a new namespace. */
async function isQuiet(): Promise<void> {
  let last = '';
  await waitFor(
    'the baseline is at rest',
    async () => {
      const now = await everything(baseline);
      const isSame = now === last;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return isSame ? true : null;
    },
    BOUND_MS,
  );
}

function namespaceOf(environment: string): string {
  return `${project.prefix}-${environment}`;
}

/** What a pod of this component hears from `host:port`; null when nothing answers. */
async function ask(
  namespace: string,
  component: string,
  address: string,
  path = '/',
): Promise<string | null> {
  const target = ['exec', '-n', namespace, `deployment/${component}`, '--', 'sh', '-c'];
  // The statically linked wget of the image does not survive the lookup of a name.
  const script = `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' | timeout 8 nc -w 4 ${address.replace(':', ' ')}`;
  const answer = await kubectl([...target, script]).catch(() => '');
  const [head = '', body] = answer.split('\r\n\r\n');
  return head.includes(' 200 ') && body !== undefined ? body.trim() : null;
}

/** The last thing that it heard on the connection that it keeps. */
async function heard(namespace: string, component: string): Promise<string> {
  const text = (await ask(namespace, component, '127.0.0.1:8080', '/heard')) ?? '';
  return text.split('\n').at(-1) ?? '';
}

async function addressOf(namespace: string, component: string): Promise<string> {
  const { items } = await api.list(RESOURCE_TYPES.pod, { namespace });
  const pod = items.find(({ metadata }) => metadata.name.startsWith(`${component}-`));
  return (pod?.['status'] as { readonly podIP?: string } | undefined)?.podIP ?? '';
}

describe('two environments and a baseline', () => {
  it('each calls its own by plain names, and the baseline where it runs nothing of its own', async () => {
    for (const environment of [one, two]) {
      const namespace = namespaceOf(environment);
      expect(await ask(namespace, 'web', 'api:8080')).toBe(`api ${environment}`);
      expect(await ask(namespace, 'api', 'prices:8080')).toBe('prices baseline');
      // Also by the full name that an image of the baseline may have built in.
      const full = `api.${baseline}.svc.cluster.local:8080`;
      expect(await ask(namespace, 'web', full)).toBe(`api ${environment}`);
    }
  });

  it('none reaches another one, by name or by address, nor does anybody else', async () => {
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const) {
      const target = namespaceOf(to);
      const pod = `${await addressOf(target, 'api')}:8080`;
      // It is there, for its own.
      expect(await ask(target, 'web', pod)).toBe(`api ${to}`);
      for (const url of [pod, `api.${target}.svc.cluster.local:8080`]) {
        expect(await ask(namespaceOf(from), 'web', url), `${from} → ${url}`).toBeNull();
        expect(await ask(baseline, 'web', url), `baseline → ${url}`).toBeNull();
      }
    }
  });

  it('a name that moves between boundary and inside restarts who calls it, and nobody else', async () => {
    const namespace = namespaceOf(one);
    const uids = async (): Promise<Record<string, string>> => {
      const { items } = await api.list(RESOURCE_TYPES.pod, { namespace });
      return Object.fromEntries(
        items
          .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
          .map(({ metadata }) => [
            metadata.labels?.['offshoot.dev/component'] ?? '',
            metadata.uid ?? '',
          ]),
      );
    };
    const hears = (words: string): Promise<true> =>
      waitFor(
        `"api" hears "${words}"`,
        async () => ((await heard(namespace, 'api')) === words ? true : null),
        BOUND_MS,
      );
    await hears('prices baseline');
    const first = await uids();

    project.repository.commit(one, { 'prices/version': 'inside\n' });
    await fine('up', one);
    await hears(`prices ${one}`);
    const second = await uids();
    expect(second['api']).not.toBe(first['api']);
    expect(second['web']).toBe(first['web']);

    project.repository.commit(one, { 'prices/version': 'main\n' });
    await fine('up', one);
    await hears('prices baseline');
    const third = await uids();
    expect(third['api']).not.toBe(second['api']);
    expect(third['web']).toBe(first['web']);
    expect(Object.keys(third).toSorted()).toEqual(['api', 'web']);
    expect(await ask(namespaceOf(two), 'web', 'api:8080')).toBe(`api ${two}`);
  }, 400_000);

  it('nothing of the baseline was written, from the first `up` to the last `down`', async () => {
    expect(await everything(baseline)).toBe(before);
    await Promise.all([fine('down', one), fine('down', two)]);
    for (const environment of [one, two]) {
      const name = namespaceOf(environment);
      expect(await api.get(RESOURCE_TYPES.namespace, { name })).toBeNull();
      const labelSelector = `offshoot.dev/environment=${environment}`;
      expect((await api.list(RESOURCE_TYPES.environment, { labelSelector })).items).toEqual([]);
    }
    expect(await everything(baseline)).toBe(before);
  }, 400_000);
});
