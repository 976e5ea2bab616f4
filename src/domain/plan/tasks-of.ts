import type { Component } from '../catalog/component.ts';
import { compareText } from '../diagnostic.ts';
import { fingerprintsOf } from './fingerprints.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Layout } from './layout.ts';
import { mustHave } from '../must-have.ts';
import type { Task, TaskKind } from './plan.ts';
import { prerequisitesOf, startGroupsOf } from './start-groups.ts';
import type { OwnPrerequisites, StartGroup } from './start-groups.ts';
import { dataStepsOf, startTaskOf, taskId, usableAfter } from './task-ids.ts';
import { estimateMsOf, timeoutMsOf } from './task-times.ts';
import type { WorktreeBuild, WorktreeBuilds } from './worktree-builds.ts';

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
    ...builds.all.map((build) => buildTask(making, build)),
    ...startGroupsOf(layout.inside.values()).flatMap((group) => startTasks(making, group)),
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

function buildTask({ layout, fingerprints, namespaceId }: Making, build: WorktreeBuild): Task {
  const component = mustHave(layout.inside, build.component);
  const waiting = afterAll([namespaceId]);
  return componentTask('build', component, waiting, fingerprints.build(build));
}

function startTasks(making: Making, group: StartGroup): readonly Task[] {
  const { fingerprints, namespaceId } = making;
  const names = new Set(group.map(({ name }) => name));
  const { all, dispensable } = prerequisitesOf(group, (member) =>
    ownPrerequisites(making, names, member),
  );
  // Whoever can do without all it waits for would otherwise start in a namespace that failed.
  const isLoose = dispensable.values().some((rest) => rest.length === all.length);
  const after = isLoose ? [...all, namespaceId].toSorted(compareText) : all;
  const [first] = names;
  const startGroup = first !== undefined && names.size > 1 ? first : null;
  return group.map((component) => {
    const isJob = component.type === 'job';
    return componentTask(
      isJob ? 'run' : 'deploy',
      component,
      { after, tolerates: mustHave(dispensable, component.name), startGroup },
      isJob ? fingerprints.run(component) : fingerprints.deploy(component),
    );
  });
}

function ownPrerequisites(
  { layout, builds }: Making,
  group: ReadonlySet<string>,
  component: Component,
): OwnPrerequisites {
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
