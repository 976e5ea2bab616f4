import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import { listAt, textAt } from '../../src/adapters/kubernetes/client/read-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { pushTapImage } from '../cluster/images/tap-image.ts';
import { kubectlOf, type Kubectl } from '../cluster/kubectl.ts';
import { offshoot, type Ran } from './faults/command.ts';
import { testProject, type TestProject } from './faults/project.ts';
import { clusterWithRegistry } from './support/cluster-shop.ts';
import { installNodeCapture } from './support/node-capture.ts';
import { pushOffshootImage, type PushedImage } from './support/offshoot-image.ts';

/**
 * `web` runs in an environment and calls `cart`, its boundary: in a baseline that runs already, where `cart` calls
 * `ledger`, of which the catalog knows nothing, and which fails.
 */

const ANALYSER = 'offshoot--analyser';

let api: KubeApi;
let kubectl: Kubectl;
let kubeconfig: string;
let project: TestProject;
let image: PushedImage;
let tapImage: string;
let branch: string;

const baseline = (): string => `${project.prefix}-base`;
const imageName = (): string => `${image.repository}:${image.tag}`;

beforeAll(async () => {
  const cluster = await clusterWithRegistry();
  const { registry, registryInCluster } = cluster;
  if (registry === null || registryInCluster === null) throw new Error('there is no registry');
  const place = { push: registry, inCluster: registryInCluster };
  tapImage = await pushTapImage(place);
  image = await pushOffshootImage(place);
  kubeconfig = cluster.kubeconfig;
  api = openKubeApi({ kubeconfig });
  kubectl = kubectlOf(cluster.kubectl, kubeconfig);
  project = await testProject({ web: {}, cart: {} });
  await writeProject();
  await deployBaseline();
  branch = project.branch('ledgers', 'web');
  const up = await ran('up', branch);
  if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}`);
}, 900_000);

afterAll(async () => {
  await ran('down', branch);
  for (const name of [baseline(), project.controlNamespace]) {
    await api.delete(RESOURCE_TYPES.namespace, { name });
  }
  await api.close();
  await project.remove();
}, 300_000);

function ran(...args: readonly string[]): Promise<Ran> {
  return offshoot(project, kubeconfig, ...args);
}

/** A server that answers 500 in its own words, or whatever who it asks answers. */
function server(name: string, asked: string | null): readonly string[] {
  const answer =
    asked === null
      ? `response.writeHead(500).end('the books of ${name} do not balance');`
      : `fetch('${asked}').then((got) => response.writeHead(got.status).end('from ${asked}'));`;
  const handler = `(request, response) => {
    if (request.url === '/healthz') return response.end('well');
    ${answer}
  }`;
  const serving = `require('node:http').createServer(${handler}).listen(8080)`;
  return ['node', '-e', `process.on('SIGTERM', () => process.exit(0)); ${serving}`];
}

async function writeProject(): Promise<void> {
  const capture = { image: imageName(), tapImage };
  await project.settings({ baseline: { namespaces: [baseline()] }, capture });
  const service = {
    type: 'service',
    image: imageName(),
    ports: { http: 8080 },
    readiness: { http: '/healthz', port: 'http' },
  };
  const command = server('web', 'http://cart:8080/items');
  await project.put('web', {
    ...service,
    expose: true,
    dependencies: ['cart'],
    container: { command },
  });
  await project.put('cart', service);
  const suite = {
    image: imageName(),
    entry: 'web',
    command: ['node', '-e', 'fetch(process.env.URL).then(({ ok }) => process.exit(ok ? 0 : 1))'],
    environment: { URL: '${entry.url}/' },
    timeout: '1m',
  };
  const document = {
    apiVersion: 'offshoot.dev/v1alpha1',
    kind: 'TestSuite',
    metadata: { name: 'e2e' },
    spec: { source: { repository: project.repository.path }, ...suite },
  };
  await writeFile(join(project.folder, 'catalog', 'e2e.yaml'), JSON.stringify(document));
}

async function deployBaseline(): Promise<void> {
  const objects = [
    { name: 'cart', command: server('cart', 'http://ledger:8080/balance') },
    { name: 'ledger', command: server('ledger', null) },
  ].flatMap(({ name, command }) => {
    const labels = { app: name };
    const container = {
      name,
      image: imageName(),
      command,
      readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 },
    };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    };
    const ports = [{ name: 'http', port: 8080 }];
    return [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: `${name}-app` }, spec },
      { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports } },
    ];
  });
  await kubectl(['create', 'namespace', baseline()]);
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(['apply', '-n', baseline(), '-f', '-'], list);
  for (const name of ['cart', 'ledger']) {
    await kubectl(['-n', baseline(), 'rollout', 'status', `deployment/${name}-app`]);
  }
}

async function captureBaseline(): Promise<void> {
  const values = { namespaces: [baseline()] };
  const own = imageName();
  await installNodeCapture({ api, kubectl, project, image: own, tapImage, values, capture: {} });
  await project.settings({ capture: { image: own, tapImage, baseline: true } });
}

interface Told {
  readonly culprits: readonly Readonly<Record<string, unknown>>[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly calls: number }[];
  readonly breaches: readonly unknown[];
}

async function tested(): Promise<Told> {
  expect((await ran('test', branch)).code).not.toBe(0);
  const { stdout } = await ran('report', branch, '-o', 'json');
  return JSON.parse(stdout) as Told;
}

describe('a failure behind the boundary', { timeout: 400_000 }, () => {
  it('ends at the boundary as long as nobody sees what it does', async () => {
    const { culprits } = await tested();
    expect(culprits[0]).toMatchObject({ component: 'cart', origin: 'baseline' });
  });

  it('is followed to who fails there, once the baseline is captured too', async () => {
    await captureBaseline();
    const { culprits, edges, breaches } = await tested();
    expect(culprits[0]).toMatchObject({
      component: 'ledger',
      origin: 'baseline',
      code: 'http.500',
    });
    // One call each, though nodes show every packet at several interfaces and both ends were recorded.
    expect(edges.map(({ from, to, calls }) => `${from} → ${to} ${calls}`)).toEqual([
      'test → web 1',
      'web → cart 1',
    ]);
    expect(breaches).toEqual([]);
  });

  it('is captured with no packet of any pod that is not of the baseline', async () => {
    const service = `services/${ANALYSER}:7481/proxy`;
    const path = `/api/v1/namespaces/${project.controlNamespace}/${service}/calls`;
    const { body } = await api.request({ method: 'GET', path });
    const calls = listAt(body, 'calls');
    const own = new Set(
      listAt(body, 'pods').map((pod) => `${textAt(pod, 'namespace')} ${textAt(pod, 'address')}`),
    );
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      const ends = [textAt(call, 'client'), textAt(call, 'server')].map(
        (end) => `${baseline()} ${end?.replace(/:\d+$/u, '')}`,
      );
      expect(ends.some((end) => own.has(end))).toBe(true);
    }
    expect([...own].every((pod) => pod.startsWith(`${baseline()} `))).toBe(true);
  });
});
