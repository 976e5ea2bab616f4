import type { Component } from '../../../domain/catalog/component.ts';
import type { Login } from '../../../domain/configuration/datastore-url.ts';
import type { Surroundings } from '../../../domain/configuration/variables.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import { engineOf } from './datastore-engines.ts';
import { isLogical, logicalLogin } from './logical/place-of.ts';
import { baselineUrlOf, publicUrlOf } from './public-url.ts';
import type { RenderContext } from './rendering.ts';
import { isInside, secretValue, type ComponentScene } from './scene.ts';

/**
 * An environment on a cluster as a component in it sees it: plain names and declared ports, whatever is
 * behind them. So one image and one configuration work in every environment.
 */
export function surroundingsOf(scene: ComponentScene): Surroundings {
  const { plan, order, context, component, revision } = scene;
  return {
    environment: { name: plan.environment, domain: plan.domain },
    revision,
    host: ({ name }) => name,
    ownPort: (port) => portOf(component, port),
    portOf,
    publicUrl: (of) =>
      isInside(plan, of.name)
        ? publicUrlOf(context.settings, plan.environment, of)
        : baselineUrlOf(context.settings, of),
    login: (of) => loginOf(context, of),
    dependency: (name) =>
      order.unavailable.includes(name) ? null : (definitionOf(plan, name) ?? null),
    secret: (reference) => secretValue(context, reference),
  };
}

function portOf({ ports }: Component, name: string): number | null {
  return ports.find((port) => port.name === name)?.port ?? null;
}

/** Null for datastores without login, and for those whose password nobody told us. */
export function loginOf(
  { secrets, namespace }: Pick<RenderContext, 'secrets' | 'namespace'>,
  component: Component,
): Login | null {
  const { datastore, name } = component;
  const password = secrets.get(passwordKey(name));
  if (datastore === undefined || password === undefined || !hasLogin(component)) return null;
  if (isLogical(component)) return logicalLogin(namespace, component, password);
  return { username: datastore.username, password, database: datastore.database };
}

/** Whether a datastore has a login that Offshoot sets. A copied one keeps its own. */
export function hasLogin(component: Component): boolean {
  if (isLogical(component)) return true;
  return component.from === undefined && engineOf(component)?.passwordVariable !== undefined;
}

export function passwordKey(component: string): string {
  return `${component}/password`;
}
