import type { Component } from '../catalog/component.ts';
import { compareText } from '../diagnostic.ts';
import { fingerprintsOf } from './fingerprints.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Layout } from './layout.ts';
import type { Task, TaskKind } from './plan.ts';
import { prerequisitesOf, startGroupsOf } from './start-groups.ts';
import type { StartGroup } from './start-groups.ts';
import { dataStepsOf, startTaskOf, taskId, usableAfter } from './task-ids.ts';
import { estimateMsOf, timeoutMsOf } from './task-times.ts';
import type { WorktreeBuilds } from './worktree-builds.ts';

/** What every function of this file needs to know. */
interface Making {
  readonly layout: Layout;
  readonly builds: WorktreeBuilds;
  readonly fingerprints: Fingerprints;
  readonly namespaceId: string;
}

type Waiting = Pick<Task, 'after' | 'tolerates' | 'startGroup'>;

/** All Tasks of a plan, in no order that means anything. */
export function tasksOf(layout: Layout, builds: WorktreeBuilds): readonly Task[] {
  const making: Making = {
    layout,
    builds,
    fingerprints: fingerprintsOf(layout, builds),
    namespaceId: taskId('namespace', layout.environment),
  };
  return [
    namespaceTask(making),
    ...layout.outside.values().map((component) => boundaryTask(making, component)),
    ...buildTasks(making),
    ...startGroupsOf(layout.inside).flatMap((group) => startTasks(making, group)),
    ...[...layout.inside.values()].flatMap((component) => followingTasks(making, component)),
  ];
}

function namespaceTask({ namespaceId, fingerprints }: Making): Task {
  return {
    id: namespaceId,
    kind: 'namespace',
    component: null,
    ...afterAll([]),
    fingerprint: fingerprints.namespace(),
    timeoutMs: timeoutMsOf('namespace'),
    estimateMs: estimateMsOf('namespace'),
  };
}

function boundaryTask({ namespaceId, fingerprints }: Making, component: Component): Task {
  const waiting = afterAll([namespaceId]);
  return componentTask('boundary', component, waiting, fingerprints.boundary(component));
}

function* buildTasks({ layout, builds, fingerprints, namespaceId }: Making): Generator<Task> {
  for (const build of builds.all) {
    const component = layout.inside.get(build.component);
    if (component === undefined) continue;
    const waiting = afterAll([namespaceId]);
    yield componentTask('build', component, waiting, fingerprints.build(build));
  }
}

function startTasks(making: Making, group: StartGroup): readonly Task[] {
  const { layout, fingerprints, namespaceId } = making;
  const { members } = group;
  const { all, dispensable } = prerequisitesOf(group, layout.inside, (member) =>
    ownPrerequisites(making, group, member),
  );
  // Whoever can do without all it waits for would otherwise start in a namespace that failed.
  const isLoose = dispensable.values().some((rest) => rest.length === all.length);
  const after = isLoose ? [...all, namespaceId].toSorted(compareText) : all;
  const startGroup = members.length > 1 ? (members[0] ?? null) : null;
  return members.flatMap((member) => {
    const component = layout.inside.get(member);
    if (component === undefined) return [];
    const isJob = component.type === 'job';
    return componentTask(
      isJob ? 'run' : 'deploy',
      component,
      { after, tolerates: dispensable.get(member) ?? [], startGroup },
      isJob ? fingerprints.run(component) : fingerprints.deploy(component),
    );
  });
}

/** Task ids outside the group: those a member needs, and those it only waits for. */
function ownPrerequisites(
  { layout, builds }: Making,
  group: StartGroup,
  member: string,
): { readonly needed: readonly string[]; readonly wanted: readonly string[] } {
  const component = layout.inside.get(member);
  if (component === undefined) return { needed: [], wanted: [] };
  const needed = builds.beforeStart(component).map((name) => taskId('build', name));
  const wanted: string[] = [];
  for (const { name, startup, optional } of component.dependencies) {
    const usable = usableAfter(layout, name);
    if (startup !== 'wait' || usable === null || group.has(name)) continue;
    (optional ? wanted : needed).push(usable);
  }
  return { needed, wanted };
}

/** What is done to a component once it runs: a datastore is filled, a service is exposed. */
function followingTasks({ builds, fingerprints }: Making, component: Component): readonly Task[] {
  const tasks: Task[] = [];
  let previous = startTaskOf(component);
  for (const kind of dataStepsOf(component)) {
    const ownBuilds = builds.beforeStep(kind, component).map((name) => taskId('build', name));
    const waiting = afterAll([previous, ...ownBuilds]);
    tasks.push(componentTask(kind, component, waiting, fingerprints.dataStep(kind, component)));
    previous = taskId(kind, component.name);
  }
  if (component.type === 'service' && component.expose) {
    const waiting = afterAll([previous]);
    tasks.push(componentTask('expose', component, waiting, fingerprints.expose(component)));
  }
  return tasks;
}

function afterAll(ids: readonly string[]): Waiting {
  return { after: ids.toSorted(compareText), tolerates: [], startGroup: null };
}

function componentTask(
  kind: TaskKind,
  component: Component,
  waiting: Waiting,
  fingerprint: string,
): Task {
  return {
    id: taskId(kind, component.name),
    kind,
    component: component.name,
    after: waiting.after,
    tolerates: waiting.tolerates,
    startGroup: waiting.startGroup,
    fingerprint,
    timeoutMs: timeoutMsOf(kind, component),
    estimateMs: estimateMsOf(kind, component),
  };
}
