import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { textAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import { ANALYSER } from '../../../src/adapters/kubernetes/capture/agreement.ts';
import { run } from '../../cluster/commands.ts';
import { pushTapImage } from '../../cluster/images/tap-image.ts';
import { prepareRobot } from '../../cluster/topology/prepare-robot.ts';
import { clusterWithRegistry } from '../../cluster-tests/support/cluster-shop.ts';
import { pushOffshootImage } from '../../cluster-tests/support/offshoot-image.ts';
import { createRepository } from '../../support/git-repositories.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { cpuSecondsOf, memoryOf } from './container-use.ts';

/** Environments of one small service each on the test cluster, captured or not. */
export interface OverheadStage {
  /** Brings environments up, one after another; where their services answer. */
  up(names: readonly string[], isCaptured: boolean): Promise<readonly string[]>;
  /** Of every tap and analyser. */
  use(): Promise<readonly ContainerUse[]>;
  /** Calls of that time that all analysers together have, and how many packets were dropped. */
  seen(fromMs: number, toMs: number): Promise<{ readonly calls: number; readonly dropped: number }>;
  /** Takes all environments away. */
  down(): Promise<void>;
  close(): Promise<void>;
}

export interface ContainerUse {
  readonly role: 'tap' | 'analyser';
  readonly cpuS: number;
  readonly bytes: number;
}

const API_VERSION = 'offshoot.dev/v1alpha1';
const SERVICE = 'echo';
const PORT = 8080;
/** Not that of its probe, which is nobody's call. */
const PATH = '/echo';
const CALLS_MAX = 100_000;
const OFFSHOOT = join(import.meta.dirname, '..', '..', '..', 'bin', 'offshoot');

interface Pod {
  readonly metadata: {
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
  readonly status: {
    readonly podIP?: string;
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
}

export async function openOverheadStage(): Promise<OverheadStage> {
  const { kubectl, kubeconfig, registry, registryInCluster } = await clusterWithRegistry();
  if (registry === null || registryInCluster === null) throw new Error('there is no registry');
  const place = { push: registry, inCluster: registryInCluster };
  const temporary = await temporaryFolder();
  const prefix = `cost-${randomBytes(3).toString('hex')}`;
  const { repository, tag } = await pushOffshootImage(place);
  const capture = { image: `${repository}:${tag}`, tapImage: await pushTapImage(place) };
  const project = join(temporary.path, 'cost');
  const source = await writeProject(project, temporary.path, await standInImage());
  const living: string[] = [];

  /** The stand-in of the second topology, which does nothing here but answer. */
  async function standInImage(): Promise<string> {
    const robot = await prepareRobot(join(temporary.path, 'robot'), {
      registry: place,
      partnersNamespace: 'none',
      stagingNamespace: 'none',
      controlNamespace: 'none',
      settings: {},
      branch: 'feat/none',
      isSecret: false,
    });
    const text = await readFile(join(robot.project, 'components', 'payment.yaml'), 'utf8');
    return textAt(parse(text), 'spec', 'image') ?? '';
  }

  async function settings(isCaptured: boolean): Promise<void> {
    await writeDocument(project, 'offshoot.yaml', 'Project', {
      catalog: 'components',
      engine: 'kubernetes',
      prefix,
      controlNamespace: `${prefix}-control`,
      caps: { environments: 1000 },
      ...(isCaptured ? { capture } : {}),
    });
  }

  async function offshoot(...args: readonly string[]): Promise<void> {
    const variables = { KUBECONFIG: kubeconfig, OFFSHOOT_HOME: join(temporary.path, 'home') };
    await run(OFFSHOOT, args, { folder: project, variables });
  }

  async function pods(): Promise<readonly Pod[]> {
    const args = ['--kubeconfig', kubeconfig, 'get', 'pods', '--all-namespaces', '-o', 'json'];
    const { items } = JSON.parse(await run(kubectl, args)) as { items: readonly Pod[] };
    return items.filter(({ metadata }) => metadata.namespace.startsWith(`${prefix}-`));
  }

  return {
    async up(names, isCaptured) {
      await settings(isCaptured);
      for (const name of names) {
        source.commit(name, { version: `${name}\n` });
        await offshoot('up', name);
        living.push(name);
      }
      const all = await pods();
      return names.map((name) => {
        const pod = all.find(
          ({ metadata }) =>
            metadata.namespace === `${prefix}-${name}` &&
            metadata.labels?.['offshoot.dev/component'] === SERVICE,
        );
        return `http://${pod?.status.podIP}:${PORT}${PATH}`;
      });
    },
    async use() {
      const roles = new Map((await pods()).flatMap(rolesOf));
      const ids = new Set(roles.keys());
      const [seconds, bytes] = await Promise.all([cpuSecondsOf(ids), memoryOf(ids)]);
      return [...roles].map(([id, role]) => ({
        role,
        cpuS: seconds.get(id) ?? Number.NaN,
        bytes: bytes.get(id) ?? Number.NaN,
      }));
    },
    async seen(fromMs, toMs) {
      const window = `fromUs=${Math.floor(fromMs * 1000)}&toUs=${Math.ceil(toMs * 1000)}`;
      const sums = { calls: 0, dropped: 0 };
      for (const pod of (await pods()).filter(isAnalyser)) {
        const at = `http://${pod.status.podIP}:${ANALYSER.callsPort}/calls?${window}&limit=${CALLS_MAX}`;
        const answer = (await (await fetch(at)).json()) as {
          readonly calls: readonly unknown[];
          readonly dropped: number;
        };
        sums.calls += answer.calls.length;
        sums.dropped += answer.dropped;
      }
      return sums;
    },
    async down() {
      for (const name of living.splice(0)) await offshoot('down', name);
    },
    async close() {
      for (const name of living.splice(0)) await offshoot('down', name);
      const control = [
        'delete',
        'namespace',
        '--ignore-not-found',
        '--wait=false',
        `${prefix}-control`,
      ];
      await run(kubectl, ['--kubeconfig', kubeconfig, ...control]);
      await temporary.remove();
    },
  };
}

type Source = ReturnType<typeof createRepository>;

async function writeProject(project: string, folder: string, image: string): Promise<Source> {
  await mkdir(join(project, 'components'), { recursive: true });
  const source = createRepository(folder, SERVICE, { version: 'main\n' });
  await writeDocument(project, join('components', `${SERVICE}.yaml`), 'Component', {
    type: 'service',
    source: { repository: source.path },
    image,
    ports: { http: PORT, control: 9900 },
    readiness: { http: '/', port: 'control' },
    environment: { NAME: SERVICE, ROUTES: JSON.stringify({ [PATH]: [] }), CALL_TIMEOUT_MS: '5000' },
    resources: { cpu: '10m', memory: '32Mi' },
  });
  return source;
}

async function writeDocument(
  project: string,
  file: string,
  kind: string,
  spec: object,
): Promise<void> {
  const name = kind === 'Project' ? 'cost' : SERVICE;
  // JSON is YAML.
  const document = { apiVersion: API_VERSION, kind, metadata: { name }, spec };
  await writeFile(join(project, file), JSON.stringify(document));
}

function isAnalyser({ metadata }: Pod): boolean {
  return metadata.labels?.['offshoot.dev/component'] !== SERVICE;
}

/** Container → what it is. */
function rolesOf(pod: Pod): readonly (readonly [string, ContainerUse['role']])[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
  const idOf = ({ containerID = '' }: ContainerStatus): string => containerID.split('//')[1] ?? '';
  if (isAnalyser(pod)) return containerStatuses.map((status) => [idOf(status), 'analyser']);
  return initContainerStatuses
    .filter(({ name }) => name === 'offshoot-tap')
    .map((status) => [idOf(status), 'tap']);
}
