import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { RenderedObject } from '../render/rendering.ts';
import type { SeenObject } from '../watch/cluster-view.ts';
import { reported } from './api-failures.ts';
import { dropUnplanned } from './logical/logical-places.ts';
import type { Site } from './site.ts';

/** Ends what Tasks made that nobody wants any more. Data goes only with its component. */

/** Everything of Tasks that the plan does not have. */
export async function pruneTasks(site: Site, plan: Plan): Promise<void> {
  const planned = new Set(plan.tasks.map(({ id }) => id));
  await deleteAll(
    site,
    site
      .view()
      .objectsOf(plan.environment)
      .filter(({ task }) => task !== null && !planned.has(task)),
  );
  await dropUnplanned(site, plan);
}

/** What an earlier form of a Task made and its present form does not. */
export async function pruneLeftovers(
  site: Site,
  { plan, task }: TaskOrder,
  rendered: readonly RenderedObject[],
): Promise<void> {
  const wanted = new Set(
    rendered.map(({ type, object }) => `${type.kind}/${object.metadata.name}`),
  );
  await deleteAll(
    site,
    site
      .view()
      .objectsOfTask(plan.environment, task.id)
      .filter((seen) => !wanted.has(`${seen.type.kind}/${seen.ref.name}`)),
  );
}

async function deleteAll(site: Site, objects: readonly SeenObject[]): Promise<void> {
  await Promise.all(
    objects
      .filter(({ type, isDeleting }) => !isDeleting && type.kind !== RESOURCE_TYPES.namespace.kind)
      .map(async ({ type, ref, uid }) => {
        await reported(`${type.kind} "${ref.name}"`, () =>
          site.api.delete(type, ref, { uid, propagation: 'Background' }),
        );
        site.view().acceptDeletion(type, ref, uid);
      }),
  );
}
