import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { TaskKind } from '../../../domain/plan/plan.ts';
import { boundaryObjects } from './boundary.ts';
import { copiedObjects } from './copy/copied-objects.ts';
import { deployObjects } from './deploy.ts';
import { finished, type Draft } from './draft.ts';
import { exposeObjects } from './expose.ts';
import { runObjects } from './jobs.ts';
import { marker } from './marker.ts';
import { namespaceObjects } from './namespace.ts';
import type { Render, RenderContext } from './rendering.ts';
import { componentScene, type ComponentScene } from './scene.ts';
import { stepObjects } from './steps/step-objects.ts';
import { topicObjects } from './steps/topics.ts';

/**
 * From a Task to the objects that are its desired state: at least one, in the order of application.
 *
 * Pure: the same order and context give byte-equal objects. Names depend on the component and the Task
 * alone. Values of secrets are in Secret objects and nowhere else. Only fields that Offshoot owns are
 * here, so that server-side apply takes over nothing else.
 */
export const render: Render = (order, context) =>
  finished(draftsOf(order, context), order, context);

type ComponentKind = Exclude<TaskKind, 'namespace'>;

const RENDERERS: Readonly<Record<ComponentKind, (scene: ComponentScene) => readonly Draft[]>> = {
  boundary: boundaryObjects,
  // Images come from a registry.
  build: (scene) => [marker(scene)],
  deploy: (scene) => ownOrCopied(scene, deployObjects),
  run: (scene) => ownOrCopied(scene, runObjects),
  migrate: (scene) => stepObjects(scene, scene.component.datastore?.migrations),
  seed: (scene) => stepObjects(scene, scene.component.datastore?.seeds),
  index: topicObjects,
  topic: topicObjects,
  expose: exposeObjects,
};

function draftsOf(order: TaskOrder, context: RenderContext): readonly Draft[] {
  const { kind } = order.task;
  if (kind === 'namespace') return namespaceObjects({ order, context, plan: order.plan });
  return RENDERERS[kind](componentScene(order, context));
}

function ownOrCopied(
  scene: ComponentScene,
  own: (scene: ComponentScene) => readonly Draft[],
): readonly Draft[] {
  const { copied } = scene.context;
  return copied === null || scene.component.from === undefined
    ? own(scene)
    : copiedObjects(scene, copied);
}
