import { OperationError } from '../../../domain/errors.ts';
import type { KubeObject, ObjectRef } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import { reported } from './api-failures.ts';
import { listAt, numberAt, textAt } from '../client/read-object.ts';
import { namespaceIn, type Site } from './site.ts';

/** Pods as logs, commands and suites need them: read when asked for, so that no watch has to be open. */
export interface Pod {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly createdAt: string;
  readonly isRunning: boolean;
  readonly isReady: boolean;
  readonly containers: readonly string[];
  /** Containers with a log of the run before. */
  readonly restarted: ReadonlySet<string>;
  readonly object: KubeObject;
}

/** Newest first. */
export async function podsOf(
  site: Site,
  environment: string,
  component: string,
): Promise<readonly Pod[]> {
  const namespace = namespaceIn(site, environment);
  const labelSelector = `${LABELS.environment}=${environment},${LABELS.component}=${component}`;
  const { items } = await reported(`pods of "${component}"`, () =>
    site.api.list(RESOURCE_TYPES.pod, { namespace, labelSelector }),
  );
  return items.map(podOf).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

export function podOf(object: KubeObject): Pod {
  const { name, namespace = '', uid = '', creationTimestamp = '' } = object.metadata;
  const statuses = listAt(object, 'status', 'containerStatuses');
  const restarted = statuses.filter((status) => (numberAt(status, 'restartCount') ?? 0) > 0);
  return {
    ref: { namespace, name },
    uid,
    createdAt: creationTimestamp,
    isRunning: textAt(object, 'status', 'phase') === 'Running',
    isReady: listAt(object, 'status', 'conditions').some(
      (condition) =>
        textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
    ),
    containers: listAt(object, 'spec', 'containers').flatMap(
      (container) => textAt(container, 'name') ?? [],
    ),
    restarted: new Set(restarted.flatMap((status) => textAt(status, 'name') ?? [])),
    object,
  };
}

/** @throws {OperationError} `COMPONENT_NOT_IN_ENVIRONMENT`, `ENVIRONMENT_NOT_READY` */
export async function runningPod(site: Site, environment: string, component: string): Promise<Pod> {
  const pods = await podsOf(site, environment, component);
  const found = pods.find(({ isReady }) => isReady) ?? pods.find(({ isRunning }) => isRunning);
  if (found !== undefined) return found;
  if (pods.length === 0) {
    throw new OperationError(
      'COMPONENT_NOT_IN_ENVIRONMENT',
      `"${environment}" does not run "${component}"`,
    );
  }
  throw new OperationError('ENVIRONMENT_NOT_READY', `no pod of "${component}" is running`);
}
