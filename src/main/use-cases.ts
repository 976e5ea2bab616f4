import type { Installation } from '../adapters/cli/services.ts';
import type { GitAdapter } from '../adapters/git/git.ts';
import { createEnvironments } from '../application/environments/environments.ts';
import type { EnvironmentPorts } from '../application/environments/environment-ports.ts';
import { planSettingsOf } from '../application/environments/plan-settings.ts';
import type { CallSource } from '../application/ports/call-store.ts';
import type { EngineViews, Preflight } from '../application/ports/engine.ts';
import type {
  BaselineDemands,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRunStore,
} from '../application/ports/environment-store.ts';
import type { KeptAnswers } from '../application/ports/kept-answers.ts';
import type { ProjectSettings } from '../application/project.ts';
import { catalogOf } from './catalog.ts';
import { systemClock } from './clock.ts';
import { followBranches } from './follow.ts';
import type { OpenInstallation } from './open-installation.ts';

/** What the use cases work with, on this machine as on a cluster. */
export interface Place extends Pick<
  EnvironmentPorts,
  'memories' | 'existingBaseline' | 'files' | 'agents' | 'turns'
> {
  readonly git: GitAdapter;
  readonly store: EnvironmentStore & BaselineDemands & EventStore & TestRunStore & ReportStore;
  readonly answers: KeptAnswers;
  readonly calls: CallSource;
  readonly engine: Preflight & Pick<EngineViews, 'logs' | 'exec'>;
  /** Whether components are built here, or come as images. */
  readonly buildsFromSource: boolean;
}

type UseCases = Omit<Installation, 'pollMs' | 'revive' | 'goesOn' | 'close'> &
  Pick<OpenInstallation, 'answers'>;

/** Everything of an installation but who carries it out. */
export function useCasesOf(place: Place, settings: ProjectSettings): UseCases {
  const { git, store, answers, calls, engine, buildsFromSource, ...ports } = place;
  const { repositories } = git;
  const catalogs = catalogOf(settings);
  const environments = createEnvironments({
    ...ports,
    catalogs,
    repositories,
    store,
    demands: store,
    testRuns: store,
    preflight: engine,
    clock: systemClock,
    settings: {
      domain: settings.domain,
      project: settings.file ?? settings.folder,
      buildsFromSource,
      planSettings: planSettingsOf(settings),
      environmentsMax: settings.caps.environments,
    },
  });
  const followed = { repositories, memories: ports.memories, store, environments, catalogs };
  return {
    settings,
    environments,
    store,
    demands: store,
    events: store,
    testRuns: store,
    reports: store,
    calls,
    views: engine,
    answers,
    watch: (options, signal) => followBranches({ ...followed, settings }, options, signal),
  };
}
