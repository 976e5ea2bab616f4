import type { TaskOrder } from '../../../application/ports/engine.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { Component, SecretRef } from '../../../domain/catalog/component.ts';
import { invariant, OperationError } from '../../../domain/errors.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Revision } from '../../../domain/revision/revision.ts';
import type { BaselinePlace, RenderContext } from './rendering.ts';

/** One Task with all that its rendering may look at. */
export interface Scene {
  readonly order: TaskOrder;
  readonly plan: Plan;
  readonly context: RenderContext;
}

/** A Task that is about a component, as all but the namespace are. */
export interface ComponentScene extends Scene {
  readonly component: Component;
  /** The revision it runs at; null for a boundary, and where none is known. */
  readonly revision: Revision | null;
}

export function componentScene(order: TaskOrder, context: RenderContext): ComponentScene {
  const { plan, task } = order;
  const component = definitionOf(plan, task.component ?? '');
  invariant(component !== undefined, 'a plan defines all that it has a task for');
  const planned = plan.components.find(({ name }) => name === component.name);
  return { order, plan, context, component, revision: planned?.revision ?? null };
}

/** Definitions of what runs in the environment, in the plan's order. */
export function insideOf(plan: Plan): readonly Component[] {
  return plan.components.flatMap(({ name }) => definitionOf(plan, name) ?? []);
}

export function isInside(plan: Plan, name: string): boolean {
  return plan.components.some((component) => component.name === name);
}

/** @throws {OperationError} `SECRET_MISSING` */
export function secretValue({ secrets }: RenderContext, { name, key }: SecretRef): string {
  const value = secrets.get(`${name}/${key}`);
  if (value !== undefined) return value;
  throw new OperationError('SECRET_MISSING', `secret "${name}/${key}" does not exist`);
}

/** Whether Offshoot runs the baseline itself, as an environment of its own. */
function runsBaseline({ baselineNamespaces }: RenderContext['settings']): boolean {
  return baselineNamespaces.length === 0;
}

/** Where environments find the baseline; nowhere for the baseline itself. */
export function baselineNamespacesOf({ plan, context }: Scene): readonly string[] {
  const { settings } = context;
  if (!runsBaseline(settings)) return settings.baselineNamespaces;
  return plan.environment === BASELINE ? [] : [namespaceOf(settings.prefix, BASELINE)];
}

/** Where the baseline's copy of a component answers: as it was found, else as the catalog says. */
export function baselinePlaceOf(scene: Scene, component: Component): BaselinePlace | null {
  const found = scene.context.baselinePlaces.get(component.name);
  if (found !== undefined) return found;
  const [first] = baselineNamespacesOf(scene);
  if (!runsBaseline(scene.context.settings)) return saidPlace(component, first ?? null);
  return first === undefined ? null : { namespace: first, name: component.name };
}

function saidPlace(
  { name, baseline, from }: Component,
  otherwise: string | null,
): BaselinePlace | null {
  const namespace = baseline?.namespace ?? from?.namespace ?? otherwise;
  return namespace === null ? null : { namespace, name: baseline?.service ?? name };
}

export function fullNameOf(place: BaselinePlace, clusterDomain: string): string {
  return `${place.name}.${place.namespace}.svc.${clusterDomain}`;
}
