import type { TaskOrder } from '../../../application/ports/engine.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { withAddress } from './addresses.ts';
import { reported } from './api-failures.ts';
import { environmentUidOf, gatherContext } from './gather-context.ts';
import { checkClaimable, checkOwn } from './namespaces.ts';
import { place } from './place-object.ts';
import { pruneLeftovers } from './prune.ts';
import type { Site } from './site.ts';

/**
 * Renders a Task and makes the API server accept it, object by object in the order given. What was killed
 * in between is not observed as this Task, because objects of it are missing, and is applied again.
 */
export async function applyTask(site: Site, order: TaskOrder): Promise<void> {
  const { plan, task, generation } = order;
  const present = site
    .view()
    .observe(plan.environment)
    .find((each) => each.task === task.id);
  const isSame = present?.fingerprint === task.fingerprint;
  // Carried out before, whatever became of it.
  if (isSame && present.generation === generation) return;
  if (task.kind === 'namespace') {
    await checkClaimable(site, plan.environment, await environmentUidOf(site, plan.environment));
  } else await checkOwn(site, plan.environment);
  const context = await gatherContext(site, order);
  const rendered = withAddress(site, order, site.render(order, context));
  for (const each of rendered) {
    site.view().accept(each.type, await place(site, order, each));
  }
  await pruneLeftovers(site, order, rendered);
  if (isSame && present.state === 'Failed') await beginAnew(site, order);
}

/**
 * What failed under an older generation is tried again from the beginning: its pods go, with what they
 * remember of their failures. A Job was replaced as a whole.
 */
async function beginAnew(site: Site, { plan, task }: TaskOrder): Promise<void> {
  if (task.kind !== 'deploy' || task.component === null) return;
  const pods = site.view().podsOf(plan.environment, task.component);
  await Promise.all(
    pods
      .filter(({ isReady }) => !isReady)
      .map(async ({ ref }) => {
        await reported(`pod "${ref.name}"`, () => site.api.delete(RESOURCE_TYPES.pod, ref));
        site.view().acceptDeletion(RESOURCE_TYPES.pod, ref, null);
      }),
  );
}
