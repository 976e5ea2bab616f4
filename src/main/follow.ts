import type { WatchOptions } from '../adapters/cli/services.ts';
import { loadCatalogOrThrow } from '../application/environments/compile.ts';
import type { Environments } from '../application/environments/environments.ts';
import type { CatalogSource } from '../application/ports/catalog-source.ts';
import type { EnvironmentStore } from '../application/ports/environment-store.ts';
import type { BranchMemories, Repositories } from '../application/ports/repositories.ts';
import type { ProjectSettings } from '../application/project.ts';
import { branchActions } from '../application/watch/branch-actions.ts';
import { BranchFollower, type FollowEvent } from '../application/watch/follow-branches.ts';
import { followedRepositories } from '../application/watch/followed-repositories.ts';
import { OperationError } from '../domain/errors.ts';
import { systemClock } from './clock.ts';

interface Followed {
  readonly repositories: Repositories;
  readonly memories: BranchMemories;
  readonly store: EnvironmentStore;
  readonly environments: Environments;
  readonly catalogs: CatalogSource;
  readonly settings: ProjectSettings;
}

/** Runs the follower of branches until the signal. */
export async function followBranches(
  { repositories, memories, store, environments, catalogs, settings }: Followed,
  options: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const follower = new BranchFollower({
    repositories,
    memories,
    clock: systemClock,
    patterns: settings.watchBranches,
    intervalMs: options.intervalMs,
    followed: async () => followedRepositories((await loadCatalogOrThrow(catalogs)).catalog),
    actions: branchActions(environments, store),
    onEvent: (event) => options.onLine(lineOf(event)),
  });
  await follower.run(signal);
}

function lineOf(event: FollowEvent): string {
  switch (event.type) {
    case 'brought-up':
      return `${event.branch}: brought up`;
    case 'torn-down':
      return `${event.branch}: merged or deleted, torn down`;
    case 'action-failed':
      return `${event.branch}: ${messageOf(event.error)}${event.willRetry ? '; tried again at the next look' : ''}`;
    case 'repository-failed':
      return `${event.repository}: ${messageOf(event.error)}; asked again in ${Math.round(event.retryInMs / 1000)} s`;
    case 'poll-failed':
      return messageOf(event.error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof OperationError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
