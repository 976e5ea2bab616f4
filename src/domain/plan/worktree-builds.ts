import type { Component } from '../catalog/component.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Layout } from './layout.ts';
import { revisionOf } from './layout.ts';
import type { DataStepKind } from './task-ids.ts';

/** One build of one worktree, for everything that runs from it. */
export interface WorktreeBuild {
  /** First component by name that asks for it; the Task is named after it. */
  readonly component: string;
  readonly command: readonly string[];
  readonly repository: string | null;
  readonly sha: string | null;
}

export interface WorktreeBuilds {
  readonly all: readonly WorktreeBuild[];
  /** Components whose build must be done before this one starts. */
  beforeStart(component: Component): readonly string[];
  /** Components whose build must be done before a step on this datastore. */
  beforeStep(kind: DataStepKind, component: Component): readonly string[];
}

/**
 * The builds of a plan: one for each repository, revision and command. A component waits for the
 * build it declares; one that declares none waits for all builds of its worktree, since it may use
 * what they made.
 */
export function worktreeBuildsOf(layout: Layout, buildsFromSource: boolean): WorktreeBuilds {
  const builds = new Map<string, WorktreeBuild>();
  const ofWorktree = new Map<string, string[]>();
  for (const component of buildsFromSource ? layout.inside.values() : []) {
    const command = component.embedded?.build;
    const key = buildKey(layout, component);
    if (command === undefined || builds.has(key)) continue;
    builds.set(key, { component: component.name, command, ...sourceOf(layout, component) });
    const worktree = worktreeOf(layout, component);
    const others = ofWorktree.get(worktree);
    if (others === undefined) ofWorktree.set(worktree, [component.name]);
    else others.push(component.name);
  }
  const beforeCommandOf = (component: Component): readonly string[] => {
    const own = builds.get(buildKey(layout, component));
    return own ? [own.component] : (ofWorktree.get(worktreeOf(layout, component)) ?? []);
  };
  return {
    all: [...builds.values()],
    beforeStart: (component) =>
      component.embedded === undefined ? [] : beforeCommandOf(component),
    beforeStep: (kind, component) => (isCommand(kind, component) ? beforeCommandOf(component) : []),
  };
}

/** A command of the user's runs from the worktree of the datastore's source; SQL files need no build. */
function isCommand(kind: DataStepKind, { datastore }: Component): boolean {
  const steps = { migrate: datastore?.migrations, seed: datastore?.seeds };
  const step = kind === 'migrate' || kind === 'seed' ? steps[kind] : undefined;
  return step !== undefined && 'command' in step;
}

function buildKey(layout: Layout, component: Component): string {
  return canonicalJson([worktreeOf(layout, component), component.embedded?.build]);
}

/** Components without a source share no worktree with anyone. */
function worktreeOf(layout: Layout, component: Component): string {
  const { repository, sha } = sourceOf(layout, component);
  return canonicalJson(repository === null ? [component.name] : [repository, sha]);
}

function sourceOf(layout: Layout, component: Component): Pick<WorktreeBuild, 'repository' | 'sha'> {
  const revision = revisionOf(layout, component.name);
  return {
    repository: revision?.repository ?? component.source?.repository ?? null,
    sha: revision?.sha ?? null,
  };
}
