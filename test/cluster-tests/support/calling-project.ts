import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { namespaceOf } from '../../../src/domain/naming/names.ts';
import type { TestCluster } from '../../cluster/cluster.ts';
import { pushTapImage } from '../../cluster/images/tap-image.ts';
import { kubectlOf, type Kubectl } from '../../cluster/kubectl.ts';
import { offshoot, type Ran } from '../faults/command.ts';
import { testProject, type TestProject } from '../faults/project.ts';
import { clusterWithRegistry } from './cluster-shop.ts';
import { pushOffshootImage } from './offshoot-image.ts';

/**
 * A suite that calls `web`, which calls `cart`, which calls `stock`: the smallest project in which everybody calls
 * somebody. `stock` is shared, so it is boundary and runs in the baseline.
 */
export interface CallingProject {
  readonly cluster: TestCluster;
  readonly project: TestProject;
  readonly api: KubeApi;
  readonly kubectl: Kubectl;
  /** Offshoot's own image, and that of taps. */
  readonly image: string;
  readonly tapImage: string;
  /** The branch that changes `web` and `cart`, and its environment. */
  readonly branch: string;
  readonly namespace: string;
  readonly baselineNamespace: string;
  run(...args: readonly string[]): Promise<Ran>;
  close(): Promise<void>;
}

/** Programs of Node, which answer with `http.createServer`, or end. */
export interface Programs {
  readonly web: string;
  readonly cart: string;
  readonly stock: string;
  readonly suite: string;
}

export async function openCallingProject(programs: Programs): Promise<CallingProject> {
  const cluster = await clusterWithRegistry();
  const { registry, registryInCluster, kubeconfig } = cluster;
  if (registry === null || registryInCluster === null) throw new Error('there is no registry');
  const place = { push: registry, inCluster: registryInCluster };
  const tapImage = await pushTapImage(place);
  const { repository, tag } = await pushOffshootImage(place);
  const image = `${repository}:${tag}`;
  const api = openKubeApi({ kubeconfig });
  const project = await testProject({ web: {}, cart: {}, stock: {} });
  await put(project, image, programs);
  const branch = project.branch('calls', 'web');
  project.repository.commit(branch, { 'cart/version': `${branch}\n` });
  return {
    cluster,
    project,
    api,
    kubectl: kubectlOf(cluster.kubectl, kubeconfig),
    image,
    tapImage,
    branch,
    namespace: namespaceOf(project.prefix, branch),
    baselineNamespace: namespaceOf(project.prefix, 'baseline'),
    run: (...args) => offshoot(project, kubeconfig, ...args),
    async close() {
      await offshoot(project, kubeconfig, 'down', branch);
      await offshoot(project, kubeconfig, 'baseline', 'down');
      await api.delete(RESOURCE_TYPES.namespace, { name: project.controlNamespace });
      await api.close();
      await project.remove();
    },
  };
}

async function put(project: TestProject, image: string, programs: Programs): Promise<void> {
  const service = (program: string): object => ({
    type: 'service',
    image,
    ports: { http: 8080 },
    readiness: { http: '/healthz', port: 'http' },
    resources: { cpu: '10m', memory: '64Mi' },
    container: { command: ['node', '-e', program] },
  });
  await project.put('web', { ...service(programs.web), expose: true, dependencies: ['cart'] });
  await project.put('cart', { ...service(programs.cart), dependencies: ['stock'] });
  await project.put('stock', { ...service(programs.stock), sharing: 'shared' });
  const suite = {
    apiVersion: 'offshoot.dev/v1alpha1',
    kind: 'TestSuite',
    metadata: { name: 'e2e' },
    spec: {
      source: { repository: project.repository.path },
      image,
      entry: 'web',
      command: ['node', '-e', programs.suite],
      environment: { URL: '${entry.url}/' },
      timeout: '1m',
    },
  };
  await writeFile(join(project.folder, 'catalog', 'e2e.yaml'), JSON.stringify(suite));
}

/** A server on port 8080 that is well, and answers what else comes by these statements. */
export function serving(statements: string): string {
  const handler = `async (request, response) => {
    if (request.url === '/healthz') return response.end('well');
    ${statements}
  }`;
  const server = `require('node:http').createServer(${handler}).listen(8080)`;
  return `process.on('SIGTERM', () => process.exit(0)); ${server}`;
}
