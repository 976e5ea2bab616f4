import type { Address, TaskOrder } from '../../../application/ports/engine.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import { publicUrlOf } from '../render/public-url.ts';
import type { RenderedObject } from '../render/rendering.ts';
import { reported } from './api-failures.ts';
import type { Site } from './site.ts';

/**
 * Where people reach what is exposed. The address is written on the object that exposes, since whoever
 * asks later may know no plan.
 */

const URL_ANNOTATION = 'offshoot.dev/url';
const EXPOSE = 'expose/';

export function withAddress(
  site: Pick<Site, 'settings'>,
  { plan, task }: TaskOrder,
  rendered: readonly RenderedObject[],
): readonly RenderedObject[] {
  const component = task.kind === 'expose' ? definitionOf(plan, task.component ?? '') : undefined;
  const url =
    component === undefined ? null : publicUrlOf(site.settings, plan.environment, component);
  if (url === null) return rendered;
  return rendered.map(({ type, object }) => {
    const annotations = { ...object.metadata.annotations, [URL_ANNOTATION]: url };
    return { type, object: { ...object, metadata: { ...object.metadata, annotations } } };
  });
}

export async function readAddresses(site: Site, environment: string): Promise<readonly Address[]> {
  await site.view().ready;
  const exposed = new Set(
    site
      .view()
      .observe(environment)
      .filter(({ task, state }) => task.startsWith(EXPOSE) && state === 'Succeeded')
      .map(({ task }) => task),
  );
  const objects = site
    .view()
    .objectsOf(environment)
    .filter(({ task }) => task !== null && exposed.has(task));
  const addresses = await Promise.all(
    objects.map(async ({ type, ref, task }) => {
      const object = await reported(`${type.kind} "${ref.name}"`, () => site.api.get(type, ref));
      const url = object?.metadata.annotations?.[URL_ANNOTATION];
      return url === undefined ? [] : [{ component: (task ?? '').slice(EXPOSE.length), url }];
    }),
  );
  return addresses.flat();
}
