import type { SettingsDigests } from '../../domain/plan/layout.ts';
import type { Agents } from '../ports/agents.ts';
import type { CatalogSource } from '../ports/catalog-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Preflight } from '../ports/engine.ts';
import type { ExistingBaseline } from '../ports/existing-baseline.ts';
import type {
  BaselineDemands,
  EnvironmentStore,
  TestRunStore,
} from '../ports/environment-store.ts';
import type { BranchMemories, Repositories } from '../ports/repositories.ts';
import type { Turns } from '../ports/turns.ts';
import type { BaselinePorts } from './baseline.ts';
import type { FileKeeping } from './plan-files.ts';

/** What the use cases of environments ask for. */
export interface EnvironmentPorts {
  readonly catalogs: CatalogSource;
  readonly repositories: Repositories;
  readonly memories: BranchMemories;
  readonly store: EnvironmentStore;
  readonly demands: BaselineDemands;
  readonly testRuns: TestRunStore;
  readonly preflight: Preflight;
  /** Null where who carries a plan out has worktrees. */
  readonly files: FileKeeping | null;
  /** Null where Offshoot runs the baseline itself. */
  readonly existingBaseline: ExistingBaseline | null;
  readonly agents: Agents;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly settings: {
    readonly domain: string;
    /** Of the project: its file, or its folder when it has none. */
    readonly project: string;
    readonly buildsFromSource: boolean;
    readonly planSettings?: SettingsDigests | undefined;
    readonly environmentsMax: number;
  };
}

export function baselinePortsOf(
  ports: EnvironmentPorts,
): BaselinePorts & { readonly repositories: Repositories } {
  return {
    store: ports.store,
    demands: ports.demands,
    agents: ports.agents,
    turns: ports.turns,
    files: ports.files,
    repositories: ports.repositories,
    domain: ports.settings.domain,
    project: ports.settings.project,
    buildsFromSource: ports.settings.buildsFromSource,
    planSettings: ports.settings.planSettings,
  };
}
