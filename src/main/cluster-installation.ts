import type { ProjectSettings } from '../application/project.ts';
import { createClusterAgents } from './cluster-agents.ts';
import { openCluster } from './cluster.ts';
import type { OpenInstallation } from './open-installation.ts';
import { useCasesOf } from './use-cases.ts';

/** The API server is asked less often than a file of this machine. Unit: milliseconds. */
const POLL_MS = 400;

/** The use cases of one project on a cluster. */
export async function openOnCluster(
  settings: ProjectSettings,
  onTrouble: (line: string) => void,
): Promise<OpenInstallation> {
  const cluster = await openCluster(settings);
  const { state, git, engine, calls, existingBaseline } = cluster;
  const agents = createClusterAgents(cluster, settings, onTrouble);
  const place = {
    git,
    store: state.store,
    memories: state.branches,
    answers: state.answers,
    calls,
    engine,
    existingBaseline,
    files: { planFiles: state.planFiles, sources: git.sourceFiles },
    agents,
    turns: state.turns,
    buildsFromSource: false,
  };
  return {
    ...useCasesOf(place, settings),
    pollMs: POLL_MS,
    onCommit(listener, intervalMs) {
      const timer = setInterval(listener, Math.max(intervalMs, POLL_MS));
      timer.unref();
      return () => clearInterval(timer);
    },
    revive: () => agents.revive(),
    adopt: () => agents.adopt(),
    goesOn: (environment) => state.holding.isCarriedByOthers(environment),
    async close() {
      await agents.close();
      await cluster.close();
    },
  };
}
