import type { TaskOrder } from '../../../application/ports/engine.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { withAddress } from './addresses.ts';
import { reported } from './api-failures.ts';
import { environmentUidOf, gatherContext } from './gather-context.ts';
import { rememberPlace } from './logical/logical-places.ts';
import { checkClaimable, checkOwn } from './namespaces.ts';
import type { RenderedObject } from '../render/rendering.ts';
import type { FairTurns } from './fair-turns.ts';
import { place } from './place-object.ts';
import { pruneLeftovers } from './prune.ts';
import type { Site } from './site.ts';

/**
 * Renders a Task and makes the API server accept it: what pods need before what runs pods, all of a kind side
 * by side. What was killed in between is not observed as this Task, because objects of it are missing, and is
 * applied again.
 *
 * @param turns - For every object a turn of its environment's.
 */
export async function applyTask(site: Site, turns: FairTurns, order: TaskOrder): Promise<void> {
  const { plan, task, generation } = order;
  const present = site.view().observeTask(plan.environment, task.id);
  const isSame = present?.fingerprint === task.fingerprint;
  // Carried out before, whatever became of it.
  if (isSame && present.generation === generation) return;
  if (task.kind === 'namespace') {
    await checkClaimable(site, plan.environment, await environmentUidOf(site, plan.environment));
  } else await checkOwn(site, plan.environment);
  await rememberPlace(site, order);
  const context = await gatherContext(site, order);
  const rendered = withAddress(site, order, site.render(order, context));
  for (const stage of stagesOf(rendered)) {
    const placed = await Promise.allSettled(
      stage.map((each) =>
        turns.take(plan.environment, async () => {
          site.view().accept(each.type, await place(site, order, each));
        }),
      ),
    );
    // Nothing of it goes on behind the back of whoever tries again.
    const failed = placed.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
  await pruneLeftovers(site, order, rendered);
  if (isSame && present.state === 'Failed') await beginAnew(site, order);
}

/** What runs pods, which need all that is rendered before it. */
const RUNNING: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Pod',
]);

/** Neighbours that do not need each other. Everything needs its namespace. */
function stagesOf(rendered: readonly RenderedObject[]): readonly (readonly RenderedObject[])[] {
  const stages: RenderedObject[][] = [];
  let before: string | null = null;
  for (const each of rendered) {
    const { kind } = each.type;
    const stage = RUNNING.has(kind) || kind === 'Namespace' ? kind : 'plain';
    if (stage === before) stages.at(-1)?.push(each);
    else stages.push([each]);
    before = stage;
  }
  return stages;
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
