import { OperationError } from '../../../domain/errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { reported } from './api-failures.ts';
import { namespaceIn, type Site } from './site.ts';

/** Whose a namespace is. Nothing is ever written into one that does not say it is this environment's. */

export function isOwn(namespace: KubeObject, environment: string): boolean {
  const labels = namespace.metadata.labels ?? {};
  return labels[LABELS.managedBy] === MANAGED_BY && labels[LABELS.environment] === environment;
}

/** The environment's own namespace, also one that is ending; null when there is none of its own. */
export async function ownNamespace(site: Site, environment: string): Promise<KubeObject | null> {
  const found = await readNamespace(site, environment);
  return found !== null && isOwn(found, environment) ? found : null;
}

/**
 * Before the first object of an environment is written.
 *
 * @param environmentUid - Of the present life; a namespace of a life before is ended first.
 * @throws {OperationError} `NAMESPACE_TAKEN`; `ENVIRONMENT_NOT_READY` while a former life is ending.
 */
export async function checkClaimable(
  site: Site,
  environment: string,
  environmentUid: string | null,
): Promise<void> {
  const found = await readNamespace(site, environment);
  if (found === null) return;
  if (!isOwn(found, environment)) throw taken(found.metadata.name);
  const owners = (found.metadata.ownerReferences ?? []).filter(
    ({ kind }) => kind === RESOURCE_TYPES.environment.kind,
  );
  const isOfAnother =
    environmentUid !== null &&
    owners.length > 0 &&
    owners.every(({ uid }) => uid !== environmentUid);
  const { name, uid, deletionTimestamp } = found.metadata;
  if (deletionTimestamp === undefined && !isOfAnother) return;
  if (deletionTimestamp === undefined) {
    await reported(`namespace "${name}"`, () =>
      site.api.delete(RESOURCE_TYPES.namespace, { name }, uid === undefined ? {} : { uid }),
    );
  }
  throw ending(name);
}

/**
 * Before any other object is written.
 *
 * @throws {OperationError} `NAMESPACE_TAKEN`; `ENVIRONMENT_NOT_READY` when it is gone or ending.
 */
export async function checkOwn(site: Site, environment: string): Promise<void> {
  const name = namespaceIn(site, environment);
  if (site.view().find(environment, RESOURCE_TYPES.namespace, { name })?.isDeleting === false)
    return;
  const found = await readNamespace(site, environment);
  if (found !== null && !isOwn(found, environment)) throw taken(name);
  if (found === null || found.metadata.deletionTimestamp !== undefined) throw ending(name);
}

async function readNamespace(site: Site, environment: string): Promise<KubeObject | null> {
  const name = namespaceIn(site, environment);
  return await reported(`namespace "${name}"`, () =>
    site.api.get(RESOURCE_TYPES.namespace, { name }),
  );
}

function taken(name: string): OperationError {
  return new OperationError(
    'NAMESPACE_TAKEN',
    `namespace "${name}" exists and is not this environment's`,
  );
}

function ending(name: string): OperationError {
  return new OperationError(
    'ENVIRONMENT_NOT_READY',
    `namespace "${name}" is not there yet, or still ending`,
  );
}
