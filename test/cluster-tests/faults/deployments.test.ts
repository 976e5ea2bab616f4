import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type {
  KubeObject,
  ResourceType,
} from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import type { TaskStatus } from '../../../src/domain/plan/plan.ts';
import { testKubeconfig } from '../support/test-cluster.ts';
import { offshoot } from './command.ts';
import { openWisher, type Wisher } from './installation.ts';
import { answers, runs, testProject, type Specs, type TestProject } from './project.ts';

/**
 * What a person sees of deployments that cannot work, on a node that really runs them: `offshoot up` ends with
 * the exit code that says whose fault it is, and the status names the Task, the code and the evidence.
 */

const DENIED = 'faults-are-denied';
/** It was there when preflight looked. */
const ABSENT = 'registry.offshoot.test/faults/absent:1';
const READY_SOON = { readiness: { timeout: '8s' } };

/** Each of them alone in an environment of its own. */
const COMPONENTS: Specs = {
  fine: answers('fine'),
  unpulled: { ...answers('unpulled'), image: ABSENT },
  crashing: { type: 'worker', ...runs('echo words of the crash; exit 7') },
  silent: {
    ...answers('silent'),
    ...runs('echo words before silence; sleep 600 & wait'),
    ...READY_SOON,
  },
  graceful: {
    ...answers('graceful'),
    container: {
      command: [
        'sh',
        '-c',
        `trap "exit 0" TERM; mkdir -p /tmp/www; httpd -f -p 8080 -h /tmp/www & wait`,
      ],
    },
    readiness: { timeout: '8s', http: '/absent' },
  },
  unready: { ...answers('unready'), readiness: { timeout: '8s', http: '/absent' } },
  nonsense: { type: 'worker', ...runs(''), container: { command: ['/no/such/program'] } },
  greedy: { ...answers('greedy'), resources: { cpu: '900', memory: '16Mi' } },
  crowd: { ...answers('crowd'), replicas: 3 },
  hungry: {
    type: 'worker',
    ...runs('tail /dev/zero'),
    resources: { cpu: '5m', memory: '16Mi', limits: { memory: '24Mi' } },
  },
  job: { type: 'job', ...runs('echo words of the job; exit 3') },
  denied: answers('denied'),
  outcast: answers('outcast'),
};

interface Expected {
  readonly task: string;
  readonly code: string;
  readonly exit: number;
  /** Of the message or the evidence. */
  readonly words: RegExp;
}

const FAILURES: Readonly<Record<string, Expected>> = {
  unpulled: { task: 'deploy/unpulled', code: 'IMAGE_PULL_FAILED', exit: 4, words: /absent:1/u },
  crashing: { task: 'deploy/crashing', code: 'CRASH_LOOP', exit: 4, words: /words of the crash/u },
  silent: {
    task: 'deploy/silent',
    code: 'PROBE_FAILING',
    exit: 4,
    words:
      /(?:not become ready in time|its probe does not succeed).*connection refused.*words before silence/su,
  },
  unready: {
    task: 'deploy/unready',
    code: 'PROBE_FAILING',
    exit: 4,
    words: /(?:not become ready in time|its probe does not succeed).*statuscode: 404/su,
  },
  graceful: {
    task: 'deploy/graceful',
    code: 'PROBE_FAILING',
    exit: 4,
    words: /(?:not become ready in time|its probe does not succeed).*statuscode: 404/su,
  },
  nonsense: {
    task: 'deploy/nonsense',
    code: 'COMMAND_NOT_FOUND',
    exit: 4,
    words: /its command is missing.*no\/such\/program: no such file/u,
  },
  greedy: { task: 'deploy/greedy', code: 'UNSCHEDULABLE', exit: 5, words: /cpu/u },
  crowd: { task: 'deploy/crowd', code: 'QUOTA_EXCEEDED', exit: 8, words: /pods/u },
  hungry: { task: 'deploy/hungry', code: 'OUT_OF_MEMORY', exit: 4, words: /memory|24Mi/u },
  job: { task: 'run/job', code: 'JOB_FAILED', exit: 4, words: /words of the job/u },
  denied: {
    task: 'deploy/denied',
    code: 'ADMISSION_DENIED',
    exit: 4,
    words: /the rule of this test/u,
  },
  outcast: {
    task: 'deploy/outcast',
    code: 'ADMISSION_DENIED',
    exit: 4,
    words: /the rule of this test/u,
  },
};

let api: KubeApi;
let project: TestProject;
let wisher: Wisher;
const foreign: { type: ResourceType; name: string }[] = [];

beforeAll(async () => {
  api = openKubeApi({ kubeconfig: testKubeconfig() });
  project = await testProject(COMPONENTS, {
    environments: { template: { quota: { 'count/pods': '2' } } },
    baseline: { namespaces: ['default'] },
  });
  wisher = await openWisher(testKubeconfig(), project, [ABSENT]);
  for (const object of rules()) await api.apply(object.type, object.object);
});
afterAll(async () => {
  for (const { type, object } of rules()) await api.delete(type, { name: object.metadata.name });
  const environments = await api.list(RESOURCE_TYPES.environment, {
    labelSelector: `offshoot.dev/installation=${project.controlNamespace}`,
  });
  // No controller has seen them: nothing holds them.
  for (const { metadata } of environments.items) {
    await api.delete(RESOURCE_TYPES.environment, { name: metadata.name });
  }
  for (const { type, name } of foreign) await api.delete(type, { name });
  await api.delete(RESOURCE_TYPES.namespace, { name: project.controlNamespace });
  await wisher.close();
  await api.close();
  await project.remove();
});

/** A rule of the cluster against Deployments of one component and pods of another, in our namespaces only. */
function rules(): readonly { readonly type: ResourceType; readonly object: KubeObject }[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = `${DENIED}-${project.prefix}`;
  const type = (kind: string, plural: string): ResourceType => ({
    apiVersion,
    kind,
    plural,
    isNamespaced: false,
  });
  const policy: KubeObject = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['deployments'],
          },
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
      },
      matchConditions: [
        {
          name: 'ours',
          expression: `object.metadata.namespace.startsWith('${project.prefix}-') && has(object.metadata.labels)`,
        },
      ],
      validations: [
        {
          expression: `object.metadata.labels[?'offshoot.dev/component'].orValue('') != (object.kind == 'Pod' ? 'outcast' : 'denied')`,
          message: 'the rule of this test',
        },
      ],
    },
  };
  const binding: KubeObject = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
  return [
    { type: type('ValidatingAdmissionPolicy', 'validatingadmissionpolicies'), object: policy },
    {
      type: type('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'),
      object: binding,
    },
  ];
}

async function up(branch: string): ReturnType<typeof offshoot> {
  return await offshoot(project, testKubeconfig(), 'up', branch, '--timeout', '4m');
}

async function taskOf(branch: string, id: string): Promise<TaskStatus | undefined> {
  const record = await wisher.store.get(branch);
  return record?.status.tasks.find((task) => task.id === id);
}

describe('a deployment that cannot work', () => {
  it.concurrent.each(Object.entries(FAILURES))(
    'of "%s" says so',
    async (component, { task, code, exit, words }) => {
      const branch = project.branch(component.slice(0, 6), component);
      const ran = await up(branch);
      const seen = await taskOf(branch, task);
      expect(
        { state: seen?.state, code: seen?.code, exit: ran.code },
        `it said ${ran.stderr}`,
      ).toEqual({
        state: 'Failed',
        code,
        exit,
      });
      expect(`${seen?.message} ${seen?.evidence}`).toMatch(words);
      expect(ran.stderr).toContain(code);
    },
    300_000,
  );
});

describe('what belongs to somebody else', () => {
  it.concurrent(
    'a namespace that is taken is refused before anything is written',
    async () => {
      const branch = project.branch('taken', 'fine');
      const name = wisher.namespaceOf(branch);
      foreign.push({ type: RESOURCE_TYPES.namespace, name });
      await api.create(RESOURCE_TYPES.namespace, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { owner: 'somebody' } },
      });
      const before = await api.get(RESOURCE_TYPES.namespace, { name });
      const ran = await up(branch);
      expect(ran.code, `it said ${ran.stderr}`).toBe(2);
      expect(ran.stderr).toContain('NAMESPACE_TAKEN');
      expect(await wisher.store.get(branch)).toBeNull();
      const after = await api.get(RESOURCE_TYPES.namespace, { name });
      expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    },
    300_000,
  );

  it.concurrent(
    'an object of a name that the environment needs is left alone, and named',
    async () => {
      const branch = project.branch('collide', 'fine');
      expect(await up(branch)).toMatchObject({ code: 0 });
      const namespace = wisher.namespaceOf(branch);
      const service: KubeObject = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'job', namespace },
        spec: { ports: [{ name: 'http', port: 9 }] },
      };
      const foreignJob: KubeObject = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'silent', namespace },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'x' } },
          template: {
            metadata: { labels: { app: 'x' } },
            spec: { containers: [{ name: 'x', image: 'offshoot.test/busybox:1' }] },
          },
        },
      };
      await api.create(RESOURCE_TYPES.service, service);
      await api.create(RESOURCE_TYPES.deployment, foreignJob);
      project.repository.commit(branch, { 'silent/version': 'collide\n' });
      const ran = await up(branch);
      expect(ran.code, `it said ${ran.stderr}`).toBe(2);
      expect((await taskOf(branch, 'deploy/silent'))?.code).toBe('NAME_COLLISION');
      expect(ran.stderr).toMatch(/NAME_COLLISION.*silent/su);
      const left = await api.get(RESOURCE_TYPES.deployment, { namespace, name: 'silent' });
      expect(left?.metadata.labels?.['app.kubernetes.io/managed-by']).toBeUndefined();
    },
    300_000,
  );
});
