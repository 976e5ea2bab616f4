import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterNameOf, namespaceOf } from '../../../src/domain/naming/names.ts';
import type { TestCluster } from '../../cluster/cluster.ts';
import { kubectlOf, type Kubectl } from '../../cluster/kubectl.ts';
import { waitFor } from '../../cluster/waiting.ts';
import { testProject, type Specs, type TestProject } from '../faults/project.ts';
import { endOf } from './audit.ts';
import { writeLog, type WriteLog } from './audited-writes.ts';
import { clusterWithRegistry } from './cluster-shop.ts';
import { accountKubeconfig } from './existing-account.ts';

/** Minutes, because the machine may be busy: what takes longer does not come. */
const BOUND_MS = 180_000;

const PROGRAM = fileURLToPath(new URL('../../../bin/offshoot', import.meta.url));

/** A command that runs: Node itself, so that what is killed is the command. */
export interface Command {
  kill(signal: NodeJS.Signals): void;
  isAlive(): boolean;
  /** Lines of both streams so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** A project on the test cluster, and who works on it: each with an account of its own in the audit log. */
export interface LifecycleStage {
  readonly cluster: TestCluster;
  readonly kubectl: Kubectl;
  readonly api: KubeApi;
  readonly project: TestProject;
  /** Kubeconfigs, by whoever uses them. */
  readonly person: string;
  readonly machine: string;
  /** Namespaces of their accounts, by which the audit log tells them apart. */
  readonly accounts: { readonly person: string; readonly machine: string };
  readonly log: WriteLog;
  namespaceOf(environment: string): string;
  environment(name: string): Promise<KubeObject | null>;
  lease(name: string): Promise<KubeObject | null>;
  begin(kubeconfig: string, ...args: readonly string[]): Command;
  until<Answer>(what: string, ask: () => Promise<Answer | null | false>): Promise<Answer>;
  close(): Promise<void>;
}

export async function lifecycleStage(
  components: Specs,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<LifecycleStage> {
  const cluster = await clusterWithRegistry();
  const { auditLog } = cluster;
  if (auditLog === null) throw new Error('a cluster that is named has no audit log to read');
  const project = await testProject(components, spec);
  const { prefix, controlNamespace } = project;
  const kubectl = kubectlOf(cluster.kubectl, cluster.kubeconfig);
  const api = openKubeApi({ kubeconfig: cluster.kubeconfig });
  // No namespace of an environment begins so.
  const [person, machine] = [`person-${prefix}`, `machine-${prefix}`];
  const fromByte = await endOf(auditLog);
  const people = await accountKubeconfig(kubectl, await folderIn(project, 'person'), person);
  const machines = await accountKubeconfig(kubectl, await folderIn(project, 'machine'), machine);
  return {
    cluster,
    kubectl,
    api,
    project,
    person: people.kubeconfig,
    machine: machines.kubeconfig,
    accounts: { person, machine },
    log: writeLog(auditLog, api, fromByte),
    namespaceOf: (environment) => namespaceOf(prefix, environment),
    environment: (name) =>
      api.get(RESOURCE_TYPES.environment, { name: clusterNameOf(prefix, name) }),
    lease: (name) => api.get(RESOURCE_TYPES.lease, { namespace: controlNamespace, name }),
    begin: (kubeconfig, ...args) => beginCommand(project, kubeconfig, args),
    until: (what, ask) => waitFor(what, async () => (await ask()) || null, BOUND_MS),
    async close() {
      await removeAll(api, project);
      for (const name of [person, machine]) {
        await kubectl(['delete', 'clusterrolebinding', name]);
        await api.delete(RESOURCE_TYPES.namespace, { name });
      }
      await api.delete(RESOURCE_TYPES.namespace, { name: controlNamespace });
      await api.close();
      await project.remove();
    },
  };
}

async function folderIn(project: TestProject, name: string): Promise<string> {
  const path = `${project.home}-${name}`;
  await mkdir(path, { recursive: true });
  return path;
}

function beginCommand(project: TestProject, kubeconfig: string, args: readonly string[]): Command {
  const child = spawn(PROGRAM, [...args], {
    cwd: project.folder,
    env: { ...process.env, KUBECONFIG: kubeconfig, OFFSHOOT_HOME: project.home, CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (part: string) => (text[stream] += part));
  }
  return {
    kill: (signal) => void child.kill(signal),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended: once(child, 'close').then(() => ({ code: child.exitCode, stderr: text.stderr })),
  };
}

/** Whatever a test that failed has left. */
async function removeAll(api: KubeApi, { controlNamespace }: TestProject): Promise<void> {
  const { environment: type } = RESOURCE_TYPES;
  const labelSelector = `offshoot.dev/installation=${controlNamespace}`;
  const { items } = await api.list(type, { labelSelector, metadataOnly: true });
  for (const { metadata } of items) {
    const { name } = metadata;
    await api.patch(type, { name }, { metadata: { finalizers: null } });
    await api.delete(type, { name });
  }
}

/** The status of one condition of an Environment; null without. */
export function conditionOf(
  object: KubeObject | null,
  type: string,
): { readonly status: string; readonly reason: string; readonly message: string } | null {
  const status = object?.['status'] as
    | {
        readonly conditions?: readonly {
          readonly type: string;
          readonly status: string;
          readonly reason: string;
          readonly message: string;
        }[];
      }
    | undefined;
  return status?.conditions?.find((condition) => condition.type === type) ?? null;
}
