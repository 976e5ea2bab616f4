import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterNameOf, namespaceOf } from '../../src/domain/naming/names.ts';
import { ensureCluster, type TestCluster } from '../cluster/cluster.ts';
import { run } from '../cluster/commands.ts';
import { waitFor } from '../cluster/waiting.ts';
import { answers, runs, testProject, type TestProject } from './faults/project.ts';
import { endOf, refusedRights, rightOf, usesOf, type Use } from './support/audit.ts';
import { chartRelease, type ChartRelease, type Values } from './support/chart-release.ts';
import { pushOffshootImage, type PushedImage } from './support/offshoot-image.ts';
import { SOMETIMES_USED, UNUSED_RIGHTS } from './support/unused-rights.ts';

/** The life of a release: the image of the repository's Dockerfile, installed by Helm, at work on an environment. */

const OWN_BYTES_MAX = 120_000_000;
const CATALOG = 'catalog';
const PROGRAM = new URL('../../bin/offshoot', import.meta.url).pathname;

const SUITE = {
  apiVersion: 'offshoot.dev/v1alpha1',
  kind: 'TestSuite',
  metadata: { name: 'look' },
  spec: {
    image: 'offshoot.test/busybox:1',
    entry: 'web',
    command: ['sh', '-c', 'wget -q -O /dev/null "$OFFSHOOT_ENTRY_URL"'],
  },
};

let cluster: TestCluster;
let api: KubeApi;
let project: TestProject;
let branch: string;
let image: PushedImage;
let release: ChartRelease;
let values: Values;
/** Of its endpoints, which policies are about. */
let apiServerPort = 0;
let auditBegin = 0;

beforeAll(async () => {
  const { OFFSHOOT_TEST_KUBECONFIG: _, ...own } = process.env;
  const isNamed = process.env['OFFSHOOT_TEST_REGISTRY'] !== undefined;
  cluster = await ensureCluster({ environment: isNamed ? process.env : own });
  const { registry, registryInCluster, kubeconfig } = cluster;
  if (registry === null || registryInCluster === null) {
    throw new Error('the image needs a registry: OFFSHOOT_TEST_REGISTRY');
  }
  api = openKubeApi({ kubeconfig });
  image = await pushOffshootImage({ push: registry, inCluster: registryInCluster });
  project = await testProject({
    web: { ...answers('web'), expose: true, dependencies: ['api', 'store', 'bank'] },
    api: { ...answers('api'), dependencies: ['schema'] },
    schema: { type: 'job', ...runs('echo schema') },
    store: { ...answers('store'), type: 'datastore', engine: 'files' },
    bank: { type: 'external', external: { address: '192.0.2.1' }, ports: { http: 80 } },
  });
  await writeFile(join(project.folder, 'catalog', 'look.yaml'), JSON.stringify(SUITE));
  branch = project.branch('chart', 'api');
  const { prefix, controlNamespace: namespace } = project;
  release = await chartRelease(kubeconfig, { name: 'test', namespace });
  await api.create(RESOURCE_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await putCatalog();
  apiServerPort = await portOfApiServer();
  values = valuesWith({ prefix });
  auditBegin = cluster.auditLog === null ? 0 : await endOf(cluster.auditLog);
}, 900_000);

afterAll(async () => {
  await release.uninstall().catch(() => undefined);
  await release.close();
  await api.delete(RESOURCE_TYPES.namespace, { name: project.controlNamespace });
  await api.close();
  await project.remove();
}, 300_000);

async function putCatalog(): Promise<void> {
  const folder = join(project.folder, 'catalog');
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  await api.create(RESOURCE_TYPES.configMap, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CATALOG, namespace: project.controlNamespace },
    data: Object.fromEntries(files.map((file, index) => [file, texts[index]])),
  });
}

function valuesWith(projectSpec: Values): Values {
  return {
    image: { repository: image.repository, tag: image.tag },
    project: { name: 'faults', spec: projectSpec },
    server: { enabled: true, watch: false, catalog: { configMap: CATALOG } },
    networkPolicy: { apiServerPorts: [443, apiServerPort] },
  };
}

/** The command line as a person has it. */
async function offshoot(...args: readonly string[]): Promise<string> {
  const variables = { KUBECONFIG: cluster.kubeconfig, OFFSHOOT_HOME: project.home };
  return await run(PROGRAM, args, { folder: project.folder, variables });
}

async function portOfApiServer(): Promise<number> {
  const { items } = await api.list(RESOURCE_TYPES.endpointSlice, { namespace: 'default' });
  const slice = items.find(({ metadata }) => metadata.name === 'kubernetes');
  const [port] = (slice?.['ports'] ?? []) as readonly { readonly port: number }[];
  return port?.port ?? 6443;
}

async function podsOf(namespace: string, labelSelector = ''): Promise<readonly KubeObject[]> {
  return (await api.list(RESOURCE_TYPES.pod, { namespace, labelSelector })).items;
}

interface Lived {
  readonly startTime: string;
  readonly containerStatuses: readonly { readonly restartCount: number }[];
}

/** By which a pod that began anew differs from the one before. Pods of Jobs go by themselves. */
async function lives(namespace: string): Promise<ReadonlyMap<string, string>> {
  const pods = (await podsOf(namespace)).filter(
    ({ metadata }) => metadata.ownerReferences?.[0]?.kind !== 'Job',
  );
  return new Map(
    pods.map(({ metadata, ...pod }) => {
      const { startTime, containerStatuses } = pod['status'] as Lived;
      const restarts = containerStatuses.map(({ restartCount }) => restartCount);
      return [metadata.name, [metadata.uid, startTime, ...restarts].join()];
    }),
  );
}

/** One answer of the server, by `kubectl port-forward`. */
async function served(path: string): Promise<unknown> {
  const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', release.namespace];
  const target = ['port-forward', 'deployment/test-offshoot-server', ':7400'];
  const child = spawn(cluster.kubectl, [...where, ...target]);
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error('kubectl forwards nothing')));
      child.stdout.on('data', (bytes: Buffer) => {
        const [, found] = /127\.0\.0\.1:(\d+)/u.exec(bytes.toString()) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    return await (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  } finally {
    child.kill();
  }
}

describe('a release of the chart', { timeout: 700_000 }, () => {
  it('has a small image whose user is not root', () => {
    expect(image.user).toBe('65532:65532');
    expect(image.ownBytes).toBeLessThan(OWN_BYTES_MAX);
  });

  it('installs over the definitions that a command has brought, and one of its two controllers leads', async () => {
    const notes = await release.install(values);
    expect(notes).toContain(`controlNamespace: ${release.namespace}`);
    const pods = await podsOf(release.namespace, 'app.kubernetes.io/component=controller');
    expect(pods).toHaveLength(2);
    const ref = { namespace: release.namespace, name: 'offshoot-controller' };
    const lease = await api.get(RESOURCE_TYPES.lease, ref);
    const { holderIdentity } = (lease?.['spec'] ?? {}) as { readonly holderIdentity?: string };
    expect(pods.filter(({ metadata: { name } }) => holderIdentity?.startsWith(name))).toHaveLength(
      1,
    );
  });

  it('is found fit by the doctor', async () => {
    const told = await release.test();
    expect(told).toContain('pass  resource definitions');
    expect(told).toMatch(/pass {2}controller: "test-offshoot-controller-/u);
    expect(told).not.toContain('fail ');
  });

  it('brings an environment up that a command asks for', async () => {
    await offshoot('up', branch);
    const environment = await api.get(RESOURCE_TYPES.environment, {
      name: clusterNameOf(project.prefix, branch),
    });
    // Only a controller adds it.
    expect(environment?.metadata.finalizers).toEqual(['offshoot.dev/environment']);
    expect(await offshoot('test', branch)).toContain('look');
  });

  it('shows it by the REST interface, which only a forwarded port reaches', async () => {
    expect(await served('/api/v1/environments')).toMatchObject({
      environments: expect.arrayContaining([expect.objectContaining({ name: branch })]) as unknown,
    });
  });

  it('is upgraded without a restart of anything in an environment', async () => {
    const namespace = namespaceOf(project.prefix, branch);
    const before = await lives(namespace);
    expect(before.size).toBe(3);
    const controllers = await lives(release.namespace);
    await release.upgrade(valuesWith({ prefix: project.prefix, caps: { environments: 30 } }));
    const after = await lives(release.namespace);
    expect(after).not.toEqual(controllers);
    await offshoot('status', branch);
    expect(await lives(namespace)).toEqual(before);
  });

  it('takes the environment away', async () => {
    await offshoot('down', branch);
    const name = namespaceOf(project.prefix, branch);
    expect(await api.get(RESOURCE_TYPES.namespace, { name })).toBeNull();
  });

  it('has the rights that it uses, and no others', async () => {
    const { auditLog } = cluster;
    if (auditLog === null) throw new Error('a cluster that is named has no audit log to read');
    const uses = await usesOf(auditLog, { fromByte: auditBegin, namespace: release.namespace });
    expect(refusedRights(uses, namespaceOf(project.prefix, branch))).toEqual([]);
    const used = new Set(uses.flatMap(rightsUsed));
    const granted = await grantedRights();
    const idle = new Set(granted).difference(used).difference(SOMETIMES_USED);
    expect([...idle].toSorted()).toEqual(Object.keys(UNUSED_RIGHTS).toSorted());
  });

  it('goes, and leaves the definitions and what others asked for', async () => {
    await release.uninstall();
    await waitFor('the pods of the release are gone', async () =>
      (await podsOf(release.namespace)).length === 0 ? true : null,
    );
    for (const name of ['environments.offshoot.dev', 'reports.offshoot.dev']) {
      const type = RESOURCE_TYPES.customResourceDefinition;
      expect(await api.get(type, { name })).not.toBeNull();
    }
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    const { body } = await api.request({ method: 'GET', path });
    expect(JSON.stringify(body)).not.toContain(`${release.namespace}:`);
  });
});

/** An apply that made something needs the right to create, which the log does not say. */
function rightsUsed({ right, status }: Use): readonly string[] {
  const isCreation = status === 201 && right.startsWith('patch ');
  return isCreation ? [right, right.replace('patch ', 'create ')] : [right];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Of the controller and the server. */
async function grantedRights(): Promise<ReadonlySet<string>> {
  const { namespace } = release;
  const group = '/apis/rbac.authorization.k8s.io/v1';
  const paths = [
    `${group}/clusterroles/${namespace}:test-offshoot`,
    `${group}/namespaces/${namespace}/roles/test-offshoot`,
  ];
  const roles = await Promise.all(paths.map((path) => api.request({ method: 'GET', path })));
  return new Set(
    roles
      .flatMap(({ body }) => (body as { readonly rules: readonly Rule[] }).rules)
      .flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((apiGroup) =>
          resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, apiGroup, resource))),
        ),
      ),
  );
}
