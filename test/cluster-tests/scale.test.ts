import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { resourceDefinitions } from '../../src/adapters/kubernetes/resources/crds.ts';
import { SCALE_IMAGE, scaleProject, type ScaleProject } from '../bench/cluster-project.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy/fault-proxy.ts';
import { startControlPlane, type ControlPlane } from './faults/control-plane.ts';
import { startController, type ControllerProcess } from './faults/controllers.ts';
import { openWisher, type Wisher } from './faults/installation.ts';

/** What the controller asks of the API server for an environment of many components, counted on the line. */

const COMPONENTS = 60;
const BOUND_MS = 600_000;
/** Long enough for a loop without a pause to give itself away. Unit: milliseconds. */
const QUIET_MS = 10_000;

let plane: ControlPlane;
let proxy: FaultProxy;
let project: ScaleProject;
let wisher: Wisher;
let controller: ControllerProcess;

beforeAll(async () => {
  plane = await startControlPlane(17);
  proxy = await startFaultProxy({ kubeconfig: plane.kubeconfig });
  project = await scaleProject({ prefix: 'scale', components: COMPONENTS, waits: true });
  wisher = await openWisher(plane.kubeconfig, project, [SCALE_IMAGE]);
  for (const definition of resourceDefinitions()) {
    await wisher.api.apply(RESOURCE_TYPES.customResourceDefinition, definition, { force: true });
  }
  controller = startController(proxy.kubeconfig, project);
  await controller.leads();
}, BOUND_MS);
afterAll(async () => {
  await controller?.end();
  await wisher?.close();
  await proxy?.close();
  await project?.remove();
  await plane?.stop();
});

describe('an environment of many components', () => {
  it(
    'costs a request for each object, and little beside',
    async () => {
      const branch = project.branch('many');
      proxy.requests.reset();
      await wisher.up(branch);
      await wisher.ready(branch, BOUND_MS);
      const { requests } = proxy;
      const namespace = wisher.namespaceOf(branch);
      for (const type of [RESOURCE_TYPES.deployment, RESOURCE_TYPES.service]) {
        const { items } = await wisher.api.list(type, { namespace });
        expect(items).toHaveLength(COMPONENTS);
        // What a busy API server gives up is asked again.
        expect(requests.count({ resource: type.plural, verb: 'patch' })).toBeLessThan(
          COMPONENTS * 1.5,
        );
        expect(requests.count({ resource: type.plural, verb: 'get' })).toBe(0);
        expect(requests.count({ resource: type.plural, verb: 'list' })).toBeLessThan(10);
      }
      expect(requests.count({ resource: 'namespaces', verb: 'get' })).toBeLessThan(10);
      expect(requests.count({ resource: 'pods' })).toBeLessThan(10);
    },
    BOUND_MS,
  );

  it(
    'costs next to nothing once it is ready',
    async () => {
      proxy.requests.reset();
      await sleep(QUIET_MS);
      // The Lease and the look for Leases of commands.
      expect(proxy.requests.count()).toBeLessThan(60);
      expect(proxy.requests.count({ verb: 'patch' })).toBeLessThan(5);
    },
    BOUND_MS,
  );

  it(
    'goes with one deletion',
    async () => {
      proxy.requests.reset();
      await wisher.down('many');
      await wisher.gone('many', BOUND_MS);
      expect(proxy.requests.count({ resource: 'deployments' })).toBeLessThan(10);
      expect(proxy.requests.count({ resource: 'namespaces', verb: 'delete' })).toBe(1);
    },
    BOUND_MS,
  );
});
