import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { run } from '../../cluster/commands.ts';
import { ensureHelm } from '../../cluster/helm.ts';
import { kubectlOf, type Kubectl } from '../../cluster/kubectl.ts';
import { waitFor } from '../../cluster/waiting.ts';
import { BOUND_MS } from '../faults/installation.ts';
import { offshoot, type Ran } from '../faults/command.ts';
import { testProject, type TestProject } from '../faults/project.ts';
import { clusterWithRegistry } from './cluster-shop.ts';
import { pushImages, type TinyImage } from './existing-images.ts';
import {
  addresses,
  helmChart,
  kustomizeFolder,
  SERVICE_SCRIPT,
  type ExistingPlaces,
  type Texts,
} from './existing-manifests.ts';
import { accountKubeconfig } from './existing-account.ts';

/** A baseline that Kustomize and Helm have deployed, and a project that knows of it. */
export interface ExistingShop extends ExistingPlaces {
  readonly api: KubeApi;
  readonly kubectl: Kubectl;
  readonly project: TestProject;
  /** Of Offshoot alone, so that the audit log tells its requests from those of people. */
  readonly account: { readonly kubeconfig: string; readonly namespace: string };
  readonly auditLog: string | null;
  /** A branch that changes this component; the images of its revision are pushed. */
  branch(name: string, component: string): Promise<string>;
  run(...args: readonly string[]): Promise<Ran>;
  namespaceOf(environment: string): string;
  /** What a pod of this component hears from `host:port`; null when nothing answers. */
  ask(namespace: string, component: string, address: string, path?: string): Promise<string | null>;
  close(): Promise<void>;
}

const COMPONENTS = ['web', 'cart', 'stock', 'prices', 'ledger'] as const;

/** @param outsidePort - Where something outside the cluster answers, on the address of the node. */
export async function openExistingShop(outsidePort: number): Promise<ExistingShop> {
  const cluster = await clusterWithRegistry();
  const { kubeconfig, registry, registryInCluster, nodeAddress } = cluster;
  if (registry === null || registryInCluster === null || nodeAddress === null) {
    throw new Error('the baseline needs a registry and the address of a node: OFFSHOOT_TEST_…');
  }
  const api = openKubeApi({ kubeconfig });
  const kubectl = kubectlOf(cluster.kubectl, kubeconfig);
  const project = await testProject(Object.fromEntries(COMPONENTS.map((name) => [name, {}])));
  const { prefix, repository } = project;
  const path = (component: string, sha: string): string => `${prefix}/${component}:${sha}`;
  const main = repository.tip('main');
  const places: ExistingPlaces = {
    front: `${prefix}-front`,
    data: `${prefix}-data`,
    outside: {
      address: nodeAddress,
      port: outsidePort,
      name: `bank.${prefix}-account.svc.cluster.local`,
    },
    image: (component) => `${registryInCluster}/${path(component, main)}`,
  };
  await pushImages(
    registry,
    COMPONENTS.map((name) => imageOf(name, 'main', path(name, main))),
  );
  const account = await accountKubeconfig(kubectl, project.folder, `${prefix}-account`);
  await nameOutside(kubectl, account.namespace, places.outside);
  await deployBaseline(kubectl, kubeconfig, project.folder, places);
  return {
    ...places,
    api,
    kubectl,
    project,
    account,
    auditLog: cluster.auditLog,
    async branch(name, component) {
      const branch = project.branch(name, component);
      const sha = repository.tip(branch);
      // One repository for all: the branch is a revision of each of them.
      await pushImages(
        registry,
        COMPONENTS.map((each) => imageOf(each, branch, path(each, sha))),
      );
      return branch;
    },
    run: (...args) => offshoot(project, account.kubeconfig, ...args),
    namespaceOf: (environment) => `${prefix}-${environment}`,
    ask: (namespace, component, address, page = '/') =>
      ask(kubectl, { namespace, component }, address, page),
    async close() {
      const { items } = await api.list(RESOURCE_TYPES.environment, {
        labelSelector: `offshoot.dev/installation=${project.controlNamespace}`,
      });
      for (const { metadata } of items) {
        await api.patch(RESOURCE_TYPES.environment, metadata, { metadata: { finalizers: null } });
        await api.delete(RESOURCE_TYPES.environment, { name: metadata.name });
      }
      const namespaces = [places.front, places.data, account.namespace, project.controlNamespace];
      for (const name of namespaces) await api.delete(RESOURCE_TYPES.namespace, { name });
      await kubectl(['delete', 'clusterrolebinding', account.namespace]);
      await api.close();
      await project.remove();
    },
  };
}

function imageOf(name: string, version: string, path: string): TinyImage {
  const files = { name: `${name}\n`, version: `${version}\n`, 'service.sh': SERVICE_SCRIPT };
  return { path, files, entrypoint: ['/service.sh'] };
}

/** A name that leads out of the cluster, as a company's own DNS has it. */
async function nameOutside(
  kubectl: Kubectl,
  namespace: string,
  outside: ExistingPlaces['outside'],
): Promise<void> {
  const spec = { clusterIP: 'None', ports: [{ name: 'http', port: outside.port }] };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bank' }, spec };
  const list = { apiVersion: 'v1', kind: 'List', items: [service, addresses('bank', outside)] };
  await kubectl(['apply', '-n', namespace, '-f', '-'], JSON.stringify(list));
}

async function deployBaseline(
  kubectl: Kubectl,
  kubeconfig: string,
  folder: string,
  places: ExistingPlaces,
): Promise<void> {
  const kustomization = join(folder, 'kustomize');
  await writeTexts(kustomization, kustomizeFolder(places));
  await kubectl(['apply', '-k', kustomization]);
  const chart = join(folder, 'chart');
  await writeTexts(chart, helmChart(places));
  const where = ['--kubeconfig', kubeconfig, '--namespace', places.data, '--create-namespace'];
  const wait = ['--wait', '--timeout', '180s'];
  await run(await ensureHelm(), ['install', 'data', chart, ...where, ...wait]);
  for (const name of ['cart-app', 'ledger']) {
    const workload = `deployment/${name}`;
    await kubectl(['-n', places.front, 'rollout', 'status', workload, '--timeout=180s']);
  }
}

async function writeTexts(folder: string, texts: Texts): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function ask(
  kubectl: Kubectl,
  from: { readonly namespace: string; readonly component: string },
  address: string,
  page: string,
): Promise<string | null> {
  const pods = [
    'get',
    'pods',
    '-n',
    from.namespace,
    '-l',
    `offshoot.dev/component=${from.component}`,
  ];
  const pod = (await kubectl([...pods, '-o', 'name'])).split('\n')[0] ?? '';
  const target = ['exec', '-n', from.namespace, pod, '--', 'sh', '-c'];
  // The statically linked wget of the image does not survive the lookup of a name.
  const script = `printf 'GET ${page} HTTP/1.0\\r\\n\\r\\n' | timeout 8 nc -w 4 ${address.replace(':', ' ')}`;
  const answer = await kubectl([...target, script]).catch(() => '');
  const [head = '', body] = answer.split('\r\n\r\n');
  return head.includes(' 200 ') && body !== undefined ? body.trim() : null;
}

/** Whole objects, with their versions and who wrote which field when. */
export async function everythingIn(api: KubeApi, namespaces: readonly string[]): Promise<string> {
  const { namespace: type, event: _, ...types } = RESOURCE_TYPES;
  const namespaced = Object.values(types).filter(({ isNamespaced }) => isNamespaced);
  const all = await Promise.all(
    namespaces.map(async (namespace) => {
      const lists = await Promise.all(
        namespaced.map((each) => api.list(each, { namespace }).catch(() => ({ items: [] }))),
      );
      return [await api.get(type, { name: namespace }), ...lists.flatMap(({ items }) => items)];
    }),
  );
  return JSON.stringify(all.flat(), null, 1);
}

/** Until the cluster's own controllers have written all they have to say. */
export async function atRest(api: KubeApi, namespaces: readonly string[]): Promise<string> {
  let last = '';
  return await waitFor(
    'the baseline is at rest',
    async () => {
      const now = await everythingIn(api, namespaces);
      const isSame = now === last;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return isSame ? now : null;
    },
    BOUND_MS,
  );
}
