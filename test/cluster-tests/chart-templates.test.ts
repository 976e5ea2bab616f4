import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { carrierRights, type Right } from '../../src/adapters/kubernetes/preflight/rights.ts';
import { DEFAULT_CLUSTER_CHOICES, type ClusterChoices } from '../../src/application/project.ts';
import { run } from '../cluster/commands.ts';
import { ensureHelm } from '../cluster/helm.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts';

/** What Helm makes of the chart, and which values it refuses. Needs no cluster, but Helm. */

const CHART = new URL('../../charts/offshoot', import.meta.url).pathname;
const GOLDEN = '../golden/chart';
const IMAGE = { repository: 'registry.example/offshoot' };

let helm: string;
let folder: TemporaryFolder;
beforeAll(async () => {
  helm = await ensureHelm();
  folder = await temporaryFolder();
}, 900_000);
afterAll(() => folder.remove());

async function template(values: object): Promise<string> {
  const file = join(folder.path, 'values.json');
  await writeFile(file, JSON.stringify(values));
  const where = ['--namespace', 'offshoot-system', '--kube-version', '1.34.0'];
  return await run(helm, ['template', 'offshoot', CHART, '--values', file, ...where]);
}

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: { readonly spec: PodSpec } } & Partial<PodSpec>;
  readonly rules?: readonly Rule[];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Readonly<Record<string, unknown>>[];
}

async function objects(values: object): Promise<readonly Manifest[]> {
  const documents = parseAllDocuments(await template(values));
  return documents.flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

async function namesOf(kind: string, values: object): Promise<readonly string[]> {
  const all = await objects(values);
  return all.filter((object) => object.kind === kind).map(({ metadata: { name } }) => name);
}

const EVERYTHING = {
  image: { ...IMAGE, digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: ['registry'],
  project: {
    name: 'shop',
    spec: {
      domain: 'test.example',
      exposure: { kind: 'ingress', className: 'nginx' },
      capture: { tapImage: 'registry.example/tap:1' },
    },
  },
  controller: {
    env: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example' }],
    podLabels: { team: 'platform' },
    nodeSelector: { pool: 'system' },
    tolerations: [{ key: 'system', operator: 'Exists' }],
  },
  server: {
    enabled: true,
    catalog: { configMap: 'catalog' },
    git: { sshSecret: 'git-ssh', credentialsSecret: 'git-https' },
  },
  rbac: {
    extraRules: [{ apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['patch'] }],
  },
  networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] },
  baselineCapture: { enabled: true, namespaces: ['payments', 'shop'], nodeCidrs: ['10.0.0.0/8'] },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  doctor: { image: 'registry.example/shop/cart:main' },
};

/** With environments at the nodes, of another prefix than the usual one. */
const AT_NODES = {
  image: IMAGE,
  project: { name: 'shop', spec: { prefix: 'eph', capture: { mode: 'nodes' } } },
  baselineCapture: {
    enabled: true,
    environments: true,
    tapImage: 'tap:1',
    nodeCidrs: ['10.0.0.0/8'],
  },
};

describe('the chart', () => {
  it('makes few objects of few values', async () => {
    await expect(await template({ image: IMAGE })).toMatchFileSnapshot(
      `${GOLDEN}/defaults.snap.yaml`,
    );
  });

  it('makes all of its objects of all of its values', async () => {
    await expect(await template(EVERYTHING)).toMatchFileSnapshot(`${GOLDEN}/everything.snap.yaml`);
  });

  it('gives every object the recommended labels', async () => {
    const all = await objects(EVERYTHING);
    expect(all.length).toBeGreaterThan(15);
    const names = ['name', 'instance', 'version', 'part-of', 'managed-by'];
    for (const { kind, metadata } of all) {
      for (const name of names) {
        expect(metadata.labels, `${kind} ${metadata.name}`).toHaveProperty([
          `app.kubernetes.io/${name}`,
        ]);
      }
    }
  });

  it('runs nothing as root, nothing on a writable root, nothing with a capability', async () => {
    const pods = (await objects(EVERYTHING)).flatMap(({ kind, spec }) => {
      if (kind === 'Deployment') return spec?.template?.spec ?? [];
      return kind === 'Pod' ? [spec as PodSpec] : [];
    });
    expect(pods).toHaveLength(4);
    for (const { securityContext, containers } of pods) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of containers) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: {}, limits: { memory: expect.any(String) as string } },
        });
      }
    }
  });

  it('asks every container that stays whether it has begun, lives and is ready', async () => {
    const deployments = (await objects(EVERYTHING)).filter(({ kind }) => kind === 'Deployment');
    const containers = deployments.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
    expect(containers.map(({ name }) => name)).toEqual(['analyser', 'controller', 'server']);
    for (const container of containers) {
      const isAnalyser = container['name'] === 'analyser';
      const port = isAnalyser ? 'calls' : 'metrics';
      const probe = (path: string): object => ({ httpGet: { path, port } });
      expect(container).toMatchObject({
        startupProbe: { ...probe('/healthz'), periodSeconds: 1 },
        livenessProbe: probe('/healthz'),
        readinessProbe: probe(isAnalyser ? '/healthz' : '/readyz'),
      });
    }
  });

  it('keeps one of several controllers through a disruption, and holds up none where one is all', async () => {
    const kind = 'PodDisruptionBudget';
    expect(await namesOf(kind, { image: IMAGE })).toEqual(['offshoot-controller']);
    expect(await namesOf(kind, { image: IMAGE, controller: { replicas: 1 } })).toEqual([]);
    const off = { image: IMAGE, podDisruptionBudget: { enabled: false } };
    expect(await namesOf(kind, off)).toEqual([]);
  });

  it('lets each of its pods be called for health and metrics only, by its nodes, or by nobody', async () => {
    const policies = (await objects(EVERYTHING)).filter(({ kind }) => kind === 'NetworkPolicy');
    const health = [
      { ports: [{ protocol: 'TCP', port: 7401 }], from: [{ namespaceSelector: {} }] },
    ];
    const nodes = [{ ipBlock: { cidr: '10.0.0.0/8' } }];
    expect(policies.map(({ metadata, spec }) => [metadata.name, spec])).toMatchObject([
      [
        'offshoot-baseline-analyser',
        { policyTypes: ['Ingress', 'Egress'], ingress: [{ from: nodes }] },
      ],
      ['offshoot-controller', { policyTypes: ['Ingress', 'Egress'], ingress: health }],
      ['offshoot-doctor', { policyTypes: ['Ingress', 'Egress'], ingress: [] }],
      ['offshoot-server', { policyTypes: ['Ingress', 'Egress'], ingress: health }],
    ]);
    const off = { image: IMAGE, networkPolicy: { enabled: false } };
    expect(await namesOf('NetworkPolicy', off)).toEqual([]);
  });

  it('is watched by Prometheus only where that is switched on', async () => {
    expect(await namesOf('ServiceMonitor', { image: IMAGE })).toEqual([]);
    expect(await namesOf('ServiceMonitor', EVERYTHING)).toEqual(['offshoot']);
  });

  it('captures the baseline at the nodes only where that is switched on, with one right', async () => {
    expect(await namesOf('DaemonSet', { image: IMAGE })).toEqual([]);
    const all = await objects(EVERYTHING);
    const tap = all.find(({ kind }) => kind === 'DaemonSet')?.spec?.template?.spec;
    expect(tap).toMatchObject({ hostNetwork: true, automountServiceAccountToken: false });
    expect(tap?.containers).toMatchObject([
      {
        image: 'registry.example/tap:1',
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
        },
      },
    ]);
  });

  it("lets the baseline's analyser look at pods of its namespaces, and at nothing else", async () => {
    const all = await objects(EVERYTHING);
    const roles = all.filter(
      ({ kind, metadata: { name } }) => kind === 'Role' && name === 'offshoot-baseline-analyser',
    );
    expect(roles.map(({ metadata: { namespace } }) => namespace)).toEqual(['payments', 'shop']);
    for (const { rules } of roles) {
      expect(rules).toEqual([
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      ]);
    }
  });

  it('captures environments at the nodes where the project says so, and may then look at all pods', async () => {
    const all = await objects(AT_NODES);
    const looking = all.filter(({ metadata: { name } }) => name.endsWith('baseline-analyser'));
    const roles = looking.filter(({ rules }) => rules !== undefined);
    expect(roles.map(({ kind, rules }) => [kind, rules])).toEqual([
      ['ClusterRole', [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }]],
    ]);
    const told = looking.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
    expect(told.map(({ args }) => args)).toEqual([['tap', '--environments', 'eph']]);
    const both = { ...AT_NODES.baselineCapture, namespaces: ['payments'] };
    const [analyser] = (await objects({ ...AT_NODES, baselineCapture: both })).flatMap(
      ({ spec }) => spec?.template?.spec.containers.filter(({ name }) => name === 'analyser') ?? [],
    );
    const words = 'tap --baseline payments --environments eph';
    expect(analyser?.['args']).toEqual(words.split(' '));
  });

  it('tells the project by what environments are captured, and of a baseline only where there is one', async () => {
    const projectOf = async (values: object): Promise<string> => {
      const documents = (await template(values)).split('\n---\n');
      return documents.find((text) => text.includes('kind: Project')) ?? '';
    };
    const told = await projectOf(AT_NODES);
    expect(told).toContain('mode: nodes');
    expect(told).toContain('tapImage: tap:1');
    expect(told).not.toContain('baseline: true');
    expect(await projectOf(EVERYTHING)).toContain('baseline: true');
  });

  it('gives no rights where the administrator does', async () => {
    const all = await objects({ image: IMAGE, rbac: { create: false } });
    expect(all.filter(({ kind }) => /Role/u.test(kind))).toEqual([]);
  });

  it.each([
    ['few', { image: IMAGE }],
    ['all', EVERYTHING],
  ])(
    'has nothing that Helm would rather have otherwise, with %s of its values',
    async (_, values) => {
      const file = join(folder.path, 'lint.json');
      await writeFile(file, JSON.stringify(values));
      const told = await run(helm, ['lint', '--strict', CHART, '--values', file]);
      expect(told).toContain('0 chart(s) failed');
      expect(told).not.toMatch(/\[(?:WARNING|ERROR)\]/u);
    },
  );

  it.each<[string, object, Partial<ClusterChoices>]>([
    ['no addresses and no capture', {}, {}],
    ['an ingress', { exposure: { kind: 'ingress' } }, { exposure: exposedBy('ingress') }],
    [
      'a gateway and capture',
      { exposure: { kind: 'gateway' }, capture: { tapImage: 'tap:1' } },
      {
        exposure: exposedBy('gateway'),
        capture: { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' },
      },
    ],
    [
      'spans alone',
      { capture: { mode: 'otlp' } },
      { capture: { mode: 'otlp', image: 'offshoot:1' } },
    ],
    ['nodes', { capture: { mode: 'nodes' } }, { capture: { mode: 'nodes', tapImage: 'tap:1' } }],
    ['no capture by choice', { capture: { mode: 'off', tapImage: 'tap:1' } }, {}],
  ])('gives the rights that the doctor asks for, and no others: %s', async (_, spec, choices) => {
    const isAtNodes = choices.capture?.mode === 'nodes';
    const { baselineCapture } = AT_NODES;
    const all = await objects({ ...withSpec(spec), ...(isAtNodes ? { baselineCapture } : {}) });
    const rights = carrierRights({ ...DEFAULT_CLUSTER_CHOICES, ...choices });
    const wanted = (where: Right['where']): readonly string[] =>
      rights
        .filter((right) => right.where === where)
        .map(({ verb, group, resource, objectName }) =>
          [verb, group, resource, objectName ?? '*'].join(' '),
        );
    const everywhere = new Set(granted(all, 'ClusterRole', 'offshoot-system:offshoot'));
    const control = new Set(granted(all, 'Role', 'offshoot'));
    expect([...everywhere].toSorted()).toEqual([...new Set(wanted('everywhere'))].toSorted());
    // What is allowed everywhere is not said again.
    expect([...control].toSorted()).toEqual(
      wanted('control')
        .filter((right) => !everywhere.has(right))
        .toSorted(),
    );
  });

  it.each([
    ['no image', {}, 'image.repository says where'],
    ['an unknown value', { image: IMAGE, replicas: 3 }, "'replicas' not allowed"],
    ['an unknown setting', withSpec({ ttll: '2h' }), "'ttll' not allowed"],
    ['a setting that the chart decides', withSpec({ engine: 'embedded' }), "'engine' not allowed"],
    ['a wrong type', { image: IMAGE, controller: { replicas: 'two' } }, '/controller/replicas'],
    ['no controller', { image: IMAGE, controller: { replicas: 0 } }, '/controller/replicas'],
    ['a bad prefix', withSpec({ prefix: 'Not A Label' }), '/project/spec/prefix'],
    ['a server without a catalog', { image: IMAGE, server: { enabled: true } }, 'server.catalog'],
    ['nobody to capture', beyond({ namespaces: [] }), 'baselineCapture.namespaces'],
    ['nodes whom nobody asks', beyond({ environments: true }), 'mode: nodes'],
    ['nodes that capture nothing', withSpec({ capture: { mode: 'nodes' } }), '.environments'],
    ['packets from anywhere', beyond({ nodeCidrs: [] }), 'baselineCapture.nodeCidrs'],
    [
      'a baseline that is captured alone',
      { ...beyond({}), project: { name: 'shop', spec: {} } },
      'project.spec.capture',
    ],
    [
      'a capturer without an image',
      { ...beyond({}), project: { name: 'shop', spec: { capture: { mode: 'otlp' } } } },
      'baselineCapture.tapImage',
    ],
  ])('refuses %s', async (_, values, words) => {
    await expect(template(values)).rejects.toThrow(words);
  });
});

function exposedBy(kind: 'ingress' | 'gateway'): ClusterChoices['exposure'] {
  return { ...DEFAULT_CLUSTER_CHOICES.exposure, kind };
}

/** `get apps deployments *`, the last for which names. */
function granted(all: readonly Manifest[], kind: string, name: string): readonly string[] {
  const role = all.find((object) => object.kind === kind && object.metadata.name === name);
  return (role?.rules ?? []).flatMap(({ apiGroups, resources, resourceNames = ['*'], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((objectName) =>
          verbs.map((verb) => [verb, group, resource, objectName].join(' ')),
        ),
      ),
    ),
  );
}

function beyond(more: object): object {
  const { image, project, baselineCapture } = EVERYTHING;
  return { image, project, baselineCapture: { ...baselineCapture, ...more } };
}

function withSpec(spec: object): object {
  return { image: IMAGE, project: { name: 'shop', spec } };
}
