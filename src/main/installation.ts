import type { Installation } from '../adapters/cli/services.ts';
import { createEnvironments } from '../application/environments/environments.ts';
import type { ProjectSettings } from '../application/project.ts';
import { catalogOf } from './catalog.ts';
import { systemClock } from './clock.ts';
import { followBranches } from './follow.ts';
import { openMachine, type Machine } from './machine.ts';

/** The use cases of one project on this machine, as the command line and the server need them. */
export function openInstallation(
  settings: ProjectSettings,
): Installation & { readonly machine: Machine } {
  const machine = openMachine(settings);
  const { state, git, engine, agents } = machine;
  const catalogs = catalogOf(settings);
  const environments = createEnvironments({
    catalogs,
    repositories: git.repositories,
    memories: state.branches,
    store: state.store,
    demands: state.store,
    testRuns: state.store,
    preflight: engine,
    agents,
    clock: systemClock,
    settings: {
      domain: settings.domain,
      folder: settings.folder,
      buildsFromSource: true,
      environmentsMax: settings.caps.environments,
    },
  });
  return {
    machine,
    settings,
    environments,
    store: state.store,
    demands: state.store,
    events: state.store,
    testRuns: state.store,
    reports: state.store,
    calls: state.calls,
    views: engine,
    async revive() {
      const living = await state.store.list();
      await Promise.all(living.map(({ name }) => agents.wake(name)));
    },
    watch: (options, signal) =>
      followBranches({ machine, environments, catalogs, settings }, options, signal),
    close: () => state.close(),
  };
}
