import { render } from '../../../src/adapters/kubernetes/render/render.ts';
import type { RenderContext } from '../../../src/adapters/kubernetes/render/rendering.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import type { Component } from '../../../src/domain/catalog/component.ts';
import { catalogOf, component, type ComponentSpec } from '../../support/catalogs.ts';
import { contextFor } from '../../support/kubernetes-shop.ts';
import { planOf, revision, task, type PlanSpec } from '../../support/plans.ts';

/** Objects of one Task of a catalog that a test writes down. */
export function objectsOf(
  id: string,
  specs: readonly ComponentSpec[],
  more: Partial<RenderContext> = {},
  request: PlanSpec = {},
): readonly KubeObject[] {
  const plan = planOf(catalogOf(specs.map(built)), {
    buildsFromSource: false,
    picks: Object.fromEntries(specs.map(({ name }) => [name, revision('abcdef0123456789')])),
    ...request,
  });
  const order = { plan, task: task(plan, id), generation: 1, unavailable: [] };
  return render(order, { ...contextFor('none/none'), clusterIps: new Map(), ...more }).map(
    ({ object }) => object,
  );
}

/** All have an image but externals and those that are called `bare`. */
function built(spec: ComponentSpec): Component {
  const hasNone = spec.type === 'external' || spec.name === 'bare';
  return component(hasNone ? spec : { image: 'shop/x:1', ...spec });
}

export const HTTP = { name: 'http', port: 8080, protocol: 'http' } as const;

/** Kind and name of each. */
export function namesOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

export function objectOf(objects: readonly KubeObject[], name: string): KubeObject {
  const found = objects.find(({ kind, metadata }) => `${kind}/${metadata.name}` === name);
  if (found === undefined) throw new Error(`no "${name}" among ${namesOf(objects).join(', ')}`);
  return found;
}
