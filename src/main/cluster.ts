import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { createGit, type GitAdapter } from '../adapters/git/git.ts';
import { capturedCalls } from '../adapters/kubernetes/capture/captured-calls.ts';
import { openKubeApi } from '../adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../adapters/kubernetes/client/kube-api.ts';
import { existingBaseline } from '../adapters/kubernetes/engine/existing/existing-baseline.ts';
import { followExisting } from '../adapters/kubernetes/engine/existing/existing-follower.ts';
import { besideExisting } from '../adapters/kubernetes/engine/existing/existing-view.ts';
import { KubernetesEngine } from '../adapters/kubernetes/engine/kubernetes-engine.ts';
import { templateTypesOf } from '../adapters/kubernetes/engine/template-types.ts';
import { checkBeforeUp } from '../adapters/kubernetes/preflight/check-plan.ts';
import { render } from '../adapters/kubernetes/render/render.ts';
import type { ClusterSettings } from '../adapters/kubernetes/render/rendering.ts';
import { openClusterState, type ClusterState } from '../adapters/kubernetes/store/cluster-state.ts';
import { prepareCluster } from '../adapters/kubernetes/store/prepare.ts';
import type { ClusterView } from '../adapters/kubernetes/watch/cluster-view.ts';
import { followedWith } from '../adapters/kubernetes/watch/followed-types.ts';
import { openClusterView } from '../adapters/kubernetes/watch/open-cluster-view.ts';
import { imageRegistries } from '../adapters/registry/image-registries.ts';
import type { CallSource } from '../application/ports/call-store.ts';
import type { ExistingBaseline } from '../application/ports/existing-baseline.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import { clusterSettingsOf } from './cluster-settings.ts';
import { sortableIds } from './sortable-ids.ts';

/** What every process that works on one cluster opens: its API, the state there, Git, the engine. */
export interface Cluster {
  readonly api: KubeApi;
  readonly settings: ClusterSettings;
  readonly state: ClusterState;
  readonly git: GitAdapter;
  readonly engine: KubernetesEngine;
  readonly existingBaseline: ExistingBaseline | null;
  readonly calls: CallSource;
  /** Of this process, in its Leases. */
  readonly identity: string;
  close(): Promise<void>;
}

const IDENTITY_BYTES = 4;

/**
 * Opens the cluster that the settings name, with the definitions and the control namespace in place.
 *
 * @throws {OperationError} `CLUSTER_CONTEXT_UNKNOWN`, `CLUSTER_UNREACHABLE`, `CLUSTER_FORBIDDEN`, `CRD_MISSING`
 */
export async function openCluster(settings: ProjectSettings): Promise<Cluster> {
  const api = openKubeApi(settings.context === null ? {} : { context: settings.context });
  const clusterSettings = await preparedSettings(api, settings);
  const identity = `${hostname()}-${process.pid}-${randomBytes(IDENTITY_BYTES).toString('hex')}`;
  const state = openClusterState({
    api,
    namespace: clusterSettings.controlNamespace,
    prefix: clusterSettings.prefix,
    clock: systemClock,
    ids: sortableIds(systemClock),
    identity,
  });
  mkdirSync(settings.home, { recursive: true, mode: 0o700 });
  let view: ClusterView | null = null;
  const openView = (): ClusterView => {
    view ??= openViewOf(api, clusterSettings);
    return view;
  };
  const expedition = {
    api,
    settings: clusterSettings,
    clock: systemClock,
    registries: imageRegistries(),
  };
  const engine = new KubernetesEngine(
    {
      api,
      view: openView,
      render,
      planFiles: state.planFiles,
      tasksOf: async (environment) => (await state.store.get(environment))?.status.tasks ?? [],
      clock: systemClock,
      settings: clusterSettings,
    },
    {
      checkPlan: (plan) => checkBeforeUp(expedition, plan),
      streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    },
  );
  return {
    api,
    settings: clusterSettings,
    state,
    git: createGit({ home: settings.home, folder: settings.folder, variables: process.env }),
    engine,
    existingBaseline:
      clusterSettings.baselineNamespaces.length === 0
        ? null
        : existingBaseline(api, clusterSettings),
    calls: capturedCalls(api, clusterSettings),
    identity,
    async close() {
      await state.flush();
      await view?.close();
      await api.close();
    },
  };
}

/** What shapes objects on this cluster, which has all that Offshoot needs from then on. */
async function preparedSettings(api: KubeApi, settings: ProjectSettings): Promise<ClusterSettings> {
  const plain = clusterSettingsOf(settings);
  try {
    await prepareCluster(api, plain.controlNamespace, plain.prefix);
    return { ...plain, templateTypes: await templateTypesOf(api, plain.template.objects) };
  } catch (error) {
    await api.close();
    throw error;
  }
}

/** A baseline that Offshoot runs itself is seen as an environment is; that of others is followed beside. */
function openViewOf(api: KubeApi, settings: ClusterSettings): ClusterView {
  const { prefix, controlNamespace, baselineNamespaces, templateTypes } = settings;
  const ports = { api, clock: systemClock, random: Math.random };
  const types = followedWith(templateTypes);
  const view = openClusterView({ ...ports, types, prefix, controlNamespace });
  return baselineNamespaces.length === 0 ? view : besideExisting(view, followExisting(ports));
}
