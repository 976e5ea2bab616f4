import type { TaskOrder } from '../../../../application/ports/engine.ts';
import type { Component, SecretRef } from '../../../../domain/catalog/component.ts';
import { invariant } from '../../../../domain/errors.ts';
import { logicalNameOf } from '../../../../domain/naming/names.ts';
import { definitionOf } from '../../../../domain/plan/plan-lookup.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import { imageOf } from '../../render/images.ts';
import { isLogical } from '../../render/logical/place-of.ts';
import { reported } from '../api-failures.ts';
import { textAt } from '../../client/read-object.ts';
import { namespaceIn, type Site } from '../site.ts';

/**
 * What is written down before an environment gets a place on a server, so that somebody finds what to take
 * away when the environment, its namespace and its plan are gone. In the control namespace; its names are
 * computed, so that a record never says what to drop, only where.
 */
export interface LogicalRecord {
  readonly environment: string;
  readonly datastore: string;
  readonly engine: string;
  /** With the program that talks to the server. */
  readonly image: string;
  readonly admin: SecretRef;
}

/** Role of everything that is about places on servers. */
const SERVER_ROLE = 'server';

const { configMap: CONFIG_MAP, namespace: NAMESPACE } = RESOURCE_TYPES;

export function logicalLabels(
  environment: string,
  datastore: string,
): Readonly<Record<string, string>> {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.environment]: environment,
    [LABELS.component]: datastore,
    [LABELS.role]: SERVER_ROLE,
  };
}

export function logicalName(site: Pick<Site, 'settings'>, of: LogicalRecord): string {
  return logicalNameOf(namespaceIn(site, of.environment), of.datastore);
}

/** Null for a Task that is not about a place on a server. */
export function recordFor({ plan, task }: TaskOrder): LogicalRecord | null {
  const component = definitionOf(plan, task.component ?? '');
  if (task.kind !== 'deploy' || component === undefined || !isLogical(component)) return null;
  const revision = plan.components.find(({ name }) => name === component.name)?.revision ?? null;
  return {
    environment: plan.environment,
    datastore: component.name,
    engine: component.datastore?.engine ?? '',
    image: imageOf(component, revision),
    admin: adminOf(component),
  };
}

function adminOf({ datastore }: Component): SecretRef {
  invariant(datastore?.admin !== undefined, 'a `logical` datastore has no administrator');
  return datastore.admin;
}

export async function writeRecord(site: Site, record: LogicalRecord): Promise<void> {
  const { environment, datastore, engine, image, admin } = record;
  const name = logicalName(site, record);
  await reported(`record of "${datastore}"`, () =>
    site.api.apply(
      CONFIG_MAP,
      {
        apiVersion: CONFIG_MAP.apiVersion,
        kind: CONFIG_MAP.kind,
        metadata: {
          name,
          namespace: site.settings.controlNamespace,
          labels: logicalLabels(environment, datastore),
        },
        data: { engine, image, secret: admin.name, key: admin.key },
      },
      { force: true },
    ),
  );
}

/** @param environment - Null for those of all environments. */
export async function readRecords(
  { api, settings }: Pick<Site, 'api' | 'settings'>,
  environment: string | null,
): Promise<readonly LogicalRecord[]> {
  const own = environment === null ? LABELS.environment : `${LABELS.environment}=${environment}`;
  const { items } = await reported('records of logical datastores', () =>
    api.list(CONFIG_MAP, {
      namespace: settings.controlNamespace,
      labelSelector: `${LABELS.managedBy}=${MANAGED_BY},${LABELS.role}=${SERVER_ROLE},${own}`,
    }),
  );
  return items.flatMap((object) => recordIn(object) ?? []);
}

function recordIn(object: KubeObject): LogicalRecord | null {
  const { labels = {} } = object.metadata;
  const environment = labels[LABELS.environment];
  const datastore = labels[LABELS.component];
  const [engine, image, secret, key] = ['engine', 'image', 'secret', 'key'].map((field) =>
    textAt(object, 'data', field),
  );
  if (environment === undefined || datastore === undefined) return null;
  if (!engine || !image || !secret || !key) return null;
  return { environment, datastore, engine, image, admin: { name: secret, key } };
}

/** Uid of the control namespace: two installations never have the same. */
export async function installationOf({
  api,
  settings,
}: Pick<Site, 'api' | 'settings'>): Promise<string> {
  const name = settings.controlNamespace;
  const found = await reported(`namespace "${name}"`, () => api.get(NAMESPACE, { name }));
  return found?.metadata.uid ?? name;
}
