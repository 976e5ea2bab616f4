import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import type { Wisher } from './installation.ts';
import type { TestProject } from './project.ts';
import { startStopPoint, type StopPoint } from './stop-point.ts';

/** One controller that leads and one that waits, each behind a stop point of its own. */
export interface Fleet {
  readonly leader: () => Member;
  /** Kills the leader, and makes sure that the next one leads without waiting for the Lease to run out. */
  succeed(): Promise<void>;
  close(): Promise<void>;
}

export interface Member {
  readonly controller: ControllerProcess;
  readonly gate: StopPoint;
}

interface FleetParts {
  /** Plain HTTP address of the API server. */
  readonly url: string;
  readonly project: TestProject;
  readonly api: Wisher['api'];
}

export async function startFleet({ url, project, api }: FleetParts): Promise<Fleet> {
  const enlist = async (): Promise<Member> => {
    const gate = await startStopPoint(url);
    return { gate, controller: startController(gate.kubeconfig, project) };
  };
  let leader = await enlist();
  await leader.controller.leads();
  let next = await enlist();
  const discharge = async ({ controller, gate }: Member): Promise<void> => {
    await controller.end();
    await gate.close();
  };
  return {
    leader: () => leader,
    async succeed() {
      await discharge(leader);
      await next.controller.waits();
      // That it runs out by itself, and when, is another test's.
      await api.delete(RESOURCE_TYPES.lease, {
        namespace: project.controlNamespace,
        name: 'offshoot-controller',
      });
      leader = next;
      await leader.controller.leads();
      // Not before: it could be the quicker one.
      next = await enlist();
    },
    async close() {
      await Promise.all([leader, next].map(discharge));
    },
  };
}
