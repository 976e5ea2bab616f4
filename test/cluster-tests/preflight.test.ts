import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { personalRights, type Right } from '../../src/adapters/kubernetes/preflight/rights.ts';
import type { Finding } from '../../src/application/ports/doctor.ts';
import { DEFAULT_CLUSTER_CHOICES } from '../../src/application/project.ts';
import { namespaceOf } from '../../src/domain/naming/names.ts';
import { ensureCluster, type TestCluster } from '../cluster/cluster.ts';
import { clusterFiles } from '../cluster/files.ts';
import { clusterNumbers } from '../cluster/numbers.ts';
import { end } from '../cluster/processes.ts';
import { offshoot, type Ran } from './faults/command.ts';
import { answers, runs, testProject, type TestProject } from './faults/project.ts';
import { endOf, refusedRights, rightOf, usesOf, type Use } from './support/audit.ts';
import { personWith, type Person } from './support/person.ts';
import { SOMETIMES_USED, UNUSED_BY_PEOPLE } from './support/unused-rights.ts';

/** What `up` and the doctor find out before anything is made, and with which rights everything is made then. */

const BUSYBOX = 'offshoot.test/busybox:1';
const EXPOSURE = { kind: 'ingress', className: 'public' } as const;
const SUITE = {
  apiVersion: 'offshoot.dev/v1alpha1',
  kind: 'TestSuite',
  metadata: { name: 'look' },
  spec: {
    image: BUSYBOX,
    entry: 'web',
    command: ['sh', '-c', 'wget -q -O /dev/null "$OFFSHOOT_ENTRY_URL"'],
  },
};

let cluster: TestCluster;
let api: KubeApi;
let project: TestProject;

beforeAll(async () => {
  const { OFFSHOOT_TEST_KUBECONFIG: _, ...own } = process.env;
  const isNamed = process.env['OFFSHOOT_TEST_REGISTRY'] !== undefined;
  cluster = await ensureCluster({ environment: isNamed ? process.env : own });
  api = openKubeApi({ kubeconfig: cluster.kubeconfig });
  project = await testProject(
    {
      web: { ...answers('web'), expose: true, dependencies: ['api', 'schema'] },
      api: { ...answers('api') },
      schema: { type: 'job', ...runs('echo schema') },
      here: { ...answers('here'), image: `${cluster.registry}/absent:1` },
      there: { ...answers('there'), image: `${cluster.registryInCluster}/absent:1` },
    },
    { exposure: EXPOSURE },
  );
  await writeFile(join(project.folder, 'catalog', 'look.yaml'), JSON.stringify(SUITE));
  // It makes the control namespace.
  await asAdministrator('list');
});
afterAll(async () => {
  await api.delete(RESOURCE_TYPES.namespace, { name: project.controlNamespace });
  await api.close();
  await project.remove();
});

async function asAdministrator(...args: readonly string[]): Promise<Ran> {
  return await offshoot(project, cluster.kubeconfig, ...args);
}

async function findings(image: string): Promise<readonly Finding[]> {
  const { stdout, stderr } = await asAdministrator('doctor', '--image', image, '-o', 'json');
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { readonly findings: readonly Finding[] }).findings;
}

function found(all: readonly Finding[], check: string): Finding | undefined {
  return all.find((finding) => finding.check === check);
}

/** As the project's control namespace remembers it. */
async function remembered(): Promise<string> {
  const ref = { namespace: project.controlNamespace, name: 'offshoot-preflight' };
  return JSON.stringify((await api.get(RESOURCE_TYPES.configMap, ref))?.['data'] ?? null);
}

async function namespaceIsThere(branch: string): Promise<boolean> {
  const name = namespaceOf(project.prefix, branch);
  return (await api.get(RESOURCE_TYPES.namespace, { name })) !== null;
}

describe('the doctor', { timeout: 600_000 }, () => {
  it('sees pods kept apart where policies are enforced, and not where nobody enforces them', async () => {
    expect(found(await findings(BUSYBOX), 'network policies')).toMatchObject({ outcome: 'pass' });
    await end(clusterFiles(clusterNumbers()), 'network-policy');
    try {
      expect(found(await findings(BUSYBOX), 'network policies')).toMatchObject({
        outcome: 'fail',
        code: 'NETWORK_POLICY_NOT_ENFORCED',
        message:
          'a pod that may call nobody reached another, and a pod that nobody may call was reached',
      });
    } finally {
      await ensureCluster({ environment: { ...process.env, OFFSHOOT_TEST_KUBECONFIG: '' } });
    }
    expect(found(await findings(BUSYBOX), 'network policies')).toMatchObject({ outcome: 'pass' });
  });

  it('says of every line that is not well what it costs and how to mend it', async () => {
    const all = await findings(`${cluster.registry}/absent:1`);
    expect(all.length).toBeGreaterThan(10);
    for (const { check, outcome, costs, remedy } of all) {
      const isWell = outcome === 'pass';
      expect([check, isWell || costs !== null, isWell || remedy !== null]).toEqual([
        check,
        true,
        true,
      ]);
    }
    expect(found(all, 'images')).toMatchObject({ outcome: 'fail', code: 'IMAGE_PULL_FAILED' });
    expect(found(all, 'capture')).toMatchObject({ outcome: 'pass' });
    expect(found(all, 'resource definitions')).toMatchObject({ outcome: 'pass' });
    expect(found(all, 'exposure')).toMatchObject({ outcome: 'warn' });
    const clocks = all.filter(({ check }) => check === 'clocks');
    expect(clocks.map(({ message }) => message.replace(/ agrees.*/u, ''))).toEqual([
      'this machine',
      expect.stringMatching(/^node "/u),
      `the registry of "${cluster.registry}/absent:1"`,
    ]);
  });

  it('leaves no namespace behind', async () => {
    const { items } = await api.list(RESOURCE_TYPES.namespace, {
      labelSelector: 'offshoot.dev/probe',
    });
    const left = items.filter(({ metadata }) => metadata.name.startsWith(`${project.prefix}-`));
    expect(left.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
  });
});

describe('`up`', { timeout: 600_000 }, () => {
  it.each(['here', 'there'])(
    'makes nothing of an image that is not there, asked %s',
    async (component) => {
      const branch = project.branch(component, component);
      const ran = await asAdministrator('up', branch);
      expect(ran.stderr).toContain('IMAGE_PULL_FAILED');
      expect(ran.code).toBe(4);
      expect(await namespaceIsThere(branch)).toBe(false);
    },
  );

  it('does not try again what is remembered', async () => {
    const before = await remembered();
    expect(before).toContain('network policies');
    const branch = project.branch('again', 'api');
    expect(await asAdministrator('up', branch)).toMatchObject({ code: 0 });
    const known = (text: string): string => /"findings.*?\]/u.exec(text)?.[0] ?? text;
    expect(known(await remembered())).toBe(known(before));
    expect(await asAdministrator('down', branch)).toMatchObject({ code: 0 });
  });

  it('makes nothing for somebody without rights, and names those', async () => {
    const person = await somebody((right) => right.need === 'ask');
    try {
      const branch = project.branch('forbid', 'api');
      const ran = await offshoot(project, person.kubeconfig, 'up', branch);
      expect(ran.stderr).toMatch(/CLUSTER_FORBIDDEN.*you may not:.*create.* deployments\.apps/su);
      expect(ran.code).toBe(5);
      expect(await namespaceIsThere(branch)).toBe(false);
    } finally {
      await person.remove();
    }
  });
});

describe('somebody with the rights that the doctor asks for', { timeout: 900_000 }, () => {
  it('can do everything, and needs each of them', async () => {
    const { auditLog } = cluster;
    if (auditLog === null) throw new Error('a cluster that is named has no audit log to read');
    const fromByte = await endOf(auditLog);
    const person = await somebody(() => true);
    try {
      const branch = project.branch('person', 'api');
      for (const args of [
        ['up', branch],
        ['status', branch],
        ['logs', branch, 'api'],
        ['exec', branch, 'api', '--', 'true'],
        ['test', branch],
        ['report', branch],
        ['up', branch, '--include', 'web'],
        ['down', branch],
      ]) {
        const ran = await offshoot(project, person.kubeconfig, ...args);
        expect({ args, code: ran.code, stderr: ran.stderr }).toMatchObject({ args, code: 0 });
      }
      const uses = await usesOf(auditLog, { fromByte, namespace: person.namespace });
      expect(refusedRights(uses, namespaceOf(project.prefix, branch))).toEqual([]);
      const used = new Set(uses.flatMap(rightsUsed));
      const idle = new Set(rightsOfPeople().map(nameOf))
        .difference(used)
        .difference(SOMETIMES_USED);
      expect([...idle].toSorted()).toEqual(Object.keys(UNUSED_BY_PEOPLE).toSorted());
    } finally {
      await person.remove();
    }
  });
});

function rightsOfPeople(): readonly Right[] {
  const exposure = { ...DEFAULT_CLUSTER_CHOICES.exposure, ...EXPOSURE };
  return personalRights({ ...DEFAULT_CLUSTER_CHOICES, exposure });
}

async function somebody(has: (right: Right) => boolean): Promise<Person> {
  const place = { kubeconfig: cluster.kubeconfig, file: join(project.folder, 'person.kubeconfig') };
  const { controlNamespace } = project;
  return await personWith(api, place, { rights: rightsOfPeople().filter(has), controlNamespace });
}

function nameOf({ verb, group, resource }: Right): string {
  return rightOf(verb, group, resource);
}

/** An apply that made something needs the right to create, which the log does not say. */
function rightsUsed({ right, status }: Use): readonly string[] {
  const isCreation = status === 201 && right.startsWith('patch ');
  return isCreation ? [right, right.replace('patch ', 'create ')] : [right];
}
