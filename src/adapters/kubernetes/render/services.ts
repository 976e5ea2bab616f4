import type { Component } from '../../../domain/catalog/component.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { selectorOf, type Draft } from './draft.ts';
import { isLogical } from './logical/place-of.ts';
import { distinctPorts } from './pods.ts';
import { insideOf } from './scene.ts';
import { aliasOf } from './service-aliases.ts';

/**
 * The Services of what runs inside. They come with the namespace, before anything runs: so every name
 * resolves from the first packet, and its address is known to whoever has a full name built in.
 */
export function insideServices(plan: Plan): readonly Draft[] {
  return insideOf(plan)
    .filter(hasOwnService)
    .flatMap((component) => {
      const alias = aliasOf(plan, component, component.baseline?.service ?? component.name);
      const names = alias === null ? [component.name] : [component.name, alias];
      return names.map((name) => serviceOf(component, name));
    });
}

/** A copied workload brings the ports of its own Services, so its Service comes with it. */
function hasOwnService(component: Component): boolean {
  const { type, ports, from } = component;
  // What is a place on a server gets a Service that leads there.
  return type !== 'job' && ports.length > 0 && from === undefined && !isLogical(component);
}

function serviceOf(component: Component, name: string): Draft {
  return {
    type: RESOURCE_TYPES.service,
    name,
    component: component.name,
    body: {
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(component.name),
        ports: servicePorts(component),
      },
    },
  };
}

export interface ServicePort {
  readonly name: string;
  readonly protocol: 'TCP';
  readonly port: number;
  readonly targetPort: number;
}

/**
 * The declared ports, and those by which the baseline's Service is called where they differ: who has the
 * baseline's address built in has its port built in too.
 */
export function servicePorts({ ports, baseline }: Component): readonly ServicePort[] {
  const own = distinctPorts(ports).map(({ name, port }) => servicePort(name, port, port));
  const used = new Set(own.map(({ port }) => port));
  const others: ServicePort[] = [];
  for (const { name, port } of ports) {
    const there = baseline?.ports[name];
    if (there === undefined || used.has(there)) continue;
    used.add(there);
    others.push(servicePort(`baseline-${others.length}`, there, port));
  }
  return [...own, ...others.filter(({ name }) => own.every((each) => each.name !== name))];
}

function servicePort(name: string, port: number, targetPort: number): ServicePort {
  return { name, protocol: 'TCP', port, targetPort };
}
