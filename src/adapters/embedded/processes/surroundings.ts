import type { TaskOrder } from '../../../application/ports/engine.ts';
import { OUTSIDE_CALLER, type Component } from '../../../domain/catalog/component.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { listenKey, relayKey } from '../addresses/ports.ts';
import { credentialsOf, readSecret, type Credentials } from '../configuration/secrets.ts';
import { telemetryVariables } from '../../../domain/configuration/telemetry.ts';
import type { Site } from '../site.ts';
import {
  baseVariables,
  renderVariables,
  writeVariables,
  type Surroundings,
} from '../configuration/variables.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';

/** The addresses and secrets of an environment as one caller in it sees them. */
export async function surroundingsOf(
  site: Site,
  plan: Plan,
  caller: { readonly name: string; readonly unavailable: readonly string[] },
): Promise<Surroundings> {
  const inside = new Map(plan.components.map((component) => [component.name, component]));
  const { ports: baselinePorts } = await site.baselineView.look();
  return {
    environment: { name: plan.environment, domain: plan.domain },
    revision: inside.get(caller.name)?.revision ?? null,
    ownPort: (port) => site.port(listenKey(caller.name, port)),
    relayPort: (component, port) => site.port(relayKey(caller.name, component.name, port)),
    publicUrl(component) {
      const [first] = component.ports;
      if (first === undefined) return null;
      const key = relayKey(OUTSIDE_CALLER, component.name, first.name);
      const port = inside.has(component.name) ? site.port(key) : baselinePorts.get(key);
      return port === undefined || port === null ? null : publicAddress(component, port);
    },
    credentials: (component) => knownCredentials(site, component, inside.has(component.name)),
    dependency: (name) =>
      caller.unavailable.includes(name) ? null : (definitionOf(plan, name) ?? null),
    secret(reference) {
      const value = readSecret(site.settings.secrets, reference);
      site.logs.redactor.learn([value]);
      return value;
    },
  };
}

export function publicAddress(component: Component, port: number): string {
  return `${component.ports[0]?.protocol ?? 'tcp'}://127.0.0.1:${port}`;
}

/** The login of a datastore here, or of the baseline's. Its password never reaches a log. */
export function knownCredentials(
  site: Site,
  component: Component,
  isInside: boolean,
): Credentials | null {
  const credentials = credentialsOf(isInside ? site.folder : site.baseline, component);
  if (credentials !== null) site.logs.redactor.learn([credentials.password]);
  return credentials;
}

/** Where to send spans; what a component says itself wins over it. */
export function telemetryOf({ settings }: Site, service: string): Readonly<Record<string, string>> {
  return telemetryVariables(settings.otlpEndpoint?.() ?? null, service);
}

/** Everything a component's processes get, also written down for `exec`. */
export async function variablesOf(
  site: Site,
  order: TaskOrder,
  { component, folder }: { readonly component: Component; readonly folder: string },
): Promise<Record<string, string>> {
  const around = await surroundingsOf(site, order.plan, {
    name: component.name,
    unavailable: order.unavailable,
  });
  const variables = renderVariables(component.environment, component, around);
  writeVariables(site.folder, component.name, { ...variables, folder });
  return {
    ...baseVariables(site.settings.inherited),
    ...telemetryOf(site, component.name),
    ...variables.plain,
    ...variables.secret,
  };
}
