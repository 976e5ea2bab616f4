import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { ensureCluster, type TestCluster } from '../../cluster/cluster.ts';
import { prepareShop, type Shop } from '../../cluster/images/prepare-shop.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The shop in five languages on the test cluster, and the command line as a person has it. */
export interface ClusterShop {
  readonly shop: Shop;
  readonly api: KubeApi;
  readonly prefix: string;
  run(...args: readonly string[]): Promise<Ran>;
  /** Begins a command that goes on until it is told to end. */
  begin(...args: readonly string[]): Begun;
  close(): Promise<void>;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Begun {
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ran>;
}

export async function openClusterShop(): Promise<ClusterShop> {
  const cluster = await clusterWithRegistry();
  if (cluster.registry === null || cluster.registryInCluster === null) {
    throw new Error('the shop needs a registry: OFFSHOOT_TEST_REGISTRY');
  }
  const temporary = await temporaryFolder();
  const folder = temporary.path;
  const mark = randomBytes(3).toString('hex');
  const partnersNamespace = `partners-${mark}`;
  const shop = await prepareShop(folder, {
    registry: { push: cluster.registry, inCluster: cluster.registryInCluster },
    partnersNamespace,
  });
  const prefix = `shop-${mark}`;
  const controlNamespace = `control-${mark}`;
  await useNamespaces(shop.project, prefix, controlNamespace);
  const api = openKubeApi({ kubeconfig: cluster.kubeconfig });
  await putSecret(api, shop.project, controlNamespace);
  const variables = {
    ...process.env,
    KUBECONFIG: cluster.kubeconfig,
    OFFSHOOT_HOME: join(folder, 'home'),
  };
  const kubectl = begin(cluster.kubectl, ['apply', '-f', shop.partners], folder, variables);
  const applied = await kubectl.ended;
  if (applied.code !== 0) throw new Error(applied.stderr);
  const program = join(import.meta.dirname, '..', '..', '..', 'bin', 'offshoot');
  const offshoot = (args: readonly string[]): Begun =>
    begin(program, args, shop.project, variables);
  return {
    shop,
    api,
    prefix,
    run: (...args) => offshoot(args).ended,
    begin: (...args) => offshoot(args),
    async close() {
      for (const name of [partnersNamespace, controlNamespace]) {
        await api.delete(RESOURCE_TYPES.namespace, { name });
      }
      await api.close();
      await temporary.remove();
    },
  };
}

/** A cluster that somebody named has a registry only if that is named too; else it is the one of this machine. */
export async function clusterWithRegistry(): Promise<TestCluster> {
  const { OFFSHOOT_TEST_KUBECONFIG: _, ...others } = process.env;
  const isNamed = process.env['OFFSHOOT_TEST_REGISTRY'] !== undefined;
  return await ensureCluster({ environment: isNamed ? process.env : others });
}

/** Nothing of other tests on the same cluster is in the way. */
async function useNamespaces(project: string, prefix: string, control: string): Promise<void> {
  const path = join(project, 'offshoot.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, `${text}  prefix: ${prefix}\n  controlNamespace: ${control}\n`);
}

async function putSecret(api: KubeApi, project: string, namespace: string): Promise<void> {
  const key = await readFile(join(project, 'secrets', 'payments', 'merchant-key'));
  await api.apply(RESOURCE_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await api.apply(RESOURCE_TYPES.secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'payments', namespace },
    data: { 'merchant-key': key.toString('base64') },
  });
}

function begin(
  program: string,
  args: readonly string[],
  folder: string,
  variables: NodeJS.ProcessEnv,
): Begun {
  const child = spawn(program, args, {
    cwd: folder,
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (written.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (written.stderr += bytes.toString()));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...written }));
  });
  return { kill: (signal) => void child.kill(signal), ended };
}
