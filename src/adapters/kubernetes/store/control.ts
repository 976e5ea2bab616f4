import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ids } from '../../../application/ports/clock.ts';
import { OperationError } from '../../../domain/errors.ts';
import { clusterNameOf } from '../../../domain/naming/names.ts';
import { hasStatus } from '../client/cluster-errors.ts';
import { KubeUnreachableError } from '../client/kube-api.ts';
import type { KubeApi } from '../client/kube-api.ts';
import { LABELS } from '../labels.ts';
import type { ClusterStateLimits } from './limits.ts';

/** What all stores on the cluster share. */
export interface Control {
  readonly api: KubeApi;
  /** The namespace that holds what is not an Environment or a Report. */
  readonly namespace: string;
  /** Of the names of all that this installation has on the cluster. */
  readonly prefix: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Ids;
  readonly limits: ClusterStateLimits;
}

export function nowOf({ clock }: Control): string {
  return new Date(clock.nowMs()).toISOString();
}

/** Where the Environment of that name is. */
export function environmentRef({ prefix }: Control, environment: string): { name: string } {
  return { name: clusterNameOf(prefix, environment) };
}

/** Of Environments and Reports: those of this installation, however many share the cluster. */
export function ownSelector({ namespace }: Control): string {
  return `${LABELS.installation}=${namespace}`;
}

const TRIES_MAX = 30;

/**
 * Repeats a read and a write that depends on it until nobody else wrote in between. `act` must read anew
 * each time, and see for itself whether a write of which no answer came was done.
 *
 * @throws {OperationError} `CLUSTER_CONFLICT` when others keep coming first.
 */
export async function untilUndisturbed<Result>(
  what: string,
  act: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      const isLost = error instanceof KubeUnreachableError && tries < 3;
      if (!hasStatus(error, 409) && !isLost) throw error;
      if (tries >= TRIES_MAX)
        throw new OperationError(
          'CLUSTER_CONFLICT',
          `"${what}" keeps being changed by somebody else`,
          { cause: error },
        );
    }
    await sleep(Math.random() * Math.min(500, 10 * 2 ** tries));
  }
}
