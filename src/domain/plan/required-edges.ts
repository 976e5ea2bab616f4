import type { Component, Port } from '../catalog/component.ts';
import { referencesOf } from '../catalog/references.ts';
import type { Plan } from './plan.ts';
import { definitionOf, neededComponents } from './plan-lookup.ts';
import { tlsUseOf, type TlsUse } from './tls-edges.ts';

/** A port of a dependency without which a component that runs inside is of no use. */
export interface RequiredEdge {
  readonly from: string;
  readonly to: string;
  /** Name and declared number. */
  readonly port: { readonly name: string; readonly port: number };
  readonly tls: TlsUse;
}

/**
 * What components inside must reach for the environment to be of use, in the order of the plan: ports of
 * dependencies that are not optional, inside, at the boundary or elsewhere.
 *
 * Of several ports those count that the caller's variables name, else the first one: others may be for
 * others. Jobs are left out, which have ended by the time anybody asks.
 */
export function requiredEdges(plan: Plan): readonly RequiredEdge[] {
  const needed = neededComponents(plan);
  return plan.components.flatMap(({ name }) => {
    const caller = definitionOf(plan, name);
    if (caller === undefined || caller.type === 'job' || !needed.has(name)) return [];
    return caller.dependencies
      .filter(({ optional }) => !optional)
      .flatMap((dependency) => {
        const callee = definitionOf(plan, dependency.name);
        if (callee === undefined || callee.type === 'job') return [];
        return usedPorts(caller, callee).map((port) => ({
          from: name,
          to: callee.name,
          port: { name: port.name, port: port.port },
          tls: tlsUseOf(caller, callee, port),
        }));
      });
  });
}

function usedPorts(caller: Component, callee: Component): readonly Port[] {
  const [first] = callee.ports;
  const named = new Set(
    referencesOf(caller).flatMap((reference) => {
      if (reference.kind !== 'dependency' || reference.name !== callee.name) return [];
      const { output } = reference;
      if (output.kind === 'port') return [output.port];
      return output.kind === 'url' && first !== undefined ? [first.name] : [];
    }),
  );
  const used = callee.ports.filter(({ name }) => named.has(name));
  return used.length > 0 ? used : callee.ports.slice(0, 1);
}
