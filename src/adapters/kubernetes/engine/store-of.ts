import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { TaskKind } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import { podsOf, type Pod } from './pods.ts';
import { listAt, textAt } from '../client/read-object.ts';
import type { Site } from './site.ts';

/**
 * What holds the data that a step fills. The disk of a node is a pod's own and goes with it; a claim
 * outlives its pods. When what is named here goes, the step counts as undone, and is done again.
 */

const STEPS: ReadonlySet<TaskKind> = new Set(['migrate', 'seed', 'index', 'topic']);

/**
 * @returns Uid of the pod or claim; null for a Task that fills nothing of the environment's own.
 * @throws {OperationError} `ENVIRONMENT_NOT_READY` while its pod is being replaced.
 */
export async function storeOf(
  site: Site,
  { plan, task }: TaskOrder,
  component: Component | undefined,
): Promise<string | null> {
  if (component === undefined || !STEPS.has(task.kind)) return null;
  if (component.datastore?.isolation === 'logical') return null;
  const pods = await podsOf(site, plan.environment, component.name);
  const [pod] = pods.filter(isOfDatastore).toSorted((a, b) => (a.ref.name < b.ref.name ? -1 : 1));
  if (pod === undefined) {
    throw new OperationError('ENVIRONMENT_NOT_READY', `no pod of "${component.name}" is running`);
  }
  return claimUidOf(site, plan.environment, pod) ?? pod.uid;
}

/** Not of a Job that fills it, and not one that is ending. */
function isOfDatastore({ object: { metadata } }: Pod): boolean {
  return metadata.labels?.[LABELS.role] === 'inside' && metadata.deletionTimestamp === undefined;
}

/** Only of claims that the environment's own labels are on: others say nothing when they go. */
function claimUidOf(site: Site, environment: string, { object }: Pod): string | null {
  const names = new Set(
    listAt(object, 'spec', 'volumes').flatMap(
      (volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') ?? [],
    ),
  );
  const { kind } = RESOURCE_TYPES.persistentVolumeClaim;
  const claim = site
    .view()
    .objectsOf(environment)
    .find(({ type, ref, isDeleting }) => type.kind === kind && names.has(ref.name) && !isDeleting);
  return claim?.uid ?? null;
}
