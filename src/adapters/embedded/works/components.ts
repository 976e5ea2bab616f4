import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import { performOneShot } from '../processes/one-shot.ts';
import { listenKey } from '../addresses/ports.ts';
import { aliveProbe, httpProbe, tcpProbe, type Probe } from '../processes/readiness.ts';
import type { Site } from '../site.ts';
import { supervise } from '../processes/supervisor.ts';
import { variablesOf } from '../processes/surroundings.ts';
import type { UnitWork } from './unit.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';

/** Runs what has a command of its own: services, workers, jobs, and datastores that we know nothing of. */

/** @param folder - The worktree it runs in. */
export function serviceWork(site: Site, component: Component, folder: string): UnitWork {
  return async (unit) => {
    const command = commandOf(component);
    const log = site.logs.of(component.name);
    await site.claimPorts(component.ports.map((port) => listenKey(component.name, port.name)));
    const variables = await variablesOf(site, unit.order, { component, folder });
    await supervise(
      unit,
      {
        component: component.name,
        readyTimeoutMs: component.readiness.timeoutMs,
        crashCode: 'CRASH_LOOP',
        ending: {},
        async start() {
          const process = await site.processes.start({
            environment: site.folder.environment,
            owner: unit.order.task.id,
            command,
            folder,
            variables,
          });
          log.follow(process.stdout, 'stdout');
          log.follow(process.stderr, 'stderr');
          return process;
        },
        probe: () => probeOf(site, component),
      },
      { clock: site.clock, events: site.events, log },
    );
  };
}

export function jobWork(site: Site, component: Component, folder: string): UnitWork {
  return async (unit) => {
    const isDone = await performOneShot(
      site,
      unit,
      {
        owner: unit.order.task.id,
        command: commandOf(component),
        folder,
        variables: await variablesOf(site, unit.order, { component, folder }),
        timeoutMs: unit.order.task.timeoutMs,
        log: site.logs.of(component.name),
      },
      'JOB_FAILED',
    );
    if (isDone) unit.succeeded();
  };
}

export function componentOf(order: TaskOrder): Component {
  const name = order.task.component ?? '';
  const component = definitionOf(order.plan, name);
  if (component === undefined) {
    throw new OperationError('INTERNAL', `the plan defines no component "${name}"`);
  }
  return component;
}

function commandOf(component: Component): readonly string[] {
  const command = component.embedded?.command ?? [];
  if (command.length > 0) return command;
  throw new OperationError('NOT_EMBEDDABLE', `"${component.name}" has no "embedded.command"`);
}

function probeOf(site: Site, component: Component): Probe {
  const { http, port: named } = component.readiness;
  const probed = component.ports.find((port) => port.name === named) ?? component.ports[0];
  const port = probed === undefined ? null : site.port(listenKey(component.name, probed.name));
  if (port === null) return aliveProbe(() => site.clock.nowMs());
  return http === undefined ? tcpProbe(port) : httpProbe(port, http);
}
