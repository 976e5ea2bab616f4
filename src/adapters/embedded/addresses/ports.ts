import { createServer } from 'node:net';
import {
  TEST_CALLER,
  OUTSIDE_CALLER,
  type Component,
  type Port,
} from '../../../domain/catalog/component.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import type { PortKey } from '../../../application/ports/engine-ledger.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';

/**
 * Which ports an environment needs, as keys of the ledger. Every caller has a port of its own for every
 * port of every dependency, so that who called whom is certain.
 */

/** One address at which one caller reaches one port of one component. */
export interface RelayPlace {
  readonly key: PortKey;
  readonly client: string;
  readonly server: Component;
  readonly port: Port;
}

const LOOPBACK = '127.0.0.1';
const EVERY_ADDRESS = '0.0.0.0';

export function listenKey(component: string, port: string): PortKey {
  return `listen/${component}/${port}`;
}

export function relayKey(caller: string, component: string, port: string): PortKey {
  return `relay/${caller}/${component}/${port}`;
}

/** The address of a suite that runs against the baseline, beside that of the environment. */
export function baselineTestKey(component: string, port: string): PortKey {
  return relayKey(`${TEST_CALLER}@baseline`, component, port);
}

/** Every relay that the plan asks for. */
export function relayPlacesOf(plan: Plan): readonly RelayPlace[] {
  return plan.components.flatMap(({ name }) => {
    const component = definitionOf(plan, name);
    if (component === undefined) return [];
    const callers = isEntry(plan, component) ? [TEST_CALLER, OUTSIDE_CALLER] : [];
    return [
      ...component.dependencies.flatMap((dependency) =>
        placesOf(name, definitionOf(plan, dependency.name)),
      ),
      ...callers.flatMap((caller) => placesOf(caller, component)),
    ];
  });
}

/** Every key that the plan asks for: the components' own ports and the relays. */
export function portKeysOf(plan: Plan): readonly PortKey[] {
  const own = plan.components.flatMap(({ name }) =>
    (definitionOf(plan, name)?.ports ?? []).map((port) => listenKey(name, port.name)),
  );
  return [...new Set([...own, ...relayPlacesOf(plan).map((place) => place.key)])];
}

/** Exposed, or made an entry of this plan. */
export function isEntry(plan: Plan, component: Component): boolean {
  return component.expose || plan.tasks.some((task) => task.id === `expose/${component.name}`);
}

function placesOf(client: string, server: Component | undefined): readonly RelayPlace[] {
  return (server?.ports ?? []).flatMap((port) =>
    server === undefined
      ? []
      : [{ key: relayKey(client, server.name, port.name), client, server, port }],
  );
}

/** By trying: the only way to know. Both addresses, since some systems let them be bound side by side. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, LOOPBACK)) && (await canListen(port, EVERY_ADDRESS));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
