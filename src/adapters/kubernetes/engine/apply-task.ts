import type { TaskOrder } from '../../../application/ports/engine.ts';
import { showsOrder, type CatchUp } from './catch-up.ts';
import { environmentUidOf, gatherContext } from './gather-context.ts';
import { checkClaimable, checkOwn } from './namespaces.ts';
import { place } from './place-object.ts';
import { pruneLeftovers } from './prune.ts';
import type { Site } from './site.ts';

/**
 * Renders a Task and makes the API server accept it, object by object in the order given. What was killed
 * in between is not observed as this Task, because objects of it are missing, and is applied again.
 */
export async function applyTask(site: Site, catchUp: CatchUp, order: TaskOrder): Promise<void> {
  const { environment } = order.plan;
  if (isCurrent(site, order)) return;
  if (order.task.kind === 'namespace') {
    await checkClaimable(site, environment, await environmentUidOf(site, environment));
  } else await checkOwn(site, environment);
  const rendered = site.render(order, await gatherContext(site, order));
  for (const each of rendered) await place(site, order, each);
  await pruneLeftovers(site, order, rendered);
  await catchUp.until(environment, (observed) => showsOrder(order, observed));
}

/** The same order was carried out before, whatever became of it. */
function isCurrent(site: Site, { plan, task, generation }: TaskOrder): boolean {
  const seen = site
    .view()
    .observe(plan.environment)
    .find((each) => each.task === task.id);
  return seen?.fingerprint === task.fingerprint && seen.generation === generation;
}
