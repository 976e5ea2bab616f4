import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
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
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec?: { readonly template?: { readonly spec: PodSpec } } & Partial<PodSpec>;
}

interface PodSpec {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Readonly<Record<string, unknown>>[];
}

async function objects(values: object): Promise<readonly Manifest[]> {
  const documents = parseAllDocuments(await template(values));
  return documents.flatMap((document) => (document.toJS() as Manifest | null) ?? []);
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
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  doctor: { image: 'registry.example/shop/cart:main' },
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
    expect(pods).toHaveLength(3);
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

  it.each([
    ['no image', {}, 'image.repository says where'],
    ['an unknown value', { image: IMAGE, replicas: 3 }, "'replicas' not allowed"],
    ['an unknown setting', withSpec({ ttll: '2h' }), "'ttll' not allowed"],
    ['a setting that the chart decides', withSpec({ engine: 'embedded' }), "'engine' not allowed"],
    ['a wrong type', { image: IMAGE, controller: { replicas: 'two' } }, '/controller/replicas'],
    ['no controller', { image: IMAGE, controller: { replicas: 0 } }, '/controller/replicas'],
    ['a bad prefix', withSpec({ prefix: 'Not A Label' }), '/project/spec/prefix'],
    ['a server without a catalog', { image: IMAGE, server: { enabled: true } }, 'server.catalog'],
  ])('refuses %s', async (_, values, words) => {
    await expect(template(values)).rejects.toThrow(words);
  });
});

function withSpec(spec: object): object {
  return { image: IMAGE, project: { name: 'shop', spec } };
}
