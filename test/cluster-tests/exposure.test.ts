import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject, ResourceType } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { ensureCluster } from '../cluster/cluster.ts';
import { run } from '../cluster/commands.ts';
import { applyObjects, kubectlOf, type Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/waiting.ts';
import { offshoot, type Ran } from './faults/command.ts';
import { BOUND_MS } from './faults/installation.ts';
import { answers, testProject, type TestProject } from './faults/project.ts';
import { installGatewayApi } from './support/existing-gateway-api.ts';
import { testKubeconfig } from './support/test-cluster.ts';

/** How people reach an environment, and what a platform team puts into every environment's namespace. */

const DOMAIN = 'previews.example.com';
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const RBAC = 'rbac.authorization.k8s.io/v1';

let api: KubeApi;
let kubectl: Kubectl;
let project: TestProject;
let edge: string;

beforeAll(async () => {
  const cluster = await ensureCluster();
  api = openKubeApi({ kubeconfig: testKubeconfig() });
  kubectl = kubectlOf(cluster.kubectl, testKubeconfig());
  project = await testProject({ web: { ...answers('web'), expose: true } }, { domain: DOMAIN });
  edge = `${project.prefix}-edge`;
  await kubectl(['create', 'namespace', project.controlNamespace]);
  await kubectl(['create', 'namespace', edge]);
});

afterAll(async () => {
  await kubectl(['delete', 'namespace', '--wait=false', edge, project.controlNamespace]);
  await api.close();
  await project.remove();
});

async function inEnvironment(
  name: string,
  settings: Readonly<Record<string, unknown>>,
  look: (environment: string, namespace: string, up: Ran) => Promise<void>,
): Promise<void> {
  await project.settings(settings);
  const branch = project.branch(name, 'web');
  const up = await offshoot(project, testKubeconfig(), 'up', branch);
  try {
    expect(up.code, `it said ${up.stderr}`).toBe(0);
    await look(branch, `${project.prefix}-${branch}`, up);
  } finally {
    const down = await offshoot(project, testKubeconfig(), 'down', branch);
    expect(down.code, `it said ${down.stderr}`).toBe(0);
  }
}

async function objectOf(type: ResourceType, namespace: string, name: string): Promise<KubeObject> {
  const found = await api.get(type, { namespace, name });
  if (found === null) throw new Error(`there is no ${type.kind} "${namespace}/${name}"`);
  return found;
}

function custom(kind: string, plural: string, isNamespaced = true): ResourceType {
  return { apiVersion: `${project.prefix}.example.com/v1`, kind, plural, isNamespaced };
}

async function define(...types: readonly ResourceType[]): Promise<void> {
  const definitions = types.map(({ apiVersion, kind, plural, isNamespaced }) => {
    const [group = '', name] = apiVersion.split('/');
    const schema = { openAPIV3Schema: { type: 'object' } };
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: isNamespaced ? 'Namespaced' : 'Cluster',
        names: { kind, plural },
        versions: [{ name, served: true, storage: true, schema }],
      },
    };
  });
  await applyObjects(kubectl, definitions);
  for (const { metadata } of definitions) {
    const wait = ['wait', '--for=condition=Established', '--timeout=60s'];
    await kubectl([...wait, `crd/${metadata.name}`]);
  }
}

describe('an exposed component', () => {
  it('has an Ingress of its own host, with a copy of the wildcard certificate', async () => {
    const files = ['key', 'crt'].map((name) => join(project.folder, `tls.${name}`));
    const [key = '', certificate = ''] = files;
    const subject = ['-subj', `/CN=*.${DOMAIN}`, '-addext', `subjectAltName=DNS:*.${DOMAIN}`];
    const output = ['-keyout', key, '-out', certificate];
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...output]);
    const create = ['create', 'secret', 'tls', 'wildcard', '-n', project.controlNamespace];
    await kubectl([...create, `--cert=${certificate}`, `--key=${key}`]);
    const text = await readFile(certificate, 'utf8');
    await Promise.all(files.map((file) => rm(file)));
    const exposure = { kind: 'ingress', className: 'public', tls: { secret: 'wildcard' } };
    await inEnvironment(
      'tls',
      { exposure, ingressNamespaces: [edge] },
      async (environment, namespace, up) => {
        const host = `${environment}--web.${DOMAIN}`;
        expect(up.stdout).toContain(`https://${host}`);
        const ingress = await objectOf(RESOURCE_TYPES.ingress, namespace, 'web');
        expect(ingress).toMatchObject({
          spec: {
            ingressClassName: 'public',
            tls: [{ hosts: [host], secretName: 'wildcard' }],
            rules: [
              {
                host,
                http: {
                  paths: [
                    { path: '/', backend: { service: { name: 'web', port: { number: 8080 } } } },
                  ],
                },
              },
            ],
          },
        });
        const copy = await objectOf(RESOURCE_TYPES.secret, namespace, 'wildcard');
        const data = copy['data'] as Readonly<Record<string, string>>;
        expect(copy['type']).toBe('kubernetes.io/tls');
        expect(Buffer.from(data['tls.crt'] ?? '', 'base64').toString()).toBe(text);
        expect(new X509Certificate(text).checkHost(host)).toBe(`*.${DOMAIN}`);
        // Who serves it comes through; who lives elsewhere does not.
        expect(await callFrom(edge, `web.${namespace}.svc.cluster.local`, 60)).toBe('web');
        expect(await callFrom('default', `web.${namespace}.svc.cluster.local`, 3)).toBeNull();
      },
    );
  }, 400_000);

  it('is refused before anything is created when the wildcard certificate is not there', async () => {
    await project.settings({ exposure: { kind: 'ingress', tls: { secret: 'nowhere' } } });
    const branch = project.branch('untold', 'web');
    const up = await offshoot(project, testKubeconfig(), 'up', branch);
    expect(up.code, `it said ${up.stderr}`).toBe(2);
    expect(up.stderr).toContain('SECRET_MISSING');
    expect(up.stderr).toContain('nowhere');
    const name = `${project.prefix}-${branch}`;
    expect(await api.get(RESOURCE_TYPES.namespace, { name })).toBeNull();
  });

  it('has an Ingress that asks an issuer for a certificate', async () => {
    const tls = { issuer: 'letters', annotation: 'issuers.example.com/name' };
    await inEnvironment(
      'issuer',
      { exposure: { kind: 'ingress', tls } },
      async (environment, namespace) => {
        const ingress = await objectOf(RESOURCE_TYPES.ingress, namespace, 'web');
        expect(ingress.metadata.annotations).toMatchObject({
          'issuers.example.com/name': 'letters',
        });
        expect(ingress).toMatchObject({
          spec: { tls: [{ hosts: [`${environment}--web.${DOMAIN}`], secretName: 'web--tls' }] },
        });
      },
    );
  }, 400_000);

  it('has an HTTPRoute, and is ready when its Gateway has accepted that', async () => {
    const remove = await installGatewayApi(kubectl);
    const gateway = { namespace: edge, name: 'public' };
    await applyObjects(kubectl, [
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        metadata: gateway,
        spec: {
          gatewayClassName: 'stand-in',
          listeners: [
            {
              name: 'http',
              port: 80,
              protocol: 'HTTP',
              allowedRoutes: { namespaces: { from: 'All' } },
            },
          ],
        },
      },
    ]);
    const end = new AbortController();
    const accepting = acceptRoutes(gateway, end.signal);
    try {
      await inEnvironment(
        'route',
        { exposure: { kind: 'gateway', gateway } },
        async (environment, namespace, up) => {
          expect(up.stdout).toContain(`http://${environment}--web.${DOMAIN}`);
          expect(await objectOf(RESOURCE_TYPES.httpRoute, namespace, 'web')).toMatchObject({
            spec: {
              parentRefs: [gateway],
              hostnames: [`${environment}--web.${DOMAIN}`],
              rules: [{ backendRefs: [{ name: 'web', port: 8080 }] }],
            },
            status: { parents: [{ controllerName: 'example.com/stand-in' }] },
          });
        },
      );
    } finally {
      end.abort();
      await accepting;
      await remove();
    }
  }, 400_000);
});

/** What the Gateway's own controller would write. */
async function acceptRoutes(parentRef: object, signal: AbortSignal): Promise<void> {
  const condition = (type: string, generation: number): object => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    observedGeneration: generation,
    lastTransitionTime: new Date().toISOString(),
  });
  while (!signal.aborted) {
    const { items } = await api.list(RESOURCE_TYPES.httpRoute).catch(() => ({ items: [] }));
    for (const { metadata, ...route } of items) {
      if (!metadata.name.startsWith('web') || route['status'] !== undefined) continue;
      const conditions = ['Accepted', 'ResolvedRefs'].map((type) =>
        condition(type, metadata.generation ?? 1),
      );
      const parent = { parentRef, controllerName: 'example.com/stand-in', conditions };
      await api
        .patch(
          RESOURCE_TYPES.httpRoute,
          { namespace: metadata.namespace ?? '', name: metadata.name },
          { status: { parents: [parent] } },
          { subresource: 'status' },
        )
        .catch(() => null);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** What a pod of this namespace hears from port 8080 of a host; null when nothing answers that many times. */
async function callFrom(namespace: string, host: string, times: number): Promise<string | null> {
  const name = `${project.prefix}-caller`;
  const call = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 8 nc -w 4 ${host} 8080`;
  // Who enforces policies hears of a new pod a little after it runs.
  const script = `for i in $(seq ${times}); do ${call} && break; sleep 1; done; echo; echo END`;
  const image = ['--image=offshoot.test/busybox:1', '--image-pull-policy=Never'];
  const where = ['-n', namespace];
  await kubectl(['run', name, ...where, ...image, '--restart=Never', '--', 'sh', '-c', script]);
  const said = await waitFor(
    `the caller in "${namespace}" has ended`,
    async () => {
      const text = await kubectl(['logs', name, ...where]).catch(() => '');
      return text.includes('END') ? text : null;
    },
    BOUND_MS,
  );
  await kubectl(['delete', 'pod', name, ...where, '--grace-period=0', '--force']);
  const [head = '', body] = said.replaceAll('\r', '').split('\n\n');
  return head.includes(' 200 ') && body !== undefined ? (body.split('\n')[0] ?? '') : null;
}

describe('the template of environments', () => {
  it("puts labels, annotations and objects of any kind into every environment's namespace", async () => {
    const quay = custom('Quay', 'quays');
    await define(quay);
    const group = 'rbac.authorization.k8s.io';
    const template = {
      labels: { 'example.com/cost': 'tests' },
      annotations: { 'example.com/contact': 'platform' },
      objects: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'company', labels: { purpose: 'trust' } },
          data: { 'ca.crt': 'certificate' },
        },
        {
          apiVersion: `${group}/v1`,
          kind: 'Role',
          metadata: { name: 'looking' },
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        },
        {
          apiVersion: `${group}/v1`,
          kind: 'RoleBinding',
          metadata: { name: 'looking' },
          roleRef: { apiGroup: group, kind: 'Role', name: 'looking' },
          subjects: [{ apiGroup: group, kind: 'Group', name: 'developers' }],
        },
        { apiVersion: quay.apiVersion, kind: 'Quay', metadata: { name: 'north' } },
      ],
    };
    const settings = { exposure: { kind: 'none' }, environments: { template } };
    await inEnvironment('template', settings, async (environment, namespace) => {
      const { metadata } = await objectOf(RESOURCE_TYPES.namespace, '', namespace);
      expect(metadata.labels).toMatchObject(template.labels);
      expect(metadata.annotations).toMatchObject(template.annotations);
      expect(await objectOf(RESOURCE_TYPES.configMap, namespace, 'company')).toMatchObject({
        metadata: { labels: { purpose: 'trust', 'offshoot.dev/environment': environment } },
        data: { 'ca.crt': 'certificate' },
      });
      const can = ['auth', 'can-i', 'get', 'pods', '--as=somebody', '--as-group=developers'];
      expect(await kubectl([...can, '-n', namespace])).toBe('yes\n');
      await objectOf(quay, namespace, 'north');

      await kubectl(['delete', 'rolebinding', 'looking', '-n', namespace]);
      await kubectl(['delete', `quays.${project.prefix}.example.com`, 'north', '-n', namespace]);
      const again = await offshoot(project, testKubeconfig(), 'up', environment);
      expect(again.code, `it said ${again.stderr}`).toBe(0);
      expect(await kubectl([...can, '-n', namespace])).toBe('yes\n');
      await objectOf(quay, namespace, 'north');
    });
    await kubectl(['delete', 'crd', `quays.${project.prefix}.example.com`]);
  }, 400_000);

  it.each([
    [
      'in another namespace',
      [{ ...CONFIG_MAP, metadata: { name: 'x', namespace: 'default' } }],
      ['the key "namespace" is not known'],
    ],
    [
      'for the whole cluster, of a kind that is not served, or in the place of its own',
      [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
        { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: 'x' } },
        { kind: 'Realm', metadata: { name: 'x' } },
        { kind: 'Nothing', metadata: { name: 'x' } },
        policy('offshoot'),
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
        { ...CONFIG_MAP, metadata: { name: 'first' } },
      ],
      [
        'Namespace "x"',
        'ClusterRole "x"',
        'Realm "x"',
        'Nothing "x"',
        'NetworkPolicy "offshoot"',
        'Service "web"',
        'ConfigMap "first"',
      ],
    ],
  ])(
    'can add nothing %s: it is refused before anything is created',
    async (_, added, named) => {
      const realm = custom('Realm', 'realms', false);
      await define(realm);
      const first = { ...CONFIG_MAP, metadata: { name: 'first' } };
      const wrong = added.map((object) => ({ apiVersion: realm.apiVersion, ...object }));
      const template = { objects: [first, ...wrong] };
      await project.settings({ exposure: { kind: 'none' }, environments: { template } });
      const branch = project.branch('escape', 'web');
      const up = await offshoot(project, testKubeconfig(), 'up', branch);
      await kubectl(['delete', 'crd', `realms.${project.prefix}.example.com`]);
      expect(up.code, `it said ${up.stderr}`).toBe(2);
      expect(up.stderr).toContain('PROJECT_INVALID');
      for (const name of named) expect(up.stderr).toContain(name);
      const name = `${project.prefix}-${branch}`;
      expect(await api.get(RESOURCE_TYPES.namespace, { name })).toBeNull();
      expect(
        await api.get(RESOURCE_TYPES.configMap, { namespace: 'default', name: 'x' }),
      ).toBeNull();
    },
    400_000,
  );
});

function policy(name: string): Readonly<Record<string, unknown>> {
  const spec = { podSelector: {}, egress: [{}], policyTypes: ['Egress'] };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec };
}
