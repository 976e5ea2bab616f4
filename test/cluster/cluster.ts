import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boot } from './boot.ts';
import { clean } from './clean.ts';
import { clusterFiles } from './files.ts';
import { kubectlOf } from './kubectl.ts';
import { alone } from './locks.ts';
import { clusterNumbers, type ClusterNumbers } from './numbers.ts';
import { recorded, start } from './processes.ts';

/**
 * The cluster that tests run against: one that the environment names by `OFFSHOOT_TEST_KUBECONFIG`, or else one of our own on
 * this machine, started when it is not there. What a named cluster does not tell about itself is null.
 */
export interface TestCluster {
  readonly kubeconfig: string;
  /** `host:port` to push to, plain HTTP. */
  readonly registry: string | null;
  /** The same registry's name in the images of pods. */
  readonly registryInCluster: string | null;
  /** Kubernetes' own command line, of the cluster's version. */
  readonly kubectl: string;
  /** Where node ports answer. */
  readonly nodeAddress: string | null;
  /** One JSON line per answered request, level Metadata. */
  readonly auditLog: string | null;
  /** Whether this call started it. */
  readonly started: boolean;
  /** Takes everything back that was started; a named cluster stays as it is. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Told of what takes long. */
  readonly say?: (line: string) => void;
}

/** Started again beside a cluster that runs, instead of with it. */
const HELPERS = new Set(['network-policy', 'storage', 'kwok']);

/** Idempotent. Half a minute at most once the programs are built; ten minutes and more the first time. */
export async function ensureCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const environment = options.environment ?? process.env;
  const named = environment['OFFSHOOT_TEST_KUBECONFIG'];
  if (named !== undefined && named !== '') return namedCluster(named, environment);

  const numbers = clusterNumbers(environment);
  const files = clusterFiles(numbers);
  const started = await alone(`${files.directory}.lock`, async () => {
    const healthy = await isHealthy(numbers);
    if (!healthy) await boot({ files, numbers, say: options.say ?? (() => undefined) });
    await ensureHelpers(numbers);
    return !healthy;
  });
  return {
    kubeconfig: files.kubeconfig,
    kubectl: join(numbers.cache, 'bin', 'kubectl'),
    registry: `127.0.0.1:${numbers.ports.registry}`,
    registryInCluster: numbers.registryInCluster,
    nodeAddress: numbers.nodeAddress,
    auditLog: files.auditLog,
    started,
    stop: async () => await stopCluster(numbers),
  };
}

/** Ends the cluster of this machine, whoever started it and however it was left. Idempotent. */
export async function stopCluster(numbers: ClusterNumbers = clusterNumbers()): Promise<void> {
  const files = clusterFiles(numbers);
  await alone(`${files.directory}.lock`, async () => await clean(files, numbers));
}

/** Names of the cluster's processes with whether they run; empty if it was not started. */
export async function clusterState(
  numbers: ClusterNumbers = clusterNumbers(),
): Promise<ReadonlyMap<string, boolean>> {
  return await recorded(clusterFiles(numbers));
}

async function isHealthy(numbers: ClusterNumbers): Promise<boolean> {
  const files = clusterFiles(numbers);
  const states = await recorded(files);
  if (states.size === 0 || ended(states).some((name) => !HELPERS.has(name))) return false;
  const kubectl = kubectlOf(join(numbers.cache, 'bin', 'kubectl'), files.kubeconfig);
  const ready = ['--request-timeout=5s', 'wait', '--for=condition=Ready', `node/${numbers.name}`];
  return await kubectl([...ready, '--timeout=20s']).then(
    () => true,
    () => false,
  );
}

function ended(states: ReadonlyMap<string, boolean>): readonly string[] {
  return [...states].filter(([, runs]) => !runs).map(([name]) => name);
}

/** What runs beside Kubernetes: without it NetworkPolicies are not obeyed and claims of volumes wait for ever. */
async function ensureHelpers(numbers: ClusterNumbers): Promise<void> {
  const files = clusterFiles(numbers);
  const states = await recorded(files);
  const scripts = { 'network-policy': ['network-policy', 'enforcer.ts'], storage: ['storage.ts'] };
  for (const [name, path] of Object.entries(scripts)) {
    if (states.get(name) === true) continue;
    const more = name === 'storage' ? ['--folder', files.volumes] : [];
    const script = join(import.meta.dirname, ...path);
    const command = [process.execPath, script, '--kubeconfig', files.kubeconfig, ...more];
    await start(files, { name, command });
  }
}

async function namedCluster(
  kubeconfig: string,
  environment: NodeJS.ProcessEnv,
): Promise<TestCluster> {
  await readFile(kubeconfig);
  const registry = environment['OFFSHOOT_TEST_REGISTRY'] ?? null;
  return {
    kubeconfig,
    kubectl: 'kubectl',
    registry,
    registryInCluster: environment['OFFSHOOT_TEST_REGISTRY_IN_CLUSTER'] ?? registry,
    nodeAddress: environment['OFFSHOOT_TEST_NODE_ADDRESS'] ?? null,
    auditLog: null,
    started: false,
    stop: async () => undefined,
  };
}
