import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { rememberFacts } from '../../../src/adapters/kubernetes/preflight/probe/facts.ts';
import { createEnvironments } from '../../../src/application/environments/environments.ts';
import type {
  EnvironmentRecord,
  EnvironmentStore,
} from '../../../src/application/ports/environment-store.ts';
import { passed } from '../../../src/application/ports/doctor.ts';
import { catalogOf } from '../../../src/main/catalog.ts';
import { systemClock } from '../../../src/main/clock.ts';
import { openCluster } from '../../../src/main/cluster.ts';
import { settingsFor } from '../../../src/main/settings.ts';
import { waitFor } from '../../cluster/waiting.ts';
import type { TestProject } from './project.ts';

/**
 * Whoever wishes for environments and looks at them, over an undisturbed connection. It never reconciles:
 * that is left to controllers.
 */
export interface Wisher {
  readonly api: KubeApi;
  readonly store: EnvironmentStore;
  up(branch: string): Promise<EnvironmentRecord>;
  down(branch: string): Promise<void>;
  namespaceOf(environment: string): string;
  /** Until this generation is ready. */
  ready(environment: string, limitMs?: number): Promise<EnvironmentRecord>;
  /** Until it has ended badly. */
  failed(environment: string, limitMs?: number): Promise<EnvironmentRecord>;
  gone(environment: string, limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Minutes, because the machine may be busy: what takes longer does not come. */
export const BOUND_MS = 180_000;

/** @param images - Of components, that preflight believes to be there without a look. */
export async function openWisher(
  kubeconfig: string,
  project: Pick<TestProject, 'folder' | 'file' | 'home' | 'prefix'>,
  images: readonly string[] = [],
): Promise<Wisher> {
  process.env['KUBECONFIG'] = kubeconfig;
  process.env['OFFSHOOT_HOME'] = project.home;
  const settings = await settingsFor({ project: project.file }, project.folder, true);
  const cluster = await openCluster(settings);
  const { state, git, engine } = cluster;
  await rememberFacts(
    { api: cluster.api, settings: cluster.settings, clock: systemClock },
    { findings: [passed('network policies', 'the tests of isolation prove it')], images },
  );
  const api = openKubeApi({ kubeconfig });
  const environments = createEnvironments({
    catalogs: catalogOf(settings),
    repositories: git.repositories,
    memories: state.branches,
    store: state.store,
    demands: state.store,
    testRuns: state.store,
    preflight: engine,
    files: { planFiles: state.planFiles, sources: git.sourceFiles },
    existingBaseline: cluster.existingBaseline,
    agents: { wake: () => Promise.resolve() },
    turns: state.turns,
    clock: systemClock,
    settings: {
      domain: settings.domain,
      project: project.file,
      buildsFromSource: false,
      environmentsMax: 1_000,
    },
  });
  const until = (
    what: string,
    environment: string,
    holds: (record: EnvironmentRecord) => boolean,
    limitMs: number,
  ): Promise<EnvironmentRecord> => {
    let last: EnvironmentRecord | null = null;
    const look = async (): Promise<EnvironmentRecord | null> => {
      last = await state.store.get(environment);
      return last !== null && holds(last) ? last : null;
    };
    return waitFor(`"${environment}" is ${what}`, look, limitMs).catch((error: unknown) => {
      throw new Error(`"${environment}" is not ${what}: ${describe(last)}`, { cause: error });
    });
  };
  return {
    api,
    store: state.store,
    up: async (branch) => (await environments.up({ ...REQUEST, branch })).record,
    down: async (branch) => void (await environments.down(branch)),
    namespaceOf: (environment) => `${project.prefix}-${environment}`,
    ready: (environment, limitMs = BOUND_MS) => until('ready', environment, isReady, limitMs),
    failed: (environment, limitMs = BOUND_MS) => until('failed', environment, hasFailed, limitMs),
    gone: async (environment, limitMs = BOUND_MS) => {
      const look = async (): Promise<true | null> =>
        (await state.store.get(environment)) === null ? true : null;
      await waitFor(`"${environment}" is gone`, look, limitMs);
    },
    async close() {
      await cluster.close();
      await api.close();
    },
  };
}

const REQUEST = {
  changed: [],
  pins: {},
  entries: [],
  include: [],
  isolation: 'path',
  unchanged: 'baseline',
} as const;

function isReady({ status, generation }: EnvironmentRecord): boolean {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return status.observedGeneration === generation && ready?.status === 'True';
}

function hasFailed({ status, generation }: EnvironmentRecord): boolean {
  const conditions = new Map(status.conditions.map((each) => [each.type, each.status]));
  const isOver = conditions.get('Ready') === 'False' && conditions.get('Progressing') === 'False';
  return status.observedGeneration === generation && isOver;
}

function describe(record: EnvironmentRecord | null): string {
  if (record === null) return 'it is not there';
  const { conditions, tasks } = record.status;
  return JSON.stringify({ conditions, tasks: tasks.filter(({ state }) => state !== 'Succeeded') });
}

/** A namespace as a baseline that others run, with a Service for every name. */
export async function existingBaseline(
  api: KubeApi,
  namespace: string,
  services: readonly string[],
): Promise<void> {
  const apply = (object: KubeObject, type = RESOURCE_TYPES.service): Promise<KubeObject> =>
    api.apply(type, object);
  await apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    RESOURCE_TYPES.namespace,
  );
  for (const name of services) {
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 8080 }] },
    });
  }
}
