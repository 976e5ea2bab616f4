import { createEnvironments } from '../application/environments/environments.ts';
import type { ProjectSettings } from '../application/project.ts';
import { catalogOf } from './catalog.ts';
import { systemClock } from './clock.ts';
import { createClusterAgents } from './cluster-agents.ts';
import { openCluster } from './cluster.ts';
import { followBranches } from './follow.ts';
import type { OpenInstallation } from './open-installation.ts';

/** The API server is asked less often than a file of this machine. Unit: milliseconds. */
const POLL_MS = 400;

/** The use cases of one project on a cluster. */
export async function openOnCluster(
  settings: ProjectSettings,
  onTrouble: (line: string) => void,
): Promise<OpenInstallation> {
  const cluster = await openCluster(settings);
  const { state, git, engine } = cluster;
  const catalogs = catalogOf(settings);
  const agents = createClusterAgents(cluster, settings, onTrouble);
  const environments = createEnvironments({
    catalogs,
    repositories: git.repositories,
    memories: state.branches,
    store: state.store,
    demands: state.store,
    testRuns: state.store,
    preflight: engine,
    files: { planFiles: state.planFiles, sources: git.sourceFiles },
    existingBaseline: cluster.existingBaseline,
    agents,
    turns: state.turns,
    clock: systemClock,
    settings: {
      domain: settings.domain,
      project: settings.file ?? settings.folder,
      buildsFromSource: false,
      environmentsMax: settings.caps.environments,
    },
  });
  return {
    settings,
    environments,
    store: state.store,
    demands: state.store,
    events: state.store,
    testRuns: state.store,
    reports: state.store,
    calls: cluster.calls,
    views: engine,
    answers: state.answers,
    pollMs: POLL_MS,
    onCommit(listener, intervalMs) {
      const timer = setInterval(listener, Math.max(intervalMs, POLL_MS));
      timer.unref();
      return () => clearInterval(timer);
    },
    revive: () => agents.revive(),
    watch: (options, signal) =>
      followBranches(
        {
          repositories: git.repositories,
          memories: state.branches,
          store: state.store,
          environments,
          catalogs,
          settings,
        },
        options,
        signal,
      ),
    async close() {
      await agents.close();
      await cluster.close();
    },
  };
}
