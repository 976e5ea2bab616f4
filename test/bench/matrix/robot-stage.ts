import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReportDocument } from '../../../src/contract/report-document.ts';
import { environmentNameOf, namespaceOf } from '../../../src/domain/naming/names.ts';
import { run } from '../../cluster/commands.ts';
import { pushTapImage } from '../../cluster/images/tap-image.ts';
import { STORES } from '../../cluster/topology/robot.ts';
import { prepareRobot } from '../../cluster/topology/prepare-robot.ts';
import { clusterWithRegistry } from '../../cluster-tests/support/cluster-shop.ts';
import { pushOffshootImage } from '../../cluster-tests/support/offshoot-image.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * The second topology on the test cluster, with hands that break it while it runs.
 *
 * Its baseline (`user` and its stores) is a staging that runs already, so it is not captured. Faults go to the
 * control port of a stand-in, before the tests begin, so that nothing is deployed again.
 */
export interface RobotStage {
  /** A fault of test/cluster/topology/README.md, wherever that component runs. */
  fault(component: string, fault: string): Promise<void>;
  /** Variables of a stand-in. */
  set(component: string, variables: Readonly<Record<string, string>>): Promise<void>;
  /** A statement, and what takes it back. */
  sql(store: Store, statement: string, undo: string): Promise<void>;
  /** A statement that goes on in the background. */
  block(store: Store, statement: string): Promise<void>;
  redis(store: Store, command: string, undo: string): Promise<void>;
  scaleGateway(replicas: number): Promise<void>;
  /** A NetworkPolicy that lets nobody in. */
  cutGateway(): Promise<void>;
  /** Runs a suite; the report says what came of it. */
  test(suite: string): Promise<ReportDocument>;
  /** Takes back whatever was done since the last time, and waits until all answer. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A datastore of the environment, or of the baseline: `baseline/documents`. */
export type Store = string;

const BRANCH = 'feat/pay-later';
const CONTROL_PORT = 9900;
const GATEWAY = 'gateway';
const READY_WITHIN_MS = 300_000;
const WAIT = '--timeout=300s';

export async function openRobotStage(isSecret: boolean): Promise<RobotStage> {
  const { kubectl, kubeconfig, registry, registryInCluster } = await clusterWithRegistry();
  if (registry === null || registryInCluster === null) throw new Error('there is no registry');
  const place = { push: registry, inCluster: registryInCluster };
  const temporary = await temporaryFolder();
  const mark = randomBytes(3).toString('hex');
  const prefix = `robot-${mark}`;
  const partners = `partners-${mark}`;
  const control = `control-${mark}`;
  const staging = `staging-${mark}`;
  const { repository, tag } = await pushOffshootImage(place);
  const capture = { image: `${repository}:${tag}`, tapImage: await pushTapImage(place) };
  const { project, objects } = await prepareRobot(temporary.path, {
    registry: place,
    partnersNamespace: partners,
    stagingNamespace: staging,
    controlNamespace: control,
    settings: { prefix, capture },
    branch: BRANCH,
    isSecret,
  });
  const cluster = async (...args: readonly string[]): Promise<string> =>
    await run(kubectl, ['--kubeconfig', kubeconfig, ...args]);
  const apply = async (things: readonly object[]): Promise<void> => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: things });
    await run(kubectl, ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], { input });
  };
  await apply(objects);
  const variables = { KUBECONFIG: kubeconfig, OFFSHOOT_HOME: join(temporary.path, 'home') };
  const offshoot = async (...args: readonly string[]): Promise<Ran> =>
    await ran(args, project, variables);
  await Promise.all(
    [partners, staging].map((namespace) =>
      cluster('wait', '-n', namespace, '--for=condition=Available', 'deployment', '--all', WAIT),
    ),
  );
  await mustSucceed(offshoot, 'up', BRANCH);

  const inside = namespaceOf(prefix, environmentNameOf(BRANCH));
  const undos: (() => Promise<unknown>)[] = [];
  const storeArgs = (store: Store): readonly string[] => {
    const [name = '', from] = store.split('/').toReversed();
    if (from === undefined) return ['exec', '--namespace', inside, `statefulset/${name}`];
    return ['exec', '--namespace', staging, `deployment/${name}`];
  };
  const podsNow = async (): Promise<ReadonlyMap<string, string>> => {
    const list = await cluster('get', 'pods', '--all-namespaces', '--output', 'json');
    // What runs inside stands before its namesake in the baseline.
    return new Map([partners, staging, inside].flatMap((each) => addressesIn(list, each)));
  };
  const tell = async (component: string, path: string, body: string): Promise<void> => {
    const address = (await podsNow()).get(component);
    if (address === undefined) throw new Error(`there is no pod of "${component}"`);
    await fetch(`http://${address}:${CONTROL_PORT}${path}`, { method: 'PUT', body });
  };
  return {
    fault: async (component, fault) => await tell(component, '/fault', fault),
    async set(component, values) {
      for (const [name, value] of Object.entries(values)) {
        await tell(component, `/values/${name}`, value);
      }
    },
    async sql(store, statement, undo) {
      const psql = async (text: string): Promise<string> =>
        await cluster(...storeArgs(store), '--', 'sh', '-c', `${PSQL} -c "${text}"`);
      await psql(statement);
      undos.push(async () => await psql(undo));
    },
    async block(store, statement) {
      const psql = `${PSQL} -c "${statement}"`;
      await cluster(...storeArgs(store), '--', 'sh', '-c', `${psql} >/dev/null 2>&1 &`);
      const ended =
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'";
      undos.push(
        async () => await cluster(...storeArgs(store), '--', 'sh', '-c', `${PSQL} -c "${ended}"`),
      );
    },
    async redis(store, command, undo) {
      const cli = async (text: string): Promise<string> =>
        await cluster(...storeArgs(store), '--', 'sh', '-c', `redis-cli ${text}`);
      await cli(command);
      undos.push(async () => await cli(undo));
    },
    async scaleGateway(replicas) {
      const scale = async (count: number): Promise<string> =>
        await cluster('scale', '-n', partners, `deployment/${GATEWAY}`, `--replicas=${count}`);
      await scale(replicas);
      await cluster('wait', '-n', partners, '--for=delete', 'pod', '--selector=app=gateway');
      undos.push(async () => {
        await scale(1);
        await cluster('rollout', 'status', '-n', partners, `deployment/${GATEWAY}`);
      });
    },
    async cutGateway() {
      const metadata = { name: 'nobody', namespace: partners };
      const spec = { podSelector: {}, policyTypes: ['Ingress'] };
      const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
      await apply([{ ...policy, metadata, spec }]);
      undos.push(async () => await cluster('delete', 'networkpolicy', '-n', partners, 'nobody'));
    },
    async test(suite) {
      const { stderr } = await offshoot('test', BRANCH, suite);
      const { stdout } = await offshoot('report', BRANCH, '-o', 'json');
      if (stdout === '') throw new Error(`no report: ${stderr}`);
      return JSON.parse(stdout) as ReportDocument;
    },
    async mend() {
      for (const undo of undos.splice(0).toReversed()) await undo();
      const endMs = Date.now() + READY_WITHIN_MS;
      for (;;) {
        const pods = [...(await podsNow())].filter(([name]) => !Object.hasOwn(STORES, name));
        const mended = await Promise.all(pods.map(async ([, address]) => await isMended(address)));
        if (mended.every(Boolean)) return;
        if (Date.now() > endMs) throw new Error('not all stand-ins came back');
        await sleep(500);
      }
    },
    async close() {
      await offshoot('down', BRANCH);
      await cluster('delete', 'namespace', '--wait=false', partners, staging, control);
      await temporary.remove();
    },
  };
}

/** A server of its own trusts whoever is inside with it. */
const PSQL = 'psql -v ON_ERROR_STOP=1 -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"';

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Offshoot = (...args: readonly string[]) => Promise<Ran>;

async function mustSucceed(offshoot: Offshoot, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await offshoot(...args);
  if (code !== 0)
    throw new Error(`offshoot ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}

async function ran(
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<Ran> {
  const program = join(import.meta.dirname, '..', '..', '..', 'bin', 'offshoot');
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (written.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (written.stderr += bytes.toString()));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...written }));
  });
}

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly namespace: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly status: { readonly podIP?: string; readonly phase?: string };
  }[];
}

/** Component → address, of stand-ins that run. */
function addressesIn(list: string, namespace: string): readonly (readonly [string, string])[] {
  return (JSON.parse(list) as PodList).items.flatMap(({ metadata, status }) => {
    if (metadata.namespace !== namespace) return [];
    const name = metadata.labels?.['offshoot.dev/component'] ?? metadata.labels?.['app'];
    const isRunning = status.phase === 'Running' && status.podIP !== undefined;
    return name !== undefined && isRunning && name !== 'test' ? [[name, status.podIP]] : [];
  });
}

async function isMended(address: string): Promise<boolean> {
  return await fetch(`http://${address}:${CONTROL_PORT}/`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(2_000),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
}
